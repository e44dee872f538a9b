"""The team: who is there, the week's cover, what only some people can do, and how somebody leaves."""

from datetime import date, datetime, timedelta
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.core import continuity
from essaim.manager.core.errors import NotAllowed, ReasonMissing
from essaim.manager.core.leaving import doors
from essaim.manager.people.models import Person
from essaim.manager.team import cover, errors, gate, leaving, overview, presence
from essaim.manager.team.roll import get_member, team
from essaim.manager.web.api.answers import Body, Text, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["team"])


class MemberAnswer(Schema):
    """One of the team, now."""

    email: str
    name: str
    groups: list[str]
    zone: str = Field(description="Of the IANA time zone database.")
    local_time: str = Field(examples=["14:05"])
    state: str = Field(description="`there` (within their hours), `awake`, `asleep` or `away`.")


class HoleAnswer(Schema):
    """A time in which nobody is there."""

    begins: datetime
    ends: datetime


class CoverAnswer(Schema):
    """A week, Monday to Sunday by the clock of who asks."""

    monday: date
    zone: str
    hours: float = Field(description="How long the week is: 167 or 169 when clocks change.")
    covered_hours: float
    holes: list[HoleAnswer]


class MatterAnswer(Schema):
    """One thing that somebody must be able to do."""

    kind: str = Field(examples=["duties"])
    key: str
    name: str
    who: list[str] = Field(description="E-mail of each who can.")


class BusFactorAnswer(Schema):
    """How few people are behind what the house must be able to do."""

    factor: int | None = Field(description="The fewest people behind any matter; null: there is none.")
    matters: list[MatterAnswer]
    lost: list[MatterAnswer] = Field(description="What nobody could do any more without those named in `gone`.")


class DoorAnswer(Schema):
    """Something that is open to a person, and how many of it."""

    name: str = Field(examples=["tokens"])
    count: int


class LeavingAnswer(Schema):
    """What it would mean that somebody leaves."""

    email: str
    doors: list[DoorAnswer]
    alone: list[MatterAnswer] = Field(description="What nobody else can do: it needs a successor.")
    keeps_sign_in: bool


class LeaveOrder(Body):
    """Why somebody leaves, and who takes over what only they can do."""

    reason: Text
    successor: Word = Field("", description="E-mail of somebody of the team; empty: there is nothing to take over.")


class LeftAnswer(Schema):
    """What was closed and handed over."""

    email: str
    closed: list[DoorAnswer]
    handed_over: list[DoorAnswer] = Field(description="Kinds of matters, and how many of each.")
    keeps_sign_in: bool


@operation(
    router,
    "GET",
    "",
    summary="List the team",
    answers=Page[MemberAnswer],
    scope="team:read",
    right="team.see",
    refusals=(NotAllowed,),
)
def list_team(request: HttpRequest) -> HttpResponse:
    """Everybody of the team, by name, each with their clock and whether they are there, on one page."""
    gate.require(asker(request), "team.see")
    now = timezone.now()
    everybody = presence.members(absent_from=now.date() - presence.DAY)
    return listed(request, Page(items=[_member(overview.row_of(member, now)) for member in everybody]))


def _member(row: overview.Row) -> MemberAnswer:
    person = row.member.person
    return MemberAnswer(
        email=person.email,
        name=person.name,
        groups=person.groups_in_force,
        zone=row.member.zone.key,
        local_time=row.clock,
        state=row.state,
    )


