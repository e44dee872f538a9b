"""The team's search forgives accents and typing errors, in both databases, at a cost that does not grow."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from essaim.manager.core.errors import NotAllowed
from essaim.manager.people.client_details import Reached, change_contact, change_details
from essaim.manager.people.finding import find
from essaim.manager.people.folding import as_words, trigrams
from essaim.manager.people.models import Client, Person
from essaim.manager.people.search import find_clients
from essaim.manager.people.search_index import keep_index
from tests.unit.factories import make_client, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Person:
    return make_person(is_team=True)


@pytest.fixture
def known() -> None:
    make_client("theatre", name="Théâtre de l’Écluse")
    make_client("oeuvre", name="Œuvre des Bûcherons")
    make_client("nahl", name="جمعية النحل")
    for name, email in (("Marie-Hélène Dupont", "mh@example.test"), ("María O’Donnell", "od@bücher.example")):
        person = make_person(email)
        person.name = name
        person.save()
    Client.objects.bulk_create(Client(slug=f"filler-{n}", name=f"Société numéro {n}") for n in range(200))


def clients(text: str, by: Person) -> list[str]:
    return [client.slug for client in find(text, by=by).clients]


def people(text: str, by: Person) -> list[str]:
    return [person.name for person in find(text, by=by).people]


@pytest.mark.parametrize(
    "text", ["theatre", "THÉÂTRE", "théatre ecluse", "ecluse theatre", "thaetre", "theatr", "the", "ecluze"]
)
def test_accents_case_order_and_typing_errors_are_forgiven(text: str, known: None, team: Person) -> None:
    assert clients(text, team)[0] == "theatre"


@pytest.mark.parametrize(
    ("text", "slug"), [("oeuvre", "oeuvre"), ("bucherons", "oeuvre"), ("النحل", "nahl"), ("filler-17", "filler-17")]
)
def test_other_letters_and_identifiers_are_found(text: str, slug: str, known: None, team: Person) -> None:
    assert clients(text, team)[0] == slug


@pytest.mark.parametrize("text", ["marie helene", "mraie dupont", "dupond", "mh@example.test", "Hélène"])
def test_people_are_found(text: str, known: None, team: Person) -> None:
    assert people(text, team)[0] == "Marie-Hélène Dupont"


@pytest.mark.parametrize("text", ["", "x", "   ", '"', "' OR 1=1 --", "zzzzzzzz", "*", "\x00", "a" * 5000])
def test_what_is_not_there_is_not_found(text: str, known: None, team: Person) -> None:
    assert find(text, by=team) == ([], [])


def test_numbers_and_contacts_find_a_client(team: Person) -> None:
    bees = make_client("bees", name="Bees")
    change_details(bees, by=None, siret="73282932000074")
    change_contact(bees, "billing", by=None, reached=Reached(email="money@example.test"))
    assert clients("732 829 320", team) == ["bees"]
    assert clients("732829320", team) == ["bees"]
    assert clients("money@example.test", team) == ["bees"]


def test_what_was_changed_is_found_by_what_it_is_now(team: Person) -> None:
    bees = make_client("bees", name="Bees")
    change_details(bees, by=None, name="Wasps")
    assert (clients("wasps", team), clients("bees", team)) == (["bees"], ["bees"])  # its identifier stays


def test_the_index_is_made_anew_where_a_migration_lost_its_triggers(team: Person) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER people_client_words_added")
    make_client("bees", name="Bees")
    keep_index()
    keep_index()
    assert clients("bees", team) == ["bees"]


def test_the_number_of_queries_stays_the_same(known: None, team: Person) -> None:
    counts = set()
    for text in ("theatre", "societe", "mar", "societe numero 1"):
        with CaptureQueriesContext(connection) as seen:
            find(text, by=team)
        counts.add(len(seen))
    assert max(counts) <= 9


def test_only_the_team_searches(known: None) -> None:
    with pytest.raises(NotAllowed):
        find("theatre", by=make_person(client=Client.objects.get(slug="theatre")))


def test_the_page_answers_with_the_list_alone_as_one_types(known: None, team: Person) -> None:
    browser = Browser()
    browser.force_login(team)
    part = browser.get("/team/search/?q=ecluse", headers={"HX-Request": "true"}).content.decode()
    assert "Théâtre de l’Écluse" in part
    assert "<html" not in part
    assert "<html" in browser.get("/team/search/?q=ecluse").content.decode()


def test_the_list_of_clients_forgives_accents(known: None, team: Person) -> None:
    assert [client.slug for client in find_clients(team, text="theatre").clients] == ["theatre"]


def test_words_know_where_they_begin_and_end() -> None:
    assert as_words("L'Été") == "  l  ete  "
    assert trigrams(as_words("été")) == ["  e", " et", "ete", "te "]
