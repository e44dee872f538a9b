"""The week's cover: when how many of the team are there, and the holes in which nobody is. Pure reckoning: no queries."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from essaim.manager.team.presence import Member, Stretch

HOUR = timedelta(hours=1)


class Piece(NamedTuple):
    """A stretch of time in which the same people are there."""

    begins: datetime
    ends: datetime
    who: tuple[Member, ...]


class Hour(NamedTuple):
    """One hour of the reader's clock: the fewest people that are there in it. None: the clock leaps over that hour."""

    hour: int
    people: int | None
    names: str = ""


class Week(NamedTuple):
    """Seven days from `begins`, in `zone`."""

    monday: date
    begins: datetime
    ends: datetime
    zone: ZoneInfo


def week_of(day: date, zone: ZoneInfo) -> Week:
    """The week from Monday to Sunday that has `day`, by the clocks of `zone`: 167 or 169 hours long when they change."""
    monday = day - timedelta(days=day.weekday())
    begins, ends = (
        datetime.combine(monday + timedelta(days=days), time(), tzinfo=zone).astimezone(UTC) for days in (0, 7)
    )
    return Week(monday, begins, ends, zone)


def pieces(members: Sequence[Member], begins: datetime, ends: datetime) -> list[Piece]:
    """From `begins` to `ends` without a gap: who is there, piece by piece; where nobody is, a piece with nobody."""
    there = [(stretch, member) for member in members for stretch in member.stretches(begins, ends)]
    edges = sorted({begins, ends, *(edge for stretch, _member in there for edge in stretch)})
    found: list[Piece] = []
    for start, stop in pairwise(edges):
        who = tuple(member for stretch, member in there if stretch.begins <= start and stop <= stretch.ends)
        if found and found[-1].who == who:
            found[-1] = found[-1]._replace(ends=stop)
        else:
            found.append(Piece(start, stop, who))
    return found


def holes(members: Sequence[Member], begins: datetime, ends: datetime) -> list[Stretch]:
    """When nobody is there."""
    return [Stretch(piece.begins, piece.ends) for piece in pieces(members, begins, ends) if not piece.who]


def hours_covered(found: Sequence[Piece]) -> float:
    """How many hours of `found` somebody is there."""
    return sum((piece.ends - piece.begins) / HOUR for piece in found if piece.who)


def grid(found: Sequence[Piece], week: Week) -> list[tuple[date, list[Hour]]]:
    """The week as a table: a day of the reader's clock, and its 24 hours."""
    table = []
    for days in range(7):
        day = week.monday + timedelta(days=days)
        table.append((day, [_hour(found, day, hour, week.zone) for hour in range(24)]))
    return table


def _hour(found: Sequence[Piece], day: date, hour: int, zone: ZoneInfo) -> Hour:
    local = datetime.combine(day, time(hour), tzinfo=zone)
    begins = local.astimezone(UTC)
    if begins.astimezone(zone).hour != hour:
        return Hour(hour, None)
    twice = local.replace(fold=1).astimezone(UTC)  # an hour that the clock shows twice counts as one
    ends = twice + HOUR
    meeting = [piece for piece in found if piece.begins < ends and begins < piece.ends]
    fewest = min(meeting, key=lambda piece: len(piece.who))
    return Hour(hour, len(fewest.who), ", ".join(member.person.name for member in fewest.who))
