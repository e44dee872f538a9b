"""The best hours of a week for a meeting of the team, and for a maintenance that few readers notice. Pure reckoning: no queries."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from essaim.manager.team.clocks import apart
from essaim.manager.team.cover import Week
from essaim.manager.team.presence import Member, Stretch

STEP = timedelta(minutes=30)
SHOWN = 5
QUIET_FROM, QUIET_UNTIL = time(22), time(7)
"""By the clock of the readers: outside of these more of them would notice."""
MIDDLE = 14 * 60
"""Minutes since midnight: what is near it is kind to who has to be there outside of their hours."""


class Window(NamedTuple):
    """One proposal, best first. `there`: within their hours for all of it; `awake`: outside of them, but not at night."""

    begins: datetime
    ends: datetime
    there: tuple[Member, ...]
    awake: tuple[Member, ...]
    missing: tuple[Member, ...]
    quiet: int = 0
    """In how many of the house's zones it is quiet."""


class Apart(NamedTuple):
    """From `first` until before `until`, the clocks of two zones are so many hours apart."""

    first: date
    until: date
    hours: float


def for_meeting(members: Sequence[Member], week: Week, *, length: timedelta) -> list[Window]:
    """When most of the team are there, then when most are at least awake, then when it is near the middle of their day."""
    return _best(members, week, length, lambda one: (-len(one.there), -len(one.awake), _strain(one), one.begins))


def for_maintenance(
    members: Sequence[Member], week: Week, *, length: timedelta, zones: Sequence[ZoneInfo]
) -> list[Window]:
    """When it is quiet for readers in most `zones`, then when most of the team are there, or awake: somebody must see it through."""
    return _best(
        members,
        week,
        length,
        lambda one: (-one.quiet, -len(one.there), -len(one.awake), _strain(one), one.begins),
        zones=zones,
    )


def _best(
    members: Sequence[Member],
    week: Week,
    length: timedelta,
    order: Callable[[Window], tuple[object, ...]],
    zones: Sequence[ZoneInfo] = (),
) -> list[Window]:
    steps = int((week.ends - week.begins - length) / STEP) + 1
    there = {member: member.stretches(week.begins, week.ends) for member in members}
    found = [_window(there, week.begins + number * STEP, length, zones) for number in range(steps)]
    chosen: list[Window] = []
    for one in sorted(found, key=order):
        if all(one.ends <= other.begins or other.ends <= one.begins for other in chosen):
            chosen.append(one)
        if len(chosen) == SHOWN:
            break
    return chosen


def _window(
    there: dict[Member, list[Stretch]], begins: datetime, length: timedelta, zones: Sequence[ZoneInfo]
) -> Window:
    ends = begins + length
    within = [
        member for member, found in there.items() if any(one.begins <= begins and ends <= one.ends for one in found)
    ]
    rest = [member for member in there if member not in within]
    awake = [member for member in rest if _is_awake(member, begins, ends)]
    missing = [member for member in rest if member not in awake]
    quiet = sum(all(_is_quiet(moment, zone) for moment in _moments(begins, ends)) for zone in zones)
    return Window(begins, ends, tuple(within), tuple(awake), tuple(missing), quiet)


def _is_awake(member: Member, begins: datetime, ends: datetime) -> bool:
    return not member.absence_at(begins) and member.is_awake(begins) and member.is_awake(ends - timedelta(minutes=1))


def _moments(begins: datetime, ends: datetime) -> list[datetime]:
    steps = max(1, int((ends - begins) / STEP))
    return [begins + number * STEP for number in range(steps)] + [ends - timedelta(minutes=1)]


def _is_quiet(moment: datetime, zone: ZoneInfo) -> bool:
    local = moment.astimezone(zone).time()
    return local >= QUIET_FROM or local < QUIET_UNTIL


def _strain(one: Window) -> float:
    """How far from the middle of the day it is, for those who would come outside of their hours."""
    middle = one.begins + (one.ends - one.begins) / 2
    return sum(abs(_minutes(middle, member.zone) - MIDDLE) for member in (*one.awake, *one.missing))


def _minutes(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute


def apart_over(one: ZoneInfo, other: ZoneInfo, first: date, *, days: int = 366) -> list[Apart]:
    """How many hours `one` is ahead of `other`, from `first` on, a row for each time that changes: twice a year only one of them has
    changed its clocks.
    """
    found: list[Apart] = []
    for day in (first + timedelta(days=number) for number in range(days)):
        noon = datetime.combine(day, time(12), tzinfo=UTC)
        hours = apart(one, other, noon) / timedelta(hours=1)
        if found and found[-1].hours == hours:
            found[-1] = found[-1]._replace(until=day + timedelta(days=1))
        else:
            found.append(Apart(day, day + timedelta(days=1), hours))
    return found
