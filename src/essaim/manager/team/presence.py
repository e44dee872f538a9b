"""When each of the team is there, as stretches of real time: working hours by the person's own clock, less their absences.

Everything is computed from rows that were read once (`members`), so that a page asks three queries however many people there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from essaim.manager.people.models import Person
from essaim.manager.team.clocks import house_zone, is_waking_time
from essaim.manager.team.models import Absence, WorkingHours
from essaim.manager.team.roll import team

DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """From `begins` until before `ends`, in UTC."""

    begins: datetime
    ends: datetime

    def has(self, moment: datetime) -> bool:
        """`moment` is in it."""
        return self.begins <= moment < self.ends


@dataclass(frozen=True, eq=False)
class Member:
    """One of the team with their clock. `hours` are minutes since midnight by weekday, Monday 0."""

    person: Person
    zone: ZoneInfo
    has_own_zone: bool = True
    hours: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    absences: list[Absence] = field(default_factory=list)

    def absence_on(self, day: date) -> Absence | None:
        """The absence that holds that day, if any."""
        return next((one for one in self.absences if one.first_day <= day <= one.last_day), None)

    def absence_at(self, moment: datetime) -> Absence | None:
        """The absence at that moment, by their own clock."""
        return self.absence_on(moment.astimezone(self.zone).date())

    def is_awake(self, moment: datetime) -> bool:
        """Probably; nobody is asked."""
        return is_waking_time(moment, self.zone)

    def is_there(self, moment: datetime) -> bool:
        """Within their hours, and not absent."""
        return any(stretch.has(moment) for stretch in self.stretches(moment - DAY, moment + DAY))

    def stretches(self, begins: datetime, ends: datetime) -> list[Stretch]:
        """When they are there between `begins` and `ends`. Clocks that change on the way are reckoned with: nine to twelve is nine to
        twelve of that day.
        """
        day, last = begins.astimezone(self.zone).date() - DAY, ends.astimezone(self.zone).date()
        found = []
        while day <= last:
            if self.hours.get(day.weekday()) and self.absence_on(day) is None:
                found += [self._stretch(day, *minutes) for minutes in self.hours[day.weekday()]]
            day += DAY
        cut = [Stretch(max(one.begins, begins), min(one.ends, ends)) for one in found]
        return [one for one in cut if one.begins < one.ends]

    def _stretch(self, day: date, begins: int, ends: int) -> Stretch:
        return Stretch(self._moment(day, begins), self._moment(day, ends))

    def _moment(self, day: date, minutes: int) -> datetime:
        """A time of the clock as a moment; one that the clock leaps over is as much later (PEP 495)."""
        days, minutes = divmod(minutes, 24 * 60)
        local = datetime.combine(day + days * DAY, time(*divmod(minutes, 60)), tzinfo=self.zone)
        return local.astimezone(UTC)


def members(*, absent_from: date | None = None) -> list[Member]:
    """Everybody of the team, by name: three queries. `absent_from`: absences that ended before it are not read."""
    people = team().select_related("zone")
    hours: dict[int, dict[int, list[tuple[int, int]]]] = {}
    for row in WorkingHours.objects.filter(person__in=people.order_by().values("pk")):
        hours.setdefault(row.person_id, {}).setdefault(row.weekday, []).append((row.begins, row.ends))
    away: dict[int, list[Absence]] = {}
    absences = Absence.objects.filter(person__in=people.order_by().values("pk"))
    for absence in absences if absent_from is None else absences.filter(last_day__gte=absent_from):
        away.setdefault(absence.person_id, []).append(absence)
    return [member_of(person, hours=hours.get(person.pk, {}), absences=away.get(person.pk, [])) for person in people]


def member_of(person: Person, *, hours: dict[int, list[tuple[int, int]]], absences: Iterable[Absence] = ()) -> Member:
    """`person` with their clock."""
    zone = getattr(person, "zone", None)
    return Member(
        person=person,
        zone=ZoneInfo(zone.name) if zone else house_zone(),
        has_own_zone=zone is not None,
        hours=hours,
        absences=list(absences),
    )


def zone_of(person: Person) -> ZoneInfo:
    """The zone in which `person` reads hours: their own, else the house's."""
    zone = getattr(person, "zone", None)
    return ZoneInfo(zone.name) if zone else house_zone()
