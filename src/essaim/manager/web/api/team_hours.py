"""When each of the team is there: zone, working hours, absences; the best hours of a week; the address of one's calendars."""

from datetime import date, datetime, timedelta
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.people.models import Person
from essaim.manager.people.rights import RightMissing
from essaim.manager.team import calendars, clocks, cover, errors, gate, hours, presence, windows
from essaim.manager.team.models import Absence
from essaim.manager.team.roll import get_member
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation

router = Router(tags=["team"])
READ, WRITE, RIGHT = "team:read", "hours:write", "team.see"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STRETCHES = "As 9:00-12:00, 14:00-18:30; empty: not there."
Length = Annotated[int, Query(60, ge=15, le=480, description="Minutes of the meeting.")]
Long = Annotated[int, Query(120, ge=15, le=480, description="Minutes of the maintenance.")]


class AbsenceAnswer(Schema):
    """Days on which somebody is away, whole days by their own clock; the last one is in it."""

    id: int
    first_day: date
    last_day: date
    note: str


class HoursAnswer(Schema):
    """When one of the team is there, by their own clock."""

    email: str
    zone: str = Field(description="Of the IANA time zone database; the house's where they have not said theirs.")
    monday: str = Field(description=STRETCHES)
    tuesday: str
    wednesday: str
    thursday: str
    friday: str
    saturday: str
    sunday: str
    absences: list[AbsenceAnswer] = Field(description="Those that are not over.")


class HoursChange(Body):
    """What to change; a day that is left out stays."""

    zone: Word | None = Field(None, examples=["America/Montreal"])
    monday: Word | None = Field(None, description=STRETCHES)
    tuesday: Word | None = None
    wednesday: Word | None = None
    thursday: Word | None = None
    friday: Word | None = None
    saturday: Word | None = None
    sunday: Word | None = None


class AbsenceOrder(Body):
    """Days to be away."""

    first_day: date
    last_day: date
    note: Word = Field("", description="The others of the team read it.")


class FeedAnswer(Schema):
    """Secret addresses of calendars (RFC 5545), shown this once."""

    absences: str
    cover: str


class FeedState(Schema):
    """Whether an address of one's calendars opens, without the address."""

    made_at: datetime | None = Field(description="Null: none opens.")
    last_read_at: datetime | None


class WindowAnswer(Schema):
    """One proposal."""

    begins: datetime
    ends: datetime
    there: list[str] = Field(description="E-mail of those within their hours for all of it.")
    awake: list[str] = Field(description="Outside of their hours, but not at night.")
    missing: list[str]
    quiet: int = Field(description="In how many of the house's zones few readers notice.")


class WindowsAnswer(Schema):
    """The best hours of a week, best first."""

    monday: date
    zone: str
    zones: list[str] = Field(description="The house's own.")
    meetings: list[WindowAnswer]
    maintenances: list[WindowAnswer]


def _person(email: str, by: Person) -> Person:
    """Whom the address names; `me` is who asks."""
    return by if email.strip().lower() == "me" else get_member(email)


def _absence(row: Absence) -> AbsenceAnswer:
    return AbsenceAnswer(id=row.pk, first_day=row.first_day, last_day=row.last_day, note=row.note)


def _hours(person: Person) -> HoursAnswer:
    kept = hours.hours_of(person)
    days = {name: clocks.hours_text(kept.get(number, [])) for number, name in enumerate(DAYS)}
    absences = [_absence(row) for row in hours.absences_of(person)]
    return HoursAnswer(email=person.email, zone=presence.zone_of(person).key, absences=absences, **days)


@operation(
    router, "GET", "/members/{email}/hours", summary="Show when somebody is there", answers=HoursAnswer, scope=READ, right=RIGHT,
    refusals=(errors.MemberNotFound,),
)  # fmt: skip
def show_hours(request: HttpRequest, email: str) -> HoursAnswer:
    """Zone, hours of each weekday and absences of one of the team; `me` for yourself."""
    return _hours(_person(email, asker(request)))


@operation(
    router, "PATCH", "/members/{email}/hours", summary="Say when somebody is there", answers=HoursAnswer, scope=WRITE, right=RIGHT,
    refusals=(errors.MemberNotFound, errors.ZoneUnknown, errors.HoursMalformed, errors.HoursOverlap, errors.NotOfTheTeam, RightMissing),
)  # fmt: skip
def change_hours(request: HttpRequest, email: str, change: HoursChange) -> HoursAnswer:
    """Your own, or with `team.manage` anybody's. `me` for yourself."""
    by = asker(request)
    person = _person(email, by)
    kept, given = hours.hours_of(person), change.model_dump(exclude_none=True)
    wanted = {number: given.get(name, clocks.hours_text(kept.get(number, []))) for number, name in enumerate(DAYS)}
    hours.change_hours(person, zone=given.get("zone", presence.zone_of(person).key), hours=wanted, by=by)
    return _hours(Person.objects.get(pk=person.pk))


