"""The worker's database side: what to send, what was sent, what was answered. No asyncio and no bus here, so that
every function is tested without either.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from essaim import contract
from essaim.manager.fleet import agreeing, reactions, story
from essaim.manager.fleet.models import BeatSample, BusContact, Machine, StoryLine, Wanted
from essaim.manager.fleet.wake import wake_on_commit

log = logging.getLogger("essaim.fleet")

TOLD_WHEN_SENT = frozenset({"account", "site", "content", "certificate", "program"})
INVENTORY = b'{"type":"inventory"'
"""How such a message begins, as the contract writes it."""
Aside = contract.Beat | contract.LogLines
"""What is said beside the reports and not stored."""
NUMBERS = b'{"type":"numbers"'
Incoming = (
    contract.Batch
    | contract.Hello
    | contract.Inventory
    | contract.Numbers
    | contract.PhpTold
    | contract.Defence
    | contract.EngineTroubles
    | contract.SshSessions
    | contract.GlassUses
)


class Outgoing(NamedTuple):
    """One wish ready for the bus."""

    row: Wanted
    machine: str
    data: bytes
    file: Path | None


def due(limit: int = 500) -> list[Outgoing]:
    """The wishes whose newest revision was not sent, oldest first; `changed_at` tells apart what was decided in one millisecond."""
    rows = (
        Wanted.objects.filter(sent_revision__lt=F("revision"))
        .exclude(machine__state=Machine.State.REVOKED)
        .select_related("machine")
        .order_by("revision", "changed_at")[:limit]
    )
    return [Outgoing(row, row.machine.name, _envelope(row), reactions.file_before(row)) for row in rows]


def _envelope(row: Wanted) -> bytes:
    spec = contract.NOTHING if row.spec is None else msgspec.Raw(msgspec.json.encode(row.spec))
    return contract.encode(
        contract.Wanted(
            version=contract.VERSION, kind=row.kind, key=row.key, revision=row.revision, spec=spec, erase=row.erase
        )
    )


@transaction.atomic
def mark_sent(sent: Iterable[Outgoing]) -> None:
    """The bus has stored these. A row that changed meanwhile stays due: only the revision that was sent is noted."""
    now = timezone.now()
    lines = []
    rows = []
    for item in sent:
        row = item.row
        if row.kind in TOLD_WHEN_SENT and not _was_told(row):
            waited = (now - row.changed_at).total_seconds()
            facts = {"change": row.change}
            lines.append(_line(row, story.What.SENT, at=now, seconds=waited, facts=facts))
        row.sent_revision, row.sent_at = row.revision, now
        rows.append(row)
    Wanted.objects.bulk_update(rows, ["sent_revision", "sent_at"], batch_size=200)
    StoryLine.objects.bulk_create(lines)


def _was_told(row: Wanted) -> bool:
    """This revision was sent before: the machine, or the bus, had lost it."""
    return row.sent_revision == 0 and row.sent_at is not None and row.sent_at >= row.changed_at


def _line(row: Wanted, what: StoryLine.What, **details: object) -> StoryLine:
    return story.line(row.kind, row.key, what, revision=row.revision, machine=row.machine.name, **details)  # type: ignore[arg-type]  # details are of several types


def portions(messages: list[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """What is taken in by one transaction each: many reports, or one page of an inventory or of numbers, so that none is long."""
    some: list[tuple[int, bytes]] = []
    for message in messages:
        some.append(message)
        if message[1].startswith((INVENTORY, NUMBERS)):
            yield some
            some = []
    if some:
        yield some


@transaction.atomic
def take_in(machine_name: str, messages: list[tuple[int, bytes]]) -> bool:
    """Messages of one machine. Each counts once, however often and however late it is delivered: after a kill the bus gives
    newer ones first. Answers whether its agent started anew or regained the bus.

    A message that cannot be read is logged and passed over: it must not stop those behind it.
    """
    machine = Machine.objects.select_for_update().filter(name=machine_name).first()
    if machine is None:
        log.warning("report of a machine that is not in the fleet: %s", machine_name)
        return False
    said_hello = False
    for sequence, data in messages:
        is_late = sequence <= machine.report_sequence
        machine.report_sequence = max(sequence, machine.report_sequence)
        try:
            message: Incoming = contract.decode(data, Incoming)  # type: ignore[arg-type]  # a union of message types is no type to mypy
        except contract.ContractError as wrong:
            log.warning("%s sent what cannot be read: %s", machine_name, wrong)
            continue
        if isinstance(message, contract.Batch):
            _take_reports(machine, sequence, message.reports)
        elif isinstance(message, contract.Numbers):
            reactions.told(machine, message)
        elif is_late:
            continue  # what a machine said of itself since then is newer
        elif isinstance(message, contract.Hello):
            _take_hello(machine, message)
            said_hello = True
        elif isinstance(message, contract.Inventory):
            agreeing.take_inventory(machine, message)
        else:
            reactions.told(machine, message)
    machine.last_seen_at = timezone.now()
    machine.save(
        update_fields=["report_sequence", "last_seen_at", "facts", "boot_id", "strangers", "address4", "address6"]
    )
    return said_hello


def _take_reports(machine: Machine, sequence: int, reports: tuple[contract.Report, ...]) -> None:
    keys = {report.key for report in reports}
    kinds = {report.kind for report in reports}  # without it the index by machine, kind and key is of no use
    rows = {
        (row.kind, row.key): row
        for row in Wanted.objects.select_for_update(of=("self",))
        .select_related("machine")
        .filter(machine=machine, kind__in=kinds, key__in=keys, reported_sequence__lt=sequence)
    }
    for report in reports:
        row = rows.get((report.kind, report.key))
        if row is None:
            continue  # the wish was purged since, or had this answer or a later one
        row.reported_sequence = sequence
        _take_report(row, report)
        reactions.react(machine, row, report)
        row.refresh_from_db(fields=["revision", "sent_revision"])  # a reaction may have wished anew


def _take_report(row: Wanted, report: contract.Report) -> None:
    known = report.known_revision or 0 if report.outcome == "stale" else report.revision
    if report.outcome == "stale" or known > row.revision:
        agreeing.go_above(row, known)
        return
    if report.revision < row.reported_revision:
        return
    at = datetime.fromtimestamp(report.at, UTC)
    is_news = report.revision == row.revision > row.applied_revision  # else: done once more, or asked otherwise since
    change = row.change if is_news else Wanted.Change.NONE
    same_trouble = (row.reported_revision, row.code) == (report.revision, report.code)
    row.reported_revision = report.revision
    row.code, row.sentence, row.advice = report.code, report.sentence, report.advice
    row.sentence_facts = report.facts if report.sentence else {}
    row.retry_at = datetime.fromtimestamp(report.retry_at, UTC) if report.retry_at else None
    if report.outcome in ("applied", "mended"):
        seen_before = (row.outcome, row.applied_revision) == ("applied", report.revision)
        only_seen = seen_before and (row.kind == "program" or _is_same_certificate(row, report))
        row.outcome = Wanted.Outcome.APPLIED
        row.applied_revision, row.applied_at = report.revision, at
        row.seconds, row.facts = report.seconds, report.facts
        what = story.What.APPLIED if report.outcome == "applied" else story.What.MENDED
        if row.kind not in ("probe", "keys") and not only_seen:  # the rooms above show proofs, programs and keys
            _tell(row, what, report, at, change)
    else:
        row.outcome = Wanted.Outcome(report.outcome)
        if not same_trouble and row.kind != "probe":
            _tell(row, story.What.DRIFTED if report.outcome == "drifted" else story.What.FAILED, report, at, change)
    row.save(
        update_fields=[
            "reported_revision", "reported_sequence", "code", "sentence", "advice", "sentence_facts", "retry_at", "outcome",
            "applied_revision", "applied_at", "seconds", "facts",
        ]
    )  # fmt: skip


def _is_same_certificate(row: Wanted, report: contract.Report) -> bool:
    """Only when to renew it is told anew."""
    serials = (row.facts.get("serial"), report.facts.get("serial"))
    return (
        row.kind == "certificate"
        and report.outcome == "applied"
        and serials[0] is not None
        and serials[0] == serials[1]
    )


def _tell(row: Wanted, what: StoryLine.What, report: contract.Report, at: datetime, change: str) -> None:
    story.tell(
        row.kind,
        row.key,
        what,
        at=at,
        revision=report.revision,
        machine=row.machine.name,
        seconds=report.seconds or None,
        code=report.code,
        sentence=report.sentence,
        advice=report.advice,
        facts={**_kept(report.facts), **reactions.facts_for_story(row, report), "change": change},
    )


def _kept(facts: Mapping[str, object]) -> dict[str, object]:
    """What a story keeps of them: not what a client's program printed."""
    return {name: fact for name, fact in facts.items() if name != "lines"}


