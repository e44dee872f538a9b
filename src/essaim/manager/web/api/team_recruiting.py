"""Calls for volunteers and who would join. The board accepts on the candidate's page, after it has shown who it is."""

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import AfterValidator, Field, StringConstraints

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people.errors import NameMissing
from essaim.manager.people.models import Person
from essaim.manager.people.rights import RightMissing
from essaim.manager.team import campaigns, errors, recruiting
from essaim.manager.team.models import Campaign, Candidate
from essaim.manager.web.api.answers import Body, Text, Word, plain
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import After, Limit, Page, listed, page_of

router = Router(tags=["team"])
READ, WRITE, RECRUIT = "team:read", "team:write", "team.recruit"
Prose = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(plain)]
Remark = Annotated[str, StringConstraints(max_length=4000), AfterValidator(plain)]
REFUSALS = (NameMissing, errors.CampaignBackwards, RightMissing)


class CampaignAnswer(Schema):
    """A call for volunteers."""

    slug: str
    title: str
    text: str = Field(description="Markdown.")
    language: str
    first_day: date
    last_day: date | None = Field(description="Null: until somebody ends it.")
    state: str = Field(description="`open`, `to_come` or `over`.")


class CampaignOrder(Body):
    """A call to write."""

    title: Word
    text: Prose
    first_day: date
    last_day: date | None = None
    language: Literal["fr", "en"] = "fr"
    slug: Word = Field("", description="The end of its address, which stays for good; empty: made from the title.")


class CampaignChange(Body):
    """What to change; what is left out stays. `last_day` null: until somebody ends it."""

    title: Word | None = None
    text: Prose | None = None
    first_day: date | None = None
    last_day: date | None = None
    language: Literal["fr", "en"] | None = None


class CandidateAnswer(Schema):
    """Somebody who would join, and proved their address."""

    id: int
    campaign: str
    name: str
    email: str
    zone: str
    state: str = Field(description="`waiting`, `accepted`, `declined` or `joined`.")
    proved_at: datetime | None
    decided_at: datetime | None
    decided_by: str
    decision: str


class RemarkAnswer(Schema):
    """What one of the team wrote about a candidate."""

    by: str
    at: datetime
    text: str


class CandidateDetail(CandidateAnswer):
    """A candidate with what they and the team wrote."""

    would_do: str
    notes: list[RemarkAnswer]


class NoteOrder(Body):
    """Something to remember of a candidate."""

    text: Remark


class DeclineOrder(Body):
    """What the board decided."""

    decision: Text = Field(description="Where the board wrote it down, and why. The candidate does not read it.")
    words: Text = Field("", description="For the candidate: they stand in the letter.")


def _campaign(row: Campaign) -> CampaignAnswer:
    fields = ("slug", "title", "text", "language", "first_day", "last_day")
    return CampaignAnswer(**{name: getattr(row, name) for name in fields}, state=campaigns.state_of(row))


def _candidate(row: Candidate) -> CandidateAnswer:
    return CandidateAnswer(
        id=row.pk,
        campaign=row.campaign.slug,
        name=row.name,
        email=row.email,
        zone=row.zone,
        state=row.state,
        proved_at=row.proved_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by.email if row.decided_by else "",
        decision=row.decision,
    )


def _detail(number: int, by: Person) -> CandidateDetail:
    row = recruiting.get_candidate(number, seen_by=by)
    notes = [
        RemarkAnswer(by=note.by.email if note.by else "", at=note.at, text=note.text)
        for note in row.notes.select_related("by")
    ]
    return CandidateDetail(**_candidate(row).model_dump(), would_do=row.would_do, notes=notes)


@operation(
    router,
    "GET",
    "/campaigns",
    summary="List calls for volunteers",
    answers=Page[CampaignAnswer],
    scope=READ,
    right=RECRUIT,
)
def list_campaigns(request: HttpRequest) -> HttpResponse:
    """Past, open and to come, the newest first, on one page."""
    return listed(request, Page(items=[_campaign(row) for row in campaigns.campaigns(seen_by=asker(request))]))