@operation(
    router, "POST", "/members/{email}/absences", summary="Be away", answers=AbsenceAnswer, scope=WRITE, right=RIGHT, status=201,
    refusals=(errors.MemberNotFound, errors.AbsenceBackwards, errors.NotOfTheTeam, RightMissing),
)  # fmt: skip
def add_absence(request: HttpRequest, email: str, order: AbsenceOrder) -> AbsenceAnswer:
    """You, or with `team.manage` anybody, are away on these days. The same again is the one that is there. `me` for yourself."""
    by = asker(request)
    return _absence(hours.add_absence(_person(email, by), **order.model_dump(), by=by))


@operation(
    router, "POST", "/absences/{number}/remove", summary="Be there after all", answers=HoursAnswer, scope=WRITE, right=RIGHT,
    refusals=(errors.AbsenceNotFound, RightMissing),
)  # fmt: skip
def remove_absence(request: HttpRequest, number: int) -> HoursAnswer:
    """One of your own absences is none."""
    by = asker(request)
    hours.remove_absence(min(number, 2**62), by=by)
    return _hours(by)


@operation(
    router, "GET", "/feed", summary="Show whether your calendars open", answers=FeedState, scope=READ, right=RIGHT
)
def show_feed(request: HttpRequest) -> FeedState:
    """Since when their address opens, and when it was last read. The address itself is shown once, when it is made."""
    feed = asker(request).feeds.filter(revoked_at=None).first()
    return FeedState(made_at=feed.created_at if feed else None, last_read_at=feed.last_read_at if feed else None)


@operation(
    router, "POST", "/feed", summary="Make the address of your calendars", answers=FeedAnswer, scope=WRITE, right=RIGHT, status=201,
    is_secret=True, refusals=(RightMissing,),
)  # fmt: skip
def make_feed(request: HttpRequest) -> FeedAnswer:
    """Absences and cover of the team for a program of calendars. An address that you had opens nothing any more."""
    by = asker(request)
    return FeedAnswer(**dict(calendars.addresses(calendars.make_feed(by, by=by))))


@operation(
    router, "POST", "/feed/revoke", summary="Take the address of your calendars back", answers=FeedState, scope=WRITE, right=RIGHT,
    refusals=(RightMissing,),
)  # fmt: skip
def revoke_feed(request: HttpRequest) -> FeedState:
    """It opens nothing any more. Twice is once."""
    by = asker(request)
    calendars.revoke_feed(by, by=by)
    return FeedState(made_at=None, last_read_at=None)


@operation(
    router, "GET", "/windows", summary="Show the best hours of a week", answers=WindowsAnswer, scope=READ, right=RIGHT, refusals=(RightMissing,)
)  # fmt: skip
def show_windows(
    request: HttpRequest,
    week: Annotated[date | None, Query(None, description="A day of it; empty: this week.")],
    meeting: Length,
    maintenance: Long,
) -> WindowsAnswer:
    """For a meeting of the team, and for a maintenance that few readers notice and somebody sees through."""
    person = asker(request)
    gate.require(person, "team.see")
    asked = cover.week_of(week or timezone.localdate(), presence.zone_of(person))
    everybody, zones = presence.members(absent_from=asked.monday - presence.DAY), clocks.house_zones()
    work = timedelta(minutes=maintenance)
    return WindowsAnswer(
        monday=asked.monday,
        zone=asked.zone.key,
        zones=[zone.key for zone in zones],
        meetings=[_window(one) for one in windows.for_meeting(everybody, asked, length=timedelta(minutes=meeting))],
        maintenances=[_window(one) for one in windows.for_maintenance(everybody, asked, length=work, zones=zones)],
    )


def _window(one: windows.Window) -> WindowAnswer:
    def emails(members: tuple[presence.Member, ...]) -> list[str]:
        return [member.person.email for member in members]

    return WindowAnswer(
        begins=one.begins,
        ends=one.ends,
        there=emails(one.there),
        awake=emails(one.awake),
        missing=emails(one.missing),
        quiet=one.quiet,
    )