def _take_hello(machine: Machine, hello: contract.Hello) -> None:
    rebooted = machine.boot_id not in ("", hello.boot_id)
    machine.facts = {**hello.facts, "agent": hello.agent, "contract": hello.contract}
    machine.boot_id = hello.boot_id
    machine.address4 = machine.address4 or hello.facts.get("address4") or None  # type: ignore[assignment]  # facts are of several types; this one is text
    machine.address6 = machine.address6 or hello.facts.get("address6") or None  # type: ignore[assignment]  # facts are of several types; this one is text
    if rebooted:
        story.tell("machine", machine.name, story.What.MENDED, machine=machine.name, code="fleet.rebooted")
    if hello.known < Wanted.objects.filter(machine=machine, sent_revision__gt=0).count():
        resend_all(machine)


def resend_all(machine: Machine) -> int:
    """Send every wish of `machine` again: it lost what it knew."""
    sent_again = Wanted.objects.filter(machine=machine).update(sent_revision=0)
    wake_on_commit()
    return sent_again


@transaction.atomic
def take_beats(beats: dict[str, contract.Beat]) -> None:
    """The newest beat of each machine that was heard; one sample a minute is kept for the plot of the day."""
    now = timezone.now()
    for machine in Machine.objects.filter(name__in=beats):
        beat = beats[machine.name]
        machine.beat = msgspec.to_builtins(beat)
        machine.last_seen_at = now
        machine.save(update_fields=["beat", "last_seen_at"])
        last = machine.samples.order_by("-at").values_list("at", flat=True).first()
        if last is None or now - last >= timedelta(seconds=60):
            machine.samples.create(
                at=now,
                load1=beat.load1,
                cpu_percent=beat.cpu_percent,
                memory_percent=100 * beat.memory_used_bytes / max(beat.memory_bytes, 1),
                disk_percent=100 * beat.disk_used_bytes / max(beat.disk_bytes, 1),
            )


