"""Duties: what somebody must be able to do, and who can. They count in the bus factor beside rights, secrets and keys of other rooms."""

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import audit, continuity
from essaim.manager.core.continuity import Matter
from essaim.manager.people.errors import NameMissing
from essaim.manager.people.models import Person
from essaim.manager.team import gate
from essaim.manager.team.errors import DutyExists, DutyNotFound, NotOfTheTeam
from essaim.manager.team.models import Duty, DutyHolder
from essaim.manager.team.roll import team


def register() -> None:
    """Let duties count."""
    continuity.register("duties", _("Duties"), matters, hand_over=hand_over)


def matters() -> list[Matter]:
    """Each duty and who can do it: two queries."""
    url = reverse("team:duties")
    holders: dict[int, set[int]] = {}
    rows = DutyHolder.objects.filter(person__in=team().order_by().values("pk"))
    for duty_id, person_id in rows.values_list("duty_id", "person_id"):
        holders.setdefault(duty_id, set()).add(person_id)
    return [
        Matter(key=str(duty.pk), name=duty.name, who=frozenset(holders.get(duty.pk, ())), url=f"{url}#duty-{duty.pk}")
        for duty in Duty.objects.all()
    ]


def all_duties() -> list[Duty]:
    """Every duty by name, with who can do it: three queries."""
    return list(Duty.objects.prefetch_related("holders__person"))


def get_duty(pk: int) -> Duty:
    """One duty.

    Raises:
        DutyNotFound.
    """
    try:
        return Duty.objects.get(pk=pk)
    except Duty.DoesNotExist:
        raise DutyNotFound from None


@transaction.atomic
def add_duty(*, name: str, by: Person | None, what: str = "", people: Iterable[Person] = ()) -> Duty:
    """A new duty, and who can do it.

    Raises:
        NameMissing, DutyExists, NotOfTheTeam, NotAllowed.
    """
    gate.require(by, "team.manage")
    name = name.strip()[:120]
    if not name:
        raise NameMissing
    if Duty.objects.filter(name__iexact=name).exists():
        raise DutyExists(name=name)
    duty = Duty.objects.create(name=name, what=what.strip())
    audit.record("team.duty_added", by=by, about=("duty", str(duty.pk)), name=name)
    _hold(duty, people, by=by)
    return duty


@transaction.atomic
def change_duty(duty: Duty, *, by: Person | None, name: str, what: str = "", people: Iterable[Person] = ()) -> Duty:
    """Another name, another text, other people. What is so already writes nothing.

    Raises:
        NameMissing, DutyExists, DutyNotFound, NotOfTheTeam, NotAllowed.
    """
    gate.require(by, "team.manage")
    duty = _locked(duty)
    name = name.strip()[:120]
    if not name:
        raise NameMissing
    if Duty.objects.filter(name__iexact=name).exclude(pk=duty.pk).exists():
        raise DutyExists(name=name)
    if (duty.name, duty.what) != (name, what.strip()):
        duty.name, duty.what = name, what.strip()
        duty.save(update_fields=["name", "what"])
        audit.record("team.duty_changed", by=by, about=("duty", str(duty.pk)), name=name)
    _hold(duty, people, by=by)
    return duty


@transaction.atomic
def remove_duty(duty: Duty, *, by: Person | None) -> None:
    """The house needs it no longer.

    Raises:
        DutyNotFound, NotAllowed.
    """
    gate.require(by, "team.manage")
    duty = _locked(duty)
    audit.record("team.duty_removed", by=by, about=("duty", str(duty.pk)), name=duty.name)
    duty.delete()


def hand_over(leaver: Person, successor: Person, by: Person | None) -> int:
    """Give `successor` the duties that `leaver` alone can do, in the caller's transaction; how many."""
    alone = [
        duty
        for duty in Duty.objects.select_for_update().filter(holders__person=leaver)
        if not duty.holders.filter(person__in=team().order_by().values("pk")).exclude(person=leaver).exists()
    ]
    for duty in alone:
        DutyHolder.objects.get_or_create(duty=duty, person=successor)
        about = ("duty", str(duty.pk))
        audit.record("team.duty_given", by=by, about=about, name=duty.name, person=successor.email)
    return len(alone)


def _locked(duty: Duty) -> Duty:
    found = Duty.objects.select_for_update().filter(pk=duty.pk).first()
    if found is None:
        raise DutyNotFound
    return found


def _hold(duty: Duty, people: Iterable[Person], *, by: Person | None) -> None:
    wanted = {person.pk: person for person in people}
    for person in wanted.values():
        if not (person.is_team and person.is_active):
            raise NotOfTheTeam(email=person.email)
    had = {holder.person_id: holder for holder in duty.holders.select_related("person")}
    about = ("duty", str(duty.pk))
    for pk, person in wanted.items():
        if pk not in had:
            DutyHolder.objects.create(duty=duty, person=person)
            audit.record("team.duty_given", by=by, about=about, name=duty.name, person=person.email)
    for pk, holder in had.items():
        if pk not in wanted:
            holder.delete()
            audit.record("team.duty_taken", by=by, about=about, name=duty.name, person=holder.person.email)