@operation(
    router, "POST", "/campaigns", summary="Write a call for volunteers", answers=CampaignAnswer, scope=WRITE, right=RECRUIT, status=201,
    refusals=(*REFUSALS, errors.CampaignExists),
)  # fmt: skip
def add_campaign(request: HttpRequest, order: CampaignOrder) -> CampaignAnswer:
    """It has a public page from its first day to its last."""
    return _campaign(campaigns.write_campaign(None, **order.model_dump(), by=asker(request)))


@operation(
    router, "PATCH", "/campaigns/{campaign}", summary="Change a call for volunteers", answers=CampaignAnswer, scope=WRITE, right=RECRUIT,
    refusals=(*REFUSALS, errors.CampaignNotFound),
)  # fmt: skip
def change_campaign(request: HttpRequest, campaign: str, change: CampaignChange) -> CampaignAnswer:
    """Another text, other days. Its address stays."""
    row = campaigns.get_campaign(campaign)
    kept = {name: getattr(row, name) for name in ("title", "text", "first_day", "last_day", "language")}
    given = {name: value for name, value in change.model_dump(exclude_unset=True).items() if value is not None}
    if "last_day" in change.model_fields_set:
        given["last_day"] = change.last_day
    return _campaign(campaigns.write_campaign(row, **(kept | given), by=asker(request)))


@operation(
    router, "GET", "/candidates", summary="List candidates", answers=Page[CandidateAnswer], scope=READ, right=RECRUIT
)
def list_candidates(request: HttpRequest, after: After, limit: Limit) -> HttpResponse:
    """Who asked and proved their address, the newest first."""
    rows = recruiting.candidates(seen_by=asker(request))
    start = after if after.isascii() and after.isdigit() and len(after) < 19 else ""  # noqa: PLR2004 - digits that a row's number has at most
    items, following = page_of(rows, "pk", _candidate, after=start, limit=limit, newest_first=True)
    return listed(request, Page(items=items, next=following))


@operation(
    router, "GET", "/candidates/{number}", summary="Show a candidate", answers=CandidateDetail, scope=READ, right=RECRUIT,
    refusals=(errors.CandidateNotFound,),
)  # fmt: skip
def show_candidate(request: HttpRequest, number: int) -> CandidateDetail:
    """What they wrote, what the team noted, what the board decided."""
    return _detail(min(number, 2**62), asker(request))


@operation(
    router, "POST", "/candidates/{number}/notes", summary="Note something of a candidate", answers=CandidateDetail, scope=WRITE, right=RECRUIT,
    status=201, refusals=(errors.CandidateNotFound, ReasonMissing, RightMissing),
)  # fmt: skip
def note_candidate(request: HttpRequest, number: int, order: NoteOrder) -> CandidateDetail:
    """The others who recruit read it."""
    by, number = asker(request), min(number, 2**62)
    recruiting.note(recruiting.get_candidate(number, seen_by=by), text=order.text, by=by)
    return _detail(number, by)


@operation(
    router, "POST", "/candidates/{number}/decline", summary="Decline a candidate", answers=CandidateDetail, scope=WRITE, right="team.grant",
    refusals=(errors.CandidateNotFound, errors.AlreadyDecided, errors.AddressUnproved, ReasonMissing, RightMissing),
)  # fmt: skip
def decline_candidate(request: HttpRequest, number: int, order: DeclineOrder) -> CandidateDetail:
    """The board does not take them now. They get a letter; what they wrote is kept half a year."""
    by, number = asker(request), min(number, 2**62)
    found = recruiting.get_candidate(number, seen_by=by)
    recruiting.decline(found, decision=order.decision, words=order.words, by=by)
    return _detail(number, by)