@operation(
    router, "GET", "/cover", summary="Show a week's cover", answers=CoverAnswer, scope="team:read", right="team.see", refusals=(NotAllowed,)
)  # fmt: skip
def show_cover(
    request: HttpRequest, week: Annotated[date | None, Query(None, description="A day of it; empty: this week.")]
) -> CoverAnswer:
    """How much of a week somebody is there, and when nobody is."""
    person = asker(request)
    gate.require(person, "team.see")
    asked = cover.week_of(week or timezone.localdate(), presence.zone_of(person))
    found = cover.pieces(presence.members(absent_from=asked.monday - presence.DAY), asked.begins, asked.ends)
    return CoverAnswer(
        monday=asked.monday,
        zone=asked.zone.key,
        hours=(asked.ends - asked.begins) / timedelta(hours=1),
        covered_hours=cover.hours_covered(found),
        holes=[HoleAnswer(begins=piece.begins, ends=piece.ends) for piece in found if not piece.who],
    )


@operation(
    router, "GET", "/bus-factor", summary="Show the bus factor", answers=BusFactorAnswer, scope="team:read", right="team.see",
    refusals=(NotAllowed, errors.MemberNotFound),
)  # fmt: skip
def show_bus_factor(
    request: HttpRequest,
    gone: Annotated[list[str], Query([], max_length=20, description="E-mail of who would leave today.")],
) -> BusFactorAnswer:
    """For each right, secret and duty who can, those with the fewest first; and what would be lost without some."""
    gate.require(asker(request), "team.see")
    left = [get_member(email).pk for email in gone]
    matters = continuity.matters()
    emails = dict(team().values_list("pk", "email"))
    return BusFactorAnswer(
        factor=continuity.bus_factor(matters),
        matters=[_matter(matter, emails) for matter in matters],
        lost=[_matter(matter, emails) for matter in continuity.lost_without(left, matters)] if left else [],
    )


def _matter(matter: continuity.Matter, emails: dict[int, str]) -> MatterAnswer:
    who = sorted(emails[pk] for pk in matter.who if pk in emails)
    return MatterAnswer(kind=matter.kind, key=matter.key, name=str(matter.name), who=who)


@operation(
    router, "GET", "/members/{email}/leaving", summary="Show what leaving would mean", answers=LeavingAnswer, scope="team:read",
    right="team.see", refusals=(NotAllowed, errors.MemberNotFound),
)  # fmt: skip
def show_leaving(request: HttpRequest, email: str) -> LeavingAnswer:
    """What would close if somebody left, and what nobody else could do. Changes nothing."""
    person, by = _member_seen(email, asker(request)), asker(request)
    found = leaving.outlook(person, seen_by=by)
    emails = dict(team().values_list("pk", "email"))
    return LeavingAnswer(
        email=person.email,
        doors=[DoorAnswer(name=door.name, count=number) for door, number in found.doors],
        alone=[_matter(matter, emails) for matter in found.alone],
        keeps_sign_in=found.keeps_sign_in,
    )


def _member_seen(email: str, by: Person) -> Person:
    if email.strip().lower() != by.email:
        gate.require(by, "team.manage")
    return get_member(email)


@operation(
    router, "POST", "/members/{email}/leave", summary="Close every door of somebody", answers=LeftAnswer, scope="team:write", right="team.see",
    refusals=(
        NotAllowed, ReasonMissing, errors.MemberNotFound, errors.SuccessorMissing, errors.SuccessorIsLeaver, errors.LastOfTheTeam,
    ),
)  # fmt: skip
def leave_team(request: HttpRequest, email: str, order: LeaveOrder) -> LeftAnswer:
    """Hands over what only they can do, then closes every door at once: sessions, tokens, groups, calendars, rotas and what other rooms
    opened. Who has a place at a client keeps the sign-in for that.
    """
    by = asker(request)
    person = _member_seen(email, by)
    successor = get_member(order.successor) if order.successor.strip() else None
    done = leaving.leave(person, by=by, reason=order.reason, successor=successor)
    return LeftAnswer(
        email=person.email,
        closed=[
            DoorAnswer(name=door.name, count=done.closed[door.name]) for door in doors() if door.name in done.closed
        ],
        handed_over=[DoorAnswer(name=name, count=number) for name, number in sorted(done.handed_over.items())],
        keeps_sign_in=done.keeps_sign_in,
    )
