"""Clients from a table with broken lines: a trial, a report by line, nothing half-done, and the same again changes nothing."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from essaim.manager.core.models import AuditLine
from essaim.manager.people import client_errors as errors
from essaim.manager.people.client_details import change_details
from essaim.manager.people.client_import import as_text, bring_in
from essaim.manager.people.models import Client, Contact, Person
from essaim.manager.people.rights import RightMissing
from tests.unit.factories import make_client, make_person

pytestmark = pytest.mark.django_db
HEAD = "reference;name;kind;street;postal_code;city;country;siret;owner_email;colour\n"


@pytest.fixture
def team() -> Person:
    return make_person(is_team=True)


def table(count: int, *broken: str) -> str:
    whole = [
        f"C{n};Société numéro {n};organisation;{n} rue de la Paix;75002;Paris;FR;;c{n}@example.test;red"
        for n in range(count)
    ]
    return HEAD + "\n".join([*whole, *broken]) + "\n"


BROKEN = (
    "C900;Bad code;organisation;1 rue;7500;Paris;FR;;;",
    "C901;Bad number;organisation;;;;;73282932000075;;",
    ";No reference;;;;;;;;",
    "C1;Twice;;;;;;;;",
    "C902;;;;;;;;;",
    "C903;Bad mail;;;;;;;nobody;",
    "C904;Uneven;person",
    "C905;Bad kind;robot;;;;;;;",
)


def test_six_hundred_clients_with_broken_lines_are_told_and_not_brought_in(team: Person) -> None:
    report = bring_in(table(592, *BROKEN), by=team, is_trial=False)

    assert (report.is_done, report.counts) == (False, {"new": 592, "changed": 0, "same": 0, "broken": 8})
    assert report.unknown_columns == ["colour"]
    broken = [line for line in report.lines if line.what == "broken"]
    assert [line.number for line in broken] == list(range(594, 602))
    assert [line.code.partition(".")[2] for line in broken] == [
        "postal_code_refused", "siret_refused", "reference_missing", "reference_twice", "name_missing", "email_malformed",
        "import_line_uneven", "kind_unknown",
    ]  # fmt: skip
    assert all(line.sentence and line.advice for line in broken)
    assert not Client.objects.exists()
    assert not AuditLine.objects.filter(code__startswith="people.client").exists()


def test_what_is_whole_is_brought_in_and_the_same_again_changes_nothing(team: Person) -> None:
    text = table(20, *BROKEN)
    first = bring_in(text, by=team, is_trial=False, without_broken=True)
    lines = AuditLine.objects.count()
    again = bring_in(text, by=team, is_trial=False, without_broken=True)

    assert (first.is_done, first.counts["new"]) == (True, 20)
    assert again.counts == {"new": 0, "changed": 0, "same": 20, "broken": 8}
    assert (Client.objects.count(), Contact.objects.count(), AuditLine.objects.count()) == (20, 20, lines)
    assert Client.objects.get(reference="C7").city == "Paris"


def test_a_trial_writes_nothing(team: Person) -> None:
    report = bring_in(table(3), by=team, is_trial=True)
    assert (report.is_done, report.counts["new"], Client.objects.count()) == (False, 3, 0)


def test_a_changed_cell_changes_its_client_and_an_empty_one_none(team: Person) -> None:
    bring_in(table(2), by=team, is_trial=False)
    report = bring_in("reference,name,city,street\nC0,New name,,\nC1,Société numéro 1,,\n", by=team, is_trial=False)
    assert report.counts == {"new": 0, "changed": 1, "same": 1, "broken": 0}
    changed = Client.objects.get(reference="C0")
    assert (changed.name, changed.city) == ("New name", "Paris")


def test_a_number_that_another_client_has_is_told(team: Person) -> None:
    change_details(make_client("bees"), by=None, siret="73282932000074")
    report = bring_in("reference,name,siren\nC1,Bees,732829320\n", by=team, is_trial=True)
    assert (report.lines[0].code, "bees" in report.lines[0].sentence) == ("people.known_otherwise", True)


def test_a_bug_half_way_leaves_nothing(team: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from essaim.manager.people import client_import

    real, calls = client_import.change_details, []

    def breaks(client: Client, **given: object) -> Client:
        calls.append(client)
        if len(calls) == 3:
            raise RuntimeError("killed")
        return real(client, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(client_import, "change_details", breaks)
    with pytest.raises(RuntimeError):
        bring_in(table(5), by=team, is_trial=False)
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", errors.ImportColumnsMissing),
        ("a;b\n1;2\n", errors.ImportColumnsMissing),
        ("reference;name\n", errors.ImportEmpty),
        ("reference;name\n" + "1;2\n" * 5001, errors.ImportTooLong),
    ],
)
def test_what_is_no_table_is_refused(text: str, refusal: type[Exception], team: Person) -> None:
    with pytest.raises(refusal):
        bring_in(text, by=team, is_trial=True)


def test_names_of_every_kind_come_through(team: Person) -> None:
    names = ["Prince", "María del Carmen O’Donnell-Ruiz", "D'Angelo", "جمعية النحل", 'The "Bees"; of the lake']
    rows = "".join(f'R{n};"{name.replace(chr(34), chr(34) * 2)}"\n' for n, name in enumerate(names))
    bring_in("\ufeffreference;name\n" + rows, by=team, is_trial=False)
    assert list(Client.objects.order_by("reference").values_list("name", flat=True)) == names
    assert as_text("Chœur d’été".encode("cp1252")) == "Chœur d’été"


def test_a_trial_costs_the_same_queries_however_long(team: Person) -> None:
    counts = []
    for size in (2, 50):
        with CaptureQueriesContext(connection) as seen:
            bring_in(table(size), by=team, is_trial=True)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_only_who_adds_clients_brings_them_in() -> None:
    with pytest.raises(RightMissing):
        bring_in(table(1), by=make_person(client=make_client()), is_trial=True)


def test_the_page_shows_first_and_writes_then(team: Person) -> None:
    browser = Browser(headers={"Accept-Language": "en"})
    browser.force_login(team)
    file = SimpleUploadedFile("clients.csv", table(3, BROKEN[0]).encode())
    shown = browser.post("/import-clients/", {"file": file, "act": "try"})
    assert "is not a postal code" in shown.content.decode()
    assert not Client.objects.exists()

    text = shown.context["text"]
    refused = browser.post("/import-clients/", {"text": text, "act": "bring_in"})
    assert "Nothing was brought in" in refused.content.decode()
    done = browser.post("/import-clients/", {"text": text, "act": "bring_in", "without_broken": "on"})
    assert (done.status_code, Client.objects.count()) == (302, 3)
    assert browser.post("/import-clients/", {"act": "try"}).status_code == 422