@transaction.atomic
def take_aside(machine_name: str, message: contract.LogLines) -> None:
    """What a machine said for somebody who waits for it."""
    machine = Machine.objects.filter(name=machine_name).first()
    if machine is not None:
        reactions.told(machine, message)


def note_contact(answered_at: datetime | None) -> None:
    """The worker is there, and the bus answered at this moment; None: it is away."""
    now = timezone.now()
    noted = {"looked_at": now} | ({"answered_at": answered_at} if answered_at else {})
    BusContact.objects.update_or_create(
        pk=1, defaults=noted, create_defaults={"looked_at": now, "answered_at": answered_at or now}
    )


@transaction.atomic
def take_asks() -> list[str]:
    """Names of the machines whose agents are to compare wanted with real now; each is given out once."""
    asked = list(Machine.objects.select_for_update().exclude(check_asked_at=None).values_list("name", flat=True))
    if asked:
        Machine.objects.filter(name__in=asked).update(check_asked_at=None)
    return asked


def machines_in_service() -> list[tuple[str, str]]:
    """(name, public key) of the machines whose streams must exist and whose present key the bus must know."""
    return list(Machine.objects.exclude(state=Machine.State.REVOKED).values_list("name", "public_key"))


def machines_revoked() -> list[str]:
    """Names of the machines whose credentials must be dead."""
    return list(Machine.objects.filter(state=Machine.State.REVOKED).values_list("name", flat=True))


def retired_keys() -> list[str]:
    """Public keys that a machine enrolled anew has left behind: they must be dead."""
    return [
        key for keys in Machine.objects.exclude(retired_keys=[]).values_list("retired_keys", flat=True) for key in keys
    ]


@transaction.atomic
def resend_if_lost(machine_name: str, on_the_bus: int) -> None:
    """The bucket holds fewer keys than were sent: its store was lost, so all is sent again."""
    machine = Machine.objects.filter(name=machine_name).first()
    if machine and on_the_bus < Wanted.objects.filter(machine=machine, sent_revision__gt=0).count():
        log.warning("the bus holds %s wishes of %s, fewer than were sent: sending all again", on_the_bus, machine_name)
        resend_all(machine)


def forget_sequences_above(last_sequence: int) -> None:
    """The reports' stream was made anew and counts from one again: what was noted of the old one is void."""
    Machine.objects.filter(report_sequence__gt=last_sequence).update(report_sequence=0)
    Wanted.objects.filter(reported_sequence__gt=last_sequence).update(reported_sequence=0)


def forget_old() -> None:
    """Drop samples older than two days, and wishes for absence that were met long ago."""
    now = timezone.now()
    BeatSample.objects.filter(at__lt=now - timedelta(hours=48)).delete()
    met = Q(spec__isnull=True, outcome="applied", applied_revision=F("revision"))
    Wanted.objects.filter(met, changed_at__lt=now - timedelta(days=40)).delete()
