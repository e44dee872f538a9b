"""What a client is: addresses by country, numbers by their checksums, contacts; and what stood there before."""

import pytest
from django.test import Client as Browser

from essaim.manager.core.errors import EssaimError, NotAllowed
from essaim.manager.core.models import AuditLine
from essaim.manager.people import client_errors as errors
from essaim.manager.people.client_details import Reached, change_contact, change_details
from essaim.manager.people.emails import read_email
from essaim.manager.people.errors import EmailMalformed
from essaim.manager.people.folding import folded
from essaim.manager.people.models import Client, Contact, Membership, Person
from tests.unit.factories import make_client, make_person

pytestmark = pytest.mark.django_db
PARIS = {"street": "1 rue de la Paix", "postal_code": "75002", "city": "Paris", "country": "FR"}


@pytest.fixture
def bees() -> Client:
    return make_client("bees", name="Bees of the lake")


@pytest.fixture
def owner(bees: Client) -> Person:
    return make_person(client=bees)


def test_a_change_is_kept_and_the_trail_says_what_stood_there_before(bees: Client, owner: Person) -> None:
    change_details(bees, by=owner, legal_name="Association  des abeilles", siret="732 829 320 00074", **PARIS)

    bees.refresh_from_db()
    assert (bees.legal_name, bees.siren, bees.city) == ("Association des abeilles", "732829320", "Paris")
    line = AuditLine.objects.get(code="people.client_changed")
    assert line.facts["after"]["siret"] == "73282932000074"
    assert line.facts["before"]["siret"] == ""
    assert set(line.facts["before"]) == set(line.facts["after"])


def test_the_same_again_writes_no_line(bees: Client, owner: Person) -> None:
    for _ in range(2):
        change_details(bees, by=owner, **PARIS)
    assert AuditLine.objects.filter(code="people.client_changed").count() == 1


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({**PARIS, "postal_code": "7500"}, errors.PostalCodeRefused),
        ({**PARIS, "postal_code": ""}, errors.PostalCodeRefused),
        ({**PARIS, "street": ""}, errors.StreetMissing),
        ({**PARIS, "city": ""}, errors.CityMissing),
        ({**PARIS, "country": "ZZ"}, errors.CountryUnknown),
        ({**PARIS, "country": ""}, errors.CountryUnknown),
        (
            {"street": "1", "city": "Montréal", "postal_code": "H2X 1Y4", "country": "CA", "area": "XX"},
            errors.AreaRefused,
        ),
        ({"siren": "732829321"}, errors.SirenRefused),
        ({"siren": "404833048", "siret": "73282932000074"}, errors.SiretRefused),
        ({"siret": "73282932000075"}, errors.SiretRefused),
        ({"rna": "W75"}, errors.RnaRefused),
        ({"vat": "FR83404833049"}, errors.VatRefused),
        ({"vat": "FR83404833048", "siren": "732829320"}, errors.VatRefused),
        ({"time_zone": "Europe/Atlantis"}, errors.TimeZoneUnknown),
        ({"kind": "robot"}, errors.KindUnknown),
        ({"name": "x" * 161}, errors.DetailTooLong),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence_and_nothing_is_changed(
    bees: Client, given: dict[str, str], refusal: type[EssaimError]
) -> None:
    with pytest.raises(refusal) as said:
        change_details(bees, by=None, **given)
    assert str(said.value)
    assert said.value.advice
    assert not AuditLine.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            {"street": "1 rue", "city": "Montréal", "postal_code": "h2x 1y4", "country": "ca", "area": "Quebec"},
            "H2X 1Y4",
        ),
        ({"street": "1\n2\n3\n4", "city": "Bruxelles", "postal_code": "1000", "country": "BE"}, "1000"),
        ({"street": "1", "city": "Hong Kong", "area": "Kowloon", "country": "HK"}, ""),
        ({"street": "Main Street", "city": "Dublin", "area": "Co. Dublin", "country": "IE"}, ""),
    ],
)
def test_each_country_has_its_own_rules(bees: Client, given: dict[str, str], kept: str) -> None:
    assert change_details(bees, by=None, **given).postal_code == kept


