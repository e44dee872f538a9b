"""What is forgotten each night: rows whose time is over, as their models declare it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.functional import Promise

from essaim.manager.core.personal import Declaration, declarations
from essaim.manager.privacy import exporting
from essaim.manager.privacy.models import RetentionNight

NIGHT = range(2, 6)
"""Hours, in the house's own time."""
LATE = timedelta(hours=30)
"""A Manager that is away at night forgets by day."""
AT_ONCE = 500
MOST_A_MODEL = 20_000
"""A night: what is left waits for the next, so that the worker's other work never waits long."""


class Going(NamedTuple):
    """What would go now, of one model."""

    label: str
    purpose: "str | Promise"
    kept: "str | Promise"
    rows: int
    oldest: datetime | None


def going(now: datetime | None = None) -> list[Going]:
    """What the next night forgets, by model that has a rule, also where nothing does. Nothing is changed."""
    return [_going(one, now or timezone.now()) for one in declarations() if one.forget]


def _going(one: Declaration, now: datetime) -> Going:
    rows, oldest = 0, []
    for rule, found in zip(one.forget, one.forgotten(now), strict=True):
        rows += found.count()
        moment = found.order_by().aggregate(oldest=Min(rule.since))["oldest"]
        if moment is not None:
            oldest.append(moment if isinstance(moment, datetime) else _midnight(moment))
    return Going(one.label, one.purpose, one.kept, rows, min(oldest, default=None))


def _midnight(day: object) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+00:00")


def run_tonight(now: datetime | None = None) -> bool:
    """The worker's turn, several times an hour: once a night, or as soon as possible where a night was missed."""
    now = now or timezone.now()
    local = timezone.localtime(now)
    last = RetentionNight.objects.first()
    if last is not None and (last.day >= local.date() and last.is_whole):
        return False
    is_late = last is None or now - last.at > LATE
    if local.hour not in NIGHT and not is_late:
        return False
    counts, is_whole = run(now)
    before = RetentionNight.objects.filter(day=local.date()).first()
    for label, count in (before.counts if before else {}).items():
        counts[label] = counts.get(label, 0) + count
    RetentionNight.objects.update_or_create(day=local.date(), defaults={"counts": counts, "is_whole": is_whole})
    return True


def run(now: datetime) -> tuple[dict[str, int], bool]:
    """Forget it: rows by model, and whether that was all."""
    counts: dict[str, int] = {}
    is_whole = True
    for one in declarations():
        gone = _forget(one, now)
        if gone:
            counts[one.label] = gone
        is_whole = is_whole and gone < MOST_A_MODEL
    exporting.remove_files_of_none()
    return counts, is_whole


def _forget(one: Declaration, now: datetime) -> int:
    """In short transactions: nobody waits behind one that is long."""
    gone = 0
    for rows in one.forgotten(now):
        while gone < MOST_A_MODEL:
            with transaction.atomic():
                some = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
                one.model._default_manager.filter(pk__in=some).delete()  # noqa: SLF001 - Django's public name for it
            gone += len(some)
            if len(some) < AT_ONCE:
                break
    return gone
