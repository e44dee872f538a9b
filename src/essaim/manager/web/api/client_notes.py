"""What the team keeps about a client: notes, and the procedure by which a client comes to its end."""

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field, StringConstraints

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import client_errors, endings, errors, team_notes
from essaim.manager.people.models import Client, Ending, Note
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body, Word, plain
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["clients"])
READ, WRITE = "sites:read", "people:write"
NOTES, END = "clients.notes", "clients.end"
Remark = Annotated[str, StringConstraints(max_length=4000), AfterValidator(plain)]
ENDED = (errors.ClientNotFound, client_errors.EndingGone, RightMissing)


class NoteAnswer(Schema):
    """A remark that the client's people do not see, but may ask for."""

    id: int
    by: str
    at: datetime
    text: str


class NoteOrder(Body):
    """A remark to keep."""

    text: Remark


class DocumentAnswer(Schema):
    """A paper of the procedure."""

    id: int
    filename: str
    kind: str
    sha256: str
    at: datetime


class EndingAnswer(Schema):
    """A procedure by which a client comes to its end."""

    cause: str = Field(description="`death`, `dissolution` or `wish`.")
    reason: str
    ends_on: date
    state: str = Field(description="`proposed`, `approved`, `done` or `withdrawn`.")
    proposed_by: str
    approved_by: str
    documents: list[DocumentAnswer]


class EndingOrder(Body):
    """The end of a client, to propose."""

    cause: Literal["death", "dissolution", "wish"]
    reason: Remark = Field(description="From whom, since when, who looks after what is left. Kept in the trail.")
    ends_on: date = Field(description="Accounts are closed then, and kept for thirty days more.")


def _notes(request: HttpRequest, client: Client) -> HttpResponse:
    return listed(request, Page(items=[_note(one) for one in team_notes.notes_of(client, seen_by=asker(request))]))


def _note(one: Note) -> NoteAnswer:
    return NoteAnswer(id=one.pk, by=one.by.email if one.by else "", at=one.at, text=one.text)


@operation(
    router, "GET", "/{slug}/notes", summary="List the team's notes", answers=Page[NoteAnswer], scope=READ, right=NOTES,
    refusals=(errors.ClientNotFound,),
)  # fmt: skip
def list_notes(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest twenty, newest first."""
    return _notes(request, get_client(slug, seen_by=asker(request)))


@operation(
    router, "POST", "/{slug}/notes", summary="Note something of a client", answers=NoteAnswer, scope=WRITE, right=NOTES, status=201,
    refusals=(errors.ClientNotFound, client_errors.NoteEmpty, RightMissing),
)  # fmt: skip
def write_note(request: HttpRequest, slug: str, order: NoteOrder) -> NoteAnswer:
    """A remark for the next of the team. What it says does not stand in the trail."""
    by = asker(request)
    return _note(team_notes.write_note(get_client(slug, seen_by=by), text=order.text, by=by))


@operation(
    router, "POST", "/{slug}/notes/{number}/erase", summary="Erase a note", answers=Page[NoteAnswer], scope=WRITE, right=NOTES,
    refusals=(errors.ClientNotFound, RightMissing),
)  # fmt: skip
def erase_note(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Nothing brings it back. One that is gone is gone. Answers those that are left."""
    by = asker(request)
    client = get_client(slug, seen_by=by)
    team_notes.erase_note(client, min(number, 2**62), by=by)
    return _notes(request, client)


def _ending(one: Ending) -> EndingAnswer:
    return EndingAnswer(
        cause=one.cause,
        reason=one.reason,
        ends_on=one.ends_on,
        state=one.state,
        proposed_by=one.proposed_by.email if one.proposed_by else "",
        approved_by=one.approved_by.email if one.approved_by else "",
        documents=[
            DocumentAnswer(id=paper.pk, filename=paper.filename, kind=paper.kind, sha256=paper.sha256, at=paper.at)
            for paper in one.documents.defer("content")
        ],
    )


@operation(
    router, "GET", "/{slug}/endings", summary="List a client's ends", answers=Page[EndingAnswer], scope=READ, right=END,
    refusals=(errors.ClientNotFound,),
)  # fmt: skip
def list_endings(request: HttpRequest, slug: str) -> HttpResponse:
    """The procedure that is under way, if any, and those that were stopped, newest first."""
    client = get_client(slug, seen_by=asker(request))
    return listed(request, Page(items=[_ending(one) for one in endings.endings_of(client, seen_by=asker(request))]))


@operation(
    router, "POST", "/{slug}/endings", summary="Propose a client's end", answers=EndingAnswer, scope=WRITE, right=END, status=201,
    refusals=(errors.ClientNotFound, client_errors.EndingThere, ReasonMissing, RightMissing),
)  # fmt: skip
def propose_ending(request: HttpRequest, slug: str, order: EndingOrder) -> EndingAnswer:
    """A client who died, an association that dissolved, or a wish. Nothing ends before another of the team has looked at the papers."""
    by = asker(request)
    return _ending(endings.propose(get_client(slug, seen_by=by), **order.model_dump(), by=by))


@operation(
    router, "PUT", "/{slug}/endings/document", summary="Add a paper to a client's end", answers=EndingAnswer, scope=WRITE, right=END,
    takes_file=True, refusals=(*ENDED, client_errors.DocumentRefused),
)  # fmt: skip
def add_ending_document(
    request: HttpRequest,
    slug: str,
    filename: Annotated[Word, Query(..., min_length=1, description="For example certificate.pdf.")],
) -> EndingAnswer:
    """A PDF, PNG or JPEG of at most five megabytes, in the body. The same paper again is the one that is there."""
    by = asker(request)
    found = endings.under_way(get_client(slug, seen_by=by), seen_by=by)
    content = request.read(endings.DOCUMENT_BYTES_MAX + 1)
    endings.add_document(found, filename=filename, content=content, by=by)
    return _ending(found)


@operation(
    router, "GET", "/{slug}/endings/documents/{number}", summary="Fetch a paper of a client's end", answers=EndingAnswer, scope=READ, right=END,
    refusals=(errors.ClientNotFound, client_errors.DocumentNotFound),
)  # fmt: skip
def fetch_ending_document(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The paper itself."""
    by = asker(request)
    paper = endings.get_document(get_client(slug, seen_by=by), min(number, 2**62), seen_by=by)
    name = f"{paper.sha256[:12]}.{paper.kind.partition('/')[2]}"
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(bytes(paper.content), content_type=paper.kind, headers=named)


@operation(
    router, "POST", "/{slug}/endings/approve", summary="Approve a client's end", answers=EndingAnswer, scope=WRITE, right=END,
    refusals=(*ENDED, client_errors.SecondVolunteerMissing, client_errors.DocumentMissing),
)  # fmt: skip
def approve_ending(request: HttpRequest, slug: str) -> EndingAnswer:
    """By another than who proposed it. Services end on the day that was proposed, or at once if it is past."""
    by = asker(request)
    return _ending(endings.approve(endings.under_way(get_client(slug, seen_by=by), seen_by=by), by=by))


@operation(
    router, "POST", "/{slug}/endings/withdraw", summary="Stop a client's end", answers=EndingAnswer, scope=WRITE, right=END, refusals=ENDED
)  # fmt: skip
def withdraw_ending(request: HttpRequest, slug: str) -> EndingAnswer:
    """It was an error, or somebody goes on: nothing has ended."""
    by = asker(request)
    return _ending(endings.withdraw(endings.under_way(get_client(slug, seen_by=by), seen_by=by), by=by))