def test_the_number_of_another_register_is_one_clients(bees: Client) -> None:
    change_details(make_client(), by=None, reference="C-17")
    with pytest.raises(errors.ReferenceTaken):
        change_details(bees, by=None, reference="C-17")


@pytest.mark.parametrize(
    "name", ["Prince", "María del Carmen O’Donnell-Ruiz", "D'Angelo", "جمعية النحل", "Œuvre sociale"]
)
def test_names_are_kept_as_they_are_written(bees: Client, name: str) -> None:
    assert change_details(bees, by=None, name=f"  {name} ").name == name


@pytest.mark.parametrize(
    ("text", "kept"), [("01 99 00 12 34", "+33199001234"), ("+1 514 555 0123", "+15145550123"), ("", "")]
)
def test_a_telephone_number_is_read_as_its_country_writes_it(bees: Client, text: str, kept: str) -> None:
    contact = change_contact(bees, "billing", by=None, reached=Reached("Ada", "ada+bills@example.test", text))
    assert contact is not None
    assert (contact.phone, contact.email) == (kept, "ada+bills@example.test")


def test_a_contact_is_changed_told_and_forgotten(bees: Client, owner: Person) -> None:
    change_contact(bees, "owner", by=owner, reached=Reached("Ada", "ada@example.test"))
    assert change_contact(bees, "owner", by=owner, reached=Reached()) is None

    assert not Contact.objects.exists()
    first, last = AuditLine.objects.filter(code="people.contact_changed").order_by("id")
    assert (first.facts["after"]["name"], last.facts["before"]["name"]) == ("Ada", "Ada")


def test_no_telephone_number_is_refused(bees: Client) -> None:
    with pytest.raises(errors.PhoneRefused):
        change_contact(bees, "owner", by=None, reached=Reached(phone="call me"))


@pytest.mark.parametrize(
    "text", ["x" * 310 + "@example.test", "x" * 250 + "@example.test", "no", "a@b", "a b@example.test"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(EmailMalformed):
        read_email(text)


def test_an_address_has_one_form() -> None:
    assert read_email(" Ada+news@BÜCHER.example ") == read_email("ada+news@xn--bcher-kva.example")


def test_text_is_compared_without_accents_and_case() -> None:
    assert folded("  L'Œuvre  d’Élodie–Straße ") == "l oeuvre d elodie strasse"


def test_who_may_not_change_it_is_refused(bees: Client) -> None:
    for who in (make_person(), make_person(client=bees, role=Membership.Role.READER)):
        with pytest.raises(NotAllowed):
            change_details(bees, by=who, name="Wasps")
        with pytest.raises(NotAllowed):
            change_contact(bees, "owner", by=who, reached=Reached("Ada"))


def test_the_pages_change_it_and_show_what_was_there(bees: Client, owner: Person) -> None:
    browser = Browser()
    browser.force_login(owner)
    given = {"kind": "organisation", "name": "Bees", "language": "en", "time_zone": "America/Montreal", **PARIS}

    wrong = browser.post("/clients/bees/change/", {**given, "postal_code": "7"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["postal_code"])
    assert browser.post("/clients/bees/change/", given).status_code == 302
    contacts = {"owner_email": "ada@example.test", "billing_phone": "oh no"}
    assert list(browser.post("/clients/bees/contacts/", contacts).context["form"].errors) == ["billing_phone"]
    browser.post("/clients/bees/contacts/", {**contacts, "billing_phone": "01 99 00 12 34"})

    page = browser.get("/clients/bees/").content.decode()
    assert "75002 PARIS" in page
    assert "+33 1 99 00 12 34" in page
    history = browser.get("/clients/bees/history/").content.decode()
    assert "Bees of the lake" in history
    assert "ada@example.test" in history
