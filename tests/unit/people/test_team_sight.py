"""What the team sees of a client, its notes, and the end of a client."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.people import client_errors as errors
from essaim.manager.people import endings, invitations, team_notes
from essaim.manager.people.models import Client, Ending, EndingDocument, Note, Person
from essaim.manager.people.rights import RightMissing
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 certificate"


@pytest.fixture
def bees() -> Client:
    client = make.make_client("bees", name="Bees")
    make.make_account(client, login="bees")
    return client


@pytest.fixture
def first() -> Person:
    return make.make_person(is_team=True)


@pytest.fixture
def second() -> Person:
    return make.make_person(is_team=True)


def browser_of(person: Person) -> Browser:
    browser = Browser(headers={"Accept-Language": "en"})
    browser.force_login(person)
    return browser


def propose(client: Client, by: Person, *, in_days: int = 0, cause: str = "dissolution") -> Ending:
    ends_on = timezone.localdate() + timedelta(days=in_days)
    return endings.propose(client, cause=cause, reason="The prefecture wrote.", ends_on=ends_on, by=by)


def test_a_note_is_the_teams_and_not_the_clients(bees: Client, first: Person) -> None:
    owner = make.make_person(client=bees)
    invitations.invite(bees, email=owner.email, by=first, role="reader")
    browser_of(first).post("/clients/bees/notes/", {"text": "Prefers to be called in the morning."})

    page = browser_of(first).get("/clients/bees/").content.decode()
    assert "in the morning" in page
    assert "You are invited" in page or "Vous êtes invité" in page  # the last letter
    for person in (owner, make.make_person(groups=["observer"])):
        assert "in the morning" not in browser_of(person).get("/clients/bees/").content.decode()
    assert "in the morning" not in browser_of(owner).get("/clients/bees/history/").content.decode()
    assert browser_of(owner).post("/clients/bees/notes/", {"text": "x"}).status_code == 403
    browser_of(first).post(f"/clients/bees/notes/{Note.objects.get().pk}/erase/")
    assert not Note.objects.exists()
    with pytest.raises(errors.NoteEmpty):
        team_notes.write_note(bees, text=" ", by=first)


def test_the_page_costs_the_same_queries_however_much_there_is(bees: Client, first: Person) -> None:
    browser, counts = browser_of(first), []
    browser.get("/clients/bees/")
    for more in (1, 15):
        for _ in range(more):
            make.make_person(client=bees, role="reader")
            team_notes.write_note(bees, text="again", by=first)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get("/clients/bees/").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[1] <= 20


def test_two_of_the_team_end_a_client_with_a_paper(bees: Client, first: Person, second: Person) -> None:
    ending = propose(bees, first)
    with pytest.raises(errors.SecondVolunteerMissing):
        endings.approve(ending, by=first)
    with pytest.raises(errors.DocumentMissing):
        endings.approve(ending, by=second)
    document = endings.add_document(ending, filename="notice.pdf", content=PDF, by=first)
    endings.approve(ending, by=second)

    bees.refresh_from_db()
    assert (bees.state, bees.accounts.get().state) == ("closed", "closed")
    line = AuditLine.objects.get(code="people.client_closed")
    assert (line.facts["accounts"], line.who) == (1, second.email)
    paper = browser_of(first).get(f"/clients/bees/ending/documents/{document.pk}/")
    assert (paper.content, paper["Content-Type"]) == (PDF, "application/pdf")
    assert (
        browser_of(make.make_person(client=bees)).get(f"/clients/bees/ending/documents/{document.pk}/").status_code
        == 403
    )


def test_services_end_on_the_day_that_was_chosen(bees: Client, first: Person, second: Person) -> None:
    ending = endings.approve(propose(bees, first, in_days=3, cause="wish"), by=second)
    bees.refresh_from_db()
    assert (bees.state, endings.end_due(), bees.accounts.get().state) == ("winding_up", 0, "active")

    Ending.objects.filter(pk=ending.pk).update(ends_on=timezone.localdate())
    assert (endings.end_due(), endings.end_due()) == (1, 0)
    assert bees.accounts.get().state == "closed"


def test_an_error_is_stopped_before_anything_ends(bees: Client, first: Person, second: Person) -> None:
    ending = endings.approve(propose(bees, first, in_days=3, cause="wish"), by=second)
    endings.withdraw(ending, by=first)
    bees.refresh_from_db()
    assert (bees.state, bees.accounts.get().state) == ("active", "active")
    with pytest.raises(errors.EndingGone):
        endings.approve(ending, by=second)


def test_what_is_not_in_order_is_refused(bees: Client, first: Person) -> None:
    with pytest.raises(RightMissing):
        propose(bees, make.make_person(groups=["supporter"]))
    with pytest.raises(ReasonMissing):
        endings.propose(bees, cause="death", reason=" ", ends_on=timezone.localdate(), by=first)
    ending = propose(bees, first)
    with pytest.raises(errors.EndingThere):
        propose(bees, first)
    for content in (b"<script>", b"", PDF + b"x" * endings.DOCUMENT_BYTES_MAX):
        with pytest.raises(errors.DocumentRefused):
            endings.add_document(ending, filename="evil.html", content=content, by=first)


def test_the_page_leads_through_it(bees: Client, first: Person, second: Person) -> None:
    given = {"cause": "death", "reason": "Her sister called.", "ends_on": timezone.localdate().isoformat()}
    assert browser_of(first).post("/clients/bees/ending/", {**given, "ends_on": "soon"}).status_code == 422
    browser_of(first).post("/clients/bees/ending/", given)
    assert "another of the team approves" in browser_of(first).get("/clients/bees/ending/").content.decode()
    browser_of(first).post("/clients/bees/ending/", {"document": SimpleUploadedFile("act.pdf", PDF)})
    assert EndingDocument.objects.count() == 1
    assert browser_of(first).post("/clients/bees/ending/", {"act": "approve"}).status_code == 403
    browser_of(second).post("/clients/bees/ending/", {"act": "approve"})
    assert Client.objects.get(pk=bees.pk).state == "closed"
