"""Consents as a browser gives, reads and withdraws them."""

import pytest
from django.test import Client as Browser

from essaim.manager.hosting.models import NameConsent
from essaim.manager.people.models import Membership
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
AT = "/clients/abeilles/consents/"
FORM = {"name": "Théâtre.abeilles.example.test", "guest": "voisins"}


@pytest.fixture
def owner(client: Browser):
    """The owner of the client "abeilles", signed in."""
    abeilles = make.make_client("abeilles", name="Abeilles")
    make.make_site(make.make_account(abeilles), "www.abeilles.example.test")
    make.make_client("voisins", name="Voisins")
    person = make.make_person(client=abeilles)
    client.force_login(person)
    return person


def test_the_clients_page_leads_to_its_consents(client: Browser, owner: object) -> None:
    assert f'href="{AT}"' in client.get("/clients/abeilles/").content.decode()


def test_a_consent_is_given_shown_and_withdrawn(client: Browser, owner: object) -> None:
    assert client.post(AT, FORM)["Location"] == AT
    page = client.get(AT).content.decode()
    assert "théâtre.abeilles.example.test" in page
    assert "Voisins" in page

    assert client.post(f"{AT}{NameConsent.objects.get().pk}/withdraw/")["Location"] == AT
    assert not NameConsent.objects.exists()
    assert "Your domains and names are yours alone." in client.get(AT).content.decode()


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("guest", "nobody", "No client here has the identifier"),
        ("guest", "abeilles", "needs no consent for its own names"),
        ("name", "elsewhere.example.test", "has no site under"),
        ("name", "not a name", "is not a site"),
    ],
)
def test_a_refused_consent_is_told_at_its_field(
    client: Browser, owner: object, field: str, typed: str, sentence: str
) -> None:
    answer = client.post(AT, FORM | {field: typed})
    assert answer.status_code == 422
    assert sentence in str(answer.context["form"].errors[field])
    assert not NameConsent.objects.exists()


def test_a_reader_reads_consents_and_is_offered_nothing_to_press(client: Browser, owner: object) -> None:
    client.post(AT, FORM)
    reader = Browser(headers={"accept-language": "en"})
    reader.force_login(make.make_person(client=NameConsent.objects.get().owner, role=Membership.Role.READER))
    page = reader.get(AT).content.decode()
    assert "Voisins" in page
    assert "withdraw" not in page
    assert f'action="{AT}"' not in page


def test_the_other_client_reads_what_it_received_and_withdraws_nothing(client: Browser, owner: object) -> None:
    client.post(AT, FORM)
    consent = NameConsent.objects.get()
    guest = Browser(headers={"accept-language": "en"})
    guest.force_login(make.make_person(client=consent.guest))
    page = guest.get("/clients/voisins/consents/").content.decode()
    assert "théâtre.abeilles.example.test" in page
    for slug in ("abeilles", "voisins"):
        assert guest.post(f"/clients/{slug}/consents/{consent.pk}/withdraw/").status_code == 404
    assert NameConsent.objects.exists()
