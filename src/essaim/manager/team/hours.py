"""What a person says of their time: zone, working hours, absences. Everybody says their own; the team may say anybody's."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.people.models import Person
from essaim.manager.team import gate
from essaim.manager.team.clocks import parse_hours, parse_zone
from essaim.manager.team.errors import AbsenceBackwards, AbsenceNotFound, NotOfTheTeam
from essaim.manager.team.models import Absence, WorkingHours, Zone


def _require_own(person: Person, by: Person | None) -> None:
    """One's own hours need no right but to be of the team; somebody else's do."""
    if not (person.is_team and person.is_active):
        raise NotOfTheTeam(email=person.email)
    gate.require(by, "team.see" if by is not None and by.pk == person.pk else "team.manage")


@transaction.atomic
def change_hours(person: Person, *, zone: str, hours: dict[int, str], by: Person | None) -> None:
    """From now on `person` is there so, by the clocks of `zone`. `hours` has the text of each weekday, Monday 0; one left out is empty.
    What is so already writes nothing.

    Raises:
        ZoneUnknown, HoursMalformed, HoursOverlap, NotOfTheTeam, NotAllowed.
    """
    _require_own(person, by)
    name = parse_zone(zone).key
    wanted = [(weekday, *one) for weekday in range(7) for one in parse_hours(hours.get(weekday, ""))]
    Person.objects.select_for_update().get(pk=person.pk)
    had = list(person.working_hours.order_by("weekday", "begins").values_list("weekday", "begins", "ends"))
    _zone, is_new = Zone.objects.get_or_create(person=person, defaults={"name": name})
    is_moved = not is_new and _zone.name != name
    if is_moved:
        _zone.name = name
        _zone.save(update_fields=["name"])
    if had == wanted and not is_new and not is_moved:
        return
    person.working_hours.all().delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(person=person, weekday=weekday, begins=begins, ends=ends) for weekday, begins, ends in wanted
    )
    minutes = sum(ends - begins for _weekday, begins, ends in wanted)
    audit.record("team.hours_changed", by=by, about=("person", person.email), zone=name, minutes_a_week=minutes)


@transaction.atomic
def add_absence(person: Person, *, first_day: date, last_day: date, by: Person | None, note: str = "") -> Absence:
    """`person` is away from `first_day` to `last_day`, both included. The same again is the one that is there.

    Raises:
        AbsenceBackwards, NotOfTheTeam, NotAllowed.
    """
    _require_own(person, by)
    if last_day < first_day:
        raise AbsenceBackwards
    Person.objects.select_for_update().get(pk=person.pk)
    same = person.absences.filter(first_day=first_day, last_day=last_day, note=note.strip()[:160]).first()
    if same is not None:
        return same
    absence = Absence.objects.create(person=person, first_day=first_day, last_day=last_day, note=note.strip()[:160])
    days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    audit.record("team.absence_added", by=by, about=("person", person.email), **days)
    return absence


@transaction.atomic
def remove_absence(absence_id: int, *, by: Person) -> None:
    """The absence is none. Only one's own.

    Raises:
        AbsenceNotFound, NotAllowed.
    """
    gate.require(by, "team.see")
    absence = by.absences.filter(pk=absence_id).first()
    if absence is None:
        raise AbsenceNotFound
    days = {"first_day": absence.first_day.isoformat(), "last_day": absence.last_day.isoformat()}
    absence.delete()
    audit.record("team.absence_removed", by=by, about=("person", by.email), **days)


def absences_of(person: Person) -> list[Absence]:
    """Those that are not over, the first first: one query."""
    return list(person.absences.filter(last_day__gte=timezone.localdate()))


def hours_of(person: Person) -> dict[int, list[tuple[int, int]]]:
    """Stretches by weekday: one query."""
    found: dict[int, list[tuple[int, int]]] = {}
    for row in person.working_hours.order_by("weekday", "begins"):
        found.setdefault(row.weekday, []).append((row.begins, row.ends))
    return found
