"""Erasing a whole client after its end: what goes, what is kept and until when, thinking better of it."""

import json
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core.audit import first_broken_line
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people import merging, team_notes
from essaim.manager.people.actions import create_client
from essaim.manager.people.client_details import Reached, change_contact, change_details
from essaim.manager.people.errors import ClientExists
from essaim.manager.people.models import Client, Contact, Membership, Note, Person
from essaim.manager.people.rights import RightMissing
from essaim.manager.people.second_factor import cipher
from essaim.manager.privacy import client_erasing, errors
from essaim.manager.privacy.models import ClientErasure, KeptClient
from tests.unit.api.calling import Caller, token_for
from tests.unit.factories import make_account, make_client, make_person

pytestmark = pytest.mark.django_db
WHY = {"confirm": "bees", "reason": "The contract is over."}


@pytest.fixture
def team() -> Person:
    return make_person("team@example.test", is_team=True)


@pytest.fixture
def bees(team: Person) -> Client:
    """Closed, with people, a contact, a note, an address in the trail, and another client that was merged into it."""
    client = create_client(name="Abeilles du lac", slug="bees", by=team, owner=make_person("owner@example.test"))
    change_details(
        client, by=team, city="Annecy", postal_code="74000", street="12 quai Vert", country="FR", siren="732829320"
    )
    reached = Reached(name="Camille Martin", email="camille@example.test", phone="")
    change_contact(client, kind=Contact.Kind.OWNER, reached=reached, by=team)
    team_notes.write_note(client, text="Called in spring.", by=team)
    merging.merge(client, make_client("old-bees", name="Abeilles anciennes"), by=team, reason="One.")
    Client.objects.filter(pk=client.pk).update(state=Client.State.CLOSED)
    return Client.objects.get(pk=client.pk)


def let_the_grace_pass() -> None:
    ClientErasure.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_after_the_grace_nothing_tells_who_it_was_but_what_is_sealed(bees: Client, team: Person) -> None:
    seen = client_erasing.preview(bees, seen_by=team)
    client_erasing.ask(bees, by=team, **WHY)
    assert Mail.objects.get(kind="client erasure asked").to == "owner@example.test"
    assert client_erasing.erase_due() == 0
    let_the_grace_pass()

    assert client_erasing.erase_due() == 1

    left = json.dumps([list(AuditLine.objects.values()), list(Client.objects.values())], default=str)
    for word in ("bees", "Abeilles", "Annecy", "732829320", "Camille", "camille@example.test"):
        assert word not in left, word
    assert [model.objects.count() for model in (Contact, Note, Membership)] == [0, 0, 0]
    assert Client.objects.get(pk=bees.pk).slug == f"erased-{bees.pk}"
    assert Person.objects.get(email="owner@example.test").is_active
    assert first_broken_line() is None
    kept = KeptClient.objects.get()
    assert kept.until > timezone.now() + timedelta(days=5 * 365)
    identity = json.loads(cipher().decrypt(kept.sealed.encode()))
    assert [one["slug"] for one in identity["clients"]] == ["bees", "old-bees"]
    assert identity["clients"][0]["people"][0]["person__email"] == "owner@example.test"
    assert identity["trail"]
    assert seen.people == ["owner@example.test"]
    assert client_erasing.erase_due() == 0


def test_its_identifier_is_never_given_again(bees: Client, team: Person) -> None:
    client_erasing.ask(bees, by=team, **WHY)
    let_the_grace_pass()
    client_erasing.erase_due()

    with pytest.raises(ClientExists):
        create_client(name="Others", slug="bees", by=team)
    assert create_client(name="Bees", by=team).slug == "bees-2"


def test_what_is_still_served_or_on_a_machine_is_not_erased(bees: Client, team: Person) -> None:
    with pytest.raises(errors.ServicesStill):
        client_erasing.ask(make_client("alive"), confirm="alive", reason="x", by=team)
    client_erasing.ask(bees, by=team, **WHY)
    with pytest.raises(errors.ClientErasureThere):
        client_erasing.ask(bees, by=team, **WHY)
    make_account(bees, login="bees1")
    let_the_grace_pass()
    assert client_erasing.erase_due() == 0
    assert isinstance(client_erasing.refusal_of(bees), errors.AccountsStill)


def test_it_takes_the_right_the_identifier_and_a_reason(bees: Client, team: Person) -> None:
    with pytest.raises(RightMissing):
        client_erasing.ask(bees, by=make_person(groups=["supporter"]), **WHY)
    with pytest.raises(errors.IdentifierWrong):
        client_erasing.ask(bees, confirm="beez", reason="x", by=team)
    with pytest.raises(ReasonMissing):
        client_erasing.ask(bees, confirm="bees", reason=" ", by=team)


def test_the_page_and_the_api_show_ask_and_stop(bees: Client, team: Person) -> None:
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(team)
    address = reverse("privacy:erase_client", args=["bees"])
    assert address in browser.get(reverse("people:client", args=["bees"])).text
    page = browser.get(address).text
    assert "owner@example.test" in page
    assert browser.post(address, {"confirm": "no", "reason": "x"}).status_code == 422
    assert browser.post(address, WHY).status_code == 302
    assert "It will be erased on" in browser.get(address).text

    caller = Caller(token_for(team))
    assert caller.get("/clients/bees/erasure").json()["is_under_way"]
    assert not caller.post("/clients/bees/erasure/stop").json()["is_under_way"]
    assert caller.post("/clients/bees/erasure/stop").json()["code"] == "privacy.client_erasure_missing"
    assert caller.post("/clients/bees/erasure", WHY).status_code == 202
    browser.post(reverse("privacy:erase_client_stop", args=["bees"]))
    let_the_grace_pass()
    assert client_erasing.erase_due() == 0
