"""Reads for the fleet's screens and for placing accounts."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from essaim.contract.php import Generation, generation, is_supported
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.errors import MachineNotFound, NoMachineFree
from essaim.manager.fleet.models import BeatSample, BusContact, Machine, StoryLine, Wanted
from essaim.manager.fleet.sentences import sentence_of
from essaim.manager.fleet.sentences.placing import MOST_ROOM
from essaim.manager.people.models import Person
from essaim.manager.people.rights import may

AWAY_AFTER = timedelta(seconds=35)
"""A machine that has not been heard for this long (three beats) is shown as away."""


NO_CONTACT_AFTER = timedelta(seconds=20)
"""The worker notes its contact with the bus every 5 s: four notes that did not come are no busy moment any more."""


class Interruption(NamedTuple):
    """Nothing travels between the Manager and its machines, because this is away."""

    who: Literal["bus", "worker"]
    since: datetime


class MachineRow(NamedTuple):
    """One line of the fleet's list."""

    machine: Machine
    accounts: int
    sites: int
    wishes: int
    waiting: int
    failing: int
    drifted: int
    is_away: bool


class Placement(NamedTuple):
    """A machine for an account, and why this one: a code of `sentences` with its facts."""

    machine: Machine
    code: str
    facts: dict[str, object]

    @property
    def said(self) -> str:
        """Why, in the reader's language."""
        return sentence_of(self.code, self.facts, "")


class PhpRow(NamedTuple):
    """One generation of PHP in the fleet."""

    version: str
    generation: Generation | None
    """None: sites have a version that is known here no more."""
    is_supported: bool
    sites: int


class WishPage(NamedTuple):
    """A page of wishes and where the next one starts (empty: the end)."""

    wishes: list[Wanted]
    next_cursor: str


def machines_visible_to(person: Person) -> QuerySet[Machine]:
    """Every machine for the team, none for anyone else."""
    return Machine.objects.all() if may(person, "fleet.see") else Machine.objects.none()


def get_machine(name: str, *, seen_by: Person) -> Machine:
    """One machine, through the only door a page may use.

    Raises:
        MachineNotFound: absent, or hidden from `seen_by`.
    """
    try:
        return machines_visible_to(seen_by).get(name=name.lower())
    except Machine.DoesNotExist:
        raise MachineNotFound(name=name) from None


def is_away(machine: Machine) -> bool:
    """An enrolled machine that has not been heard lately."""
    if machine.state in (Machine.State.EXPECTED, Machine.State.REVOKED):
        return False
    return machine.last_seen_at is None or machine.last_seen_at < timezone.now() - AWAY_AFTER


def interruption() -> Interruption | None:
    """What keeps wishes and answers from travelling; None: nothing, or no worker ever ran. One query."""
    contact = BusContact.objects.first()
    long_ago = timezone.now() - NO_CONTACT_AFTER
    if contact is None or contact.answered_at >= long_ago:
        return None
    if contact.looked_at < long_ago:  # of the bus nobody knows
        return Interruption("worker", contact.looked_at)
    return Interruption("bus", contact.answered_at)


def place_account() -> Placement:
    """The web machine with the most free capacity, and why.

    Raises:
        NoMachineFree: every web machine is full, draining, away or not enrolled.
    """
    candidates = Machine.objects.filter(state=Machine.State.ACTIVE)
    kept = Count("accounts", filter=~Q(accounts__state="closed"))
    free = [
        (machine.capacity_accounts - machine.kept, machine)
        for machine in candidates.annotate(kept=kept)
        if "web" in machine.roles
    ]
    free = [(room, machine) for room, machine in free if room > 0]
    if not free:
        raise NoMachineFree
    room, best = max(free, key=lambda pair: (not is_away(pair[1]), pair[0], pair[1].name))
    capacity = best.capacity_accounts
    facts: dict[str, object] = {"machine": best.name, "used": capacity - room, "capacity": capacity}
    if len(free) > 1:
        facts["count"] = len(free)
    return Placement(best, MOST_ROOM, facts)


def a_prober() -> Machine | None:
    """The machine that proves sites from outside; None when there is none in service."""
    active = Machine.objects.filter(state=Machine.State.ACTIVE)
    return next((machine for machine in active if "prober" in machine.roles), None)


