"""How manager and machine come to agree again after either was restored from yesterday: nobody has to press anything.

An agent says what it holds; that is compared with the wishes. What the manager wants now stands. What a machine holds and the
manager knows nothing of is shown, and never erased by itself.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Collate
from django.utils import timezone

from essaim import contract
from essaim.manager.fleet import reactions, story
from essaim.manager.fleet.actions import next_revision
from essaim.manager.fleet.models import Machine, StoryLine, Wanted
from essaim.manager.fleet.wake import wake_on_commit

log = logging.getLogger("essaim.fleet")

UNDER_WAY = timedelta(seconds=30)
"""An inventory may be older than what was sent this short a time ago."""
RAISED, UNHEARD = "fleet.revision_raised", "fleet.answer_lost"


def take_inventory(machine: Machine, inventory: contract.Inventory) -> None:
    """Compare a page of what the agent holds with what is wanted. The caller saves `machine`."""
    rows = {f"{row.kind}.{row.key}": row for row in _rows_between(machine, inventory.after, inventory.upto)}
    held, due, failing = inventory.revisions, frozenset(inventory.due), frozenset(inventory.failing)
    newer = {name for name, row in rows.items() if held.get(name, 0) > row.revision}
    _go_above(machine, [(rows[name], held[name]) for name in newer if rows[name].kind != "content"], RAISED)
    settled = {name: row for name, row in rows.items() if name not in newer and not _is_under_way(row)}
    lost = [row.pk for name, row in settled.items() if held.get(name, 0) < row.revision]
    if lost:
        Wanted.objects.filter(pk__in=lost).update(sent_revision=0)
        wake_on_commit()
    unheard = [
        (row, row.revision)
        for name, row in settled.items()
        if held.get(name) == row.revision and name not in due and (name in failing) == row.is_current
    ]
    _go_above(machine, unheard, UNHEARD)
    unknown = held.keys() - rows.keys() - set(inventory.removed)
    # A client's newer files are never exchanged for yesterday's upload: they are shown, and stay.
    unknown |= {name for name in newer if rows[name].kind == "content"}
    strangers = {name: held[name] for name in sorted(unknown)}
    machine.strangers = {**machine.strangers, **strangers} if inventory.after else strangers


def go_above(row: Wanted, known: int) -> None:
    """The machine knows the newer revision `known`: this database was restored, or a clock ran backwards. What the manager
    wants now stands: it is sent again above that. An upload that had its answer is left: what came after it is a client's.
    """
    if row.kind == "content" and row.reported_revision >= row.revision:
        return
    _go_above(row.machine, [(row, known)], RAISED)


def _go_above(machine: Machine, rows: Iterable[tuple[Wanted, int]], code: str) -> None:
    now, raised = timezone.now(), []
    for row, known in rows:
        if known >= row.revision:
            row.revision, row.changed_at, row.change = next_revision(known), now, Wanted.Change.NONE
            raised.append(row)
    if not raised:
        return
    Wanted.objects.bulk_update(raised, ["revision", "changed_at", "change"], batch_size=200)
    StoryLine.objects.bulk_create(
        story.line(row.kind, row.key, story.What.MENDED, at=now, revision=row.revision, machine=machine.name, code=code)
        for row in raised
    )
    keys = defaultdict(list)
    for row in raised:
        keys[row.kind].append(row.key)
    for kind, some in keys.items():
        reactions.raised(machine, kind, some)
    log.warning("%s is told %d wishes anew: %s", machine.name, len(raised), code)
    wake_on_commit()


def _is_under_way(row: Wanted) -> bool:
    if row.sent_revision < row.revision or row.sent_at is None:
        return True
    return abs(timezone.now() - row.sent_at) < UNDER_WAY  # of either sign: a clock may have jumped back


def _rows_between(machine: Machine, after: str, upto: str) -> Iterable[Wanted]:
    """The wishes of `machine` in the range of one page, in the agent's order: by the bytes of kind and key."""
    in_bytes = connection.vendor == "postgresql"  # SQLite compares so anyway
    rows = Wanted.objects.select_for_update().filter(machine=machine)
    rows = rows.annotate(place=Collate(F("key"), "C") if in_bytes else F("key"))
    kind, _dot, key = after.partition(".")
    last_kind, _dot, last_key = upto.partition(".")
    if kind == last_kind:
        rows = rows.filter(kind=kind, place__gt=key, place__lte=last_key) if kind else rows  # a range of the index
    else:
        rows = rows.filter(Q(kind__gt=kind) | Q(kind=kind, place__gt=key)) if kind else rows
        rows = rows.filter(Q(kind__lt=last_kind) | Q(kind=last_kind, place__lte=last_key)) if last_kind else rows
    fields = ("kind", "key", "revision", "sent_revision", "sent_at", "changed_at", "applied_revision", "outcome")
    return rows.order_by().only(*fields)