def fleet_rows(person: Person) -> list[MachineRow]:
    """The fleet at a glance: two queries, however many machines."""
    machines = machines_visible_to(person).annotate(
        account_count=Count("accounts", distinct=True, filter=~Q(accounts__state="closed"))
    )
    machines = machines.order_by("name")  # a model's own order does not count where rows are grouped
    counts = {
        row["machine_id"]: row
        for row in Wanted.objects.exclude(GONE)
        .values("machine_id")
        .annotate(
            wishes=Count("id"),
            sites=Count("id", filter=Q(kind="site", spec__isnull=False)),
            waiting=Count("id", filter=Q(reported_revision__lt=F("revision"))),
            failing=Count("id", filter=Q(outcome__in=["failed", "too_new"])),
            drifted=Count("id", filter=Q(outcome="drifted")),
        )
    }
    return [_row(machine, counts.get(machine.pk, {})) for machine in machines]


def _row(machine: Machine, counts: Mapping[str, Any]) -> MachineRow:
    return MachineRow(
        machine=machine,
        accounts=getattr(machine, "account_count", 0),
        sites=counts.get("sites", 0),
        wishes=counts.get("wishes", 0),
        waiting=counts.get("waiting", 0),
        failing=counts.get("failing", 0),
        drifted=counts.get("drifted", 0),
        is_away=is_away(machine),
    )


def machine_summary(machine: Machine) -> MachineRow:
    """The same line for one machine: two queries."""
    machine.account_count = machine.accounts.exclude(state="closed").count()  # type: ignore[attr-defined]  # as the annotation of the list names it
    counts = (
        Wanted.objects.filter(machine=machine)
        .exclude(GONE)
        .aggregate(
            wishes=Count("id"),
            sites=Count("id", filter=Q(kind="site", spec__isnull=False)),
            waiting=Count("id", filter=Q(reported_revision__lt=F("revision"))),
            failing=Count("id", filter=Q(outcome__in=["failed", "too_new"])),
            drifted=Count("id", filter=Q(outcome="drifted")),
        )
    )
    return _row(machine, counts)


def php_rows(machines: Iterable[Machine]) -> list[PhpRow]:
    """Which PHP `machines` have and how many sites in service use each in the whole fleet, from the oldest: one query."""
    used = Machine.objects.filter(accounts__sites__state__in=["active", "suspended"]).values_list(
        "accounts__sites__php"
    )
    counts: dict[str, int] = dict(used.annotate(count=Count("accounts__sites")).order_by())
    versions = {version for machine in machines for version in machine.php_versions} | set(counts)
    today = timezone.localdate()
    return [
        PhpRow(version, generation(version), is_supported(version, today), counts.get(version, 0))
        for version in sorted(versions)
    ]


GONE = Q(spec__isnull=True, outcome="applied", applied_revision__gte=F("revision"))
"""A wish for absence that was met: kept so that a machine that was off hears of it, shown to nobody."""

STATES = {
    "": Q(),
    "applied": Q(outcome="applied", applied_revision__gte=F("revision")),
    "waiting": Q(reported_revision__lt=F("revision")),
    "failing": Q(outcome__in=["failed", "too_new"]),
    "drifted": Q(outcome="drifted"),
}


def wishes(machine: Machine, *, state: str = "", after: str = "", limit: int = 50) -> WishPage:
    """The wishes of a machine, by kind and key. `after` is the cursor of the page before; unknown states show all."""
    rows = Wanted.objects.filter(STATES.get(state, Q()), machine=machine).exclude(GONE).order_by("kind", "key")
    kind, _slash, key = after.partition("/")
    if key:
        rows = rows.filter(Q(kind__gt=kind) | Q(kind=kind, key__gt=key))
    page = list(rows[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    return WishPage(page, f"{page[-1].kind}/{page[-1].key}" if more else "")


def load_of_the_day(machine: Machine) -> list[BeatSample]:
    """One sample a minute of the last 24 hours, oldest first."""
    return list(machine.samples.filter(at__gte=timezone.now() - timedelta(hours=24)))


def story_of_machine(machine: Machine, *, limit: int = 100) -> list[StoryLine]:
    """What happened to a machine and what people did with it, newest first: two queries."""
    told = story_of("machine", machine.name, limit=limit)
    known = {line.audit_id for line in told}
    acts = AuditLine.objects.select_related("person").filter(about_kind="machine", about_key=machine.name)[:limit]
    told += [_decided(act) for act in acts if act.pk not in known]
    return sorted(told, key=lambda line: line.at, reverse=True)[:limit]


def _decided(act: AuditLine) -> StoryLine:
    """A line of the audit trail as a story tells it; never saved."""
    return StoryLine(
        about_kind=act.about_kind,
        about_key=act.about_key,
        at=act.at,
        what=StoryLine.What.DECIDED,
        kind=act.about_kind,
        audit=act,
    )


def story_of(kind: str, key: str, *, limit: int = 100) -> list[StoryLine]:
    """What happened to an object, newest first, with who asked: one query."""
    lines = StoryLine.objects.select_related("audit", "audit__person").filter(about_kind=kind, about_key=key)
    return list(lines[:limit])
