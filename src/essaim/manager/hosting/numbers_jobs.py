"""What machines counted comes in, and goes when it was kept long enough. Two small queries of a message, and a write or two for each table."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from essaim.contract import Numbers, SiteNumbers, Sum, Tops
from essaim.contract.numbers import LONGEST, STATES_MOST, TEXT_MOST, TOP_KEPT
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.numbers_models import SiteDay, SiteHour, SiteTop

HOURS_KEPT = timedelta(days=8)
DAYS_KEPT = timedelta(days=760)
TOPS_KEPT = timedelta(days=35)
AHEAD = timedelta(hours=2)
"""A clock may be so much ahead of ours; what is said of later is not believed."""
_MOST = 2**53
_COUNTED = ("requests", "received_bytes", "sent_bytes", "statuses", "times", "states")
_STATE = re.compile(r"[a-z][a-z_-]{0,23}")
AT_ONCE = 400


def take_numbers(machine: Machine, message: Numbers) -> None:
    """Keep what `machine` says of the sites that are on it. Sums are whole: of two about one hour, the higher one counts, whichever
    came last.
    """
    names = [one.fqdn for one in message.sites]
    known = dict(Site.objects.filter(account__machine=machine, fqdn__in=names).values_list("fqdn", "pk"))
    told = [(known[one.fqdn], one) for one in message.sites if one.fqdn in known]
    _take_hours(told)
    _take_days(told)


def _take_hours(told: list[tuple[int, SiteNumbers]]) -> None:
    now = timezone.now()
    rows = {
        (site, start): SiteHour(site_id=site, start=start, **_counted(sum_))
        for site, one in told
        for sum_ in one.hours
        if now - HOURS_KEPT < (start := _moment(sum_.start)) < now + AHEAD
    }
    if not rows:
        return
    first = min(start for _, start in rows)
    there = SiteHour.objects.filter(site__in={site for site, _ in rows}, start__gte=first)
    higher = {(site, start): count for site, start, count in there.values_list("site_id", "start", "requests")}
    fresh = [row for key, row in rows.items() if row.requests >= higher.get(key, 0)]
    SiteHour.objects.bulk_create(
        fresh, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["site", "start"], update_fields=_COUNTED
    )


def _take_days(told: list[tuple[int, SiteNumbers]]) -> None:
    now = timezone.now()
    rows = {
        (site, day): SiteDay(site_id=site, day=day, **_counted(sum_))
        for site, one in told
        for sum_ in one.days
        if now - DAYS_KEPT < (start := _moment(sum_.start)) < now + AHEAD and (day := start.date())
    }
    if not rows:
        return
    there = SiteDay.objects.filter(site__in={site for site, _ in rows}, day__gte=min(day for _, day in rows))
    higher = {(site, day): count for site, day, count in there.values_list("site_id", "day", "requests")}
    fresh = {key: row for key, row in rows.items() if row.requests >= higher.get(key, 0)}
    SiteDay.objects.bulk_create(
        fresh.values(), batch_size=AT_ONCE, update_conflicts=True, unique_fields=["site", "day"], update_fields=_COUNTED
    )
    tops = {
        (site, day): SiteTop(site_id=site, day=day, **_tops(one_day))
        for site, one in told
        for one_day in one.tops
        if (site, day := _moment(one_day.start).date()) in fresh and day > (now - TOPS_KEPT).date()
    }
    SiteTop.objects.bulk_create(
        tops.values(), batch_size=AT_ONCE, update_conflicts=True, unique_fields=["site", "day"],
        update_fields=("paths", "referrers", "missing"),
    )  # fmt: skip


def _moment(seconds: int) -> datetime:
    """What a machine says of a time; one that no calendar has is long past."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _counted(sum_: Sum) -> dict[str, Any]:
    """A machine is believed what it counted, not how much room that takes here."""
    return {
        "requests": _bounded(sum_.requests),
        "received_bytes": _bounded(sum_.received_bytes),
        "sent_bytes": _bounded(sum_.sent_bytes),
        "statuses": {key: _bounded(count) for key, count in sum_.statuses.items() if key in set("012345")},
        "times": {str(step): _bounded(count) for step, count in sum_.times.items() if 0 <= step <= LONGEST},
        "states": dict(_first((k, _bounded(n)) for k, n in sum_.states.items() if _STATE.fullmatch(k))),
    }


def _first(pairs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return list(pairs)[:STATES_MOST]


def _tops(told: Tops) -> dict[str, dict[str, int]]:
    return {
        name: {text[:TEXT_MOST].replace("\0", ""): _bounded(count) for text, count in list(found.items())[:TOP_KEPT]}
        for name, found in (("paths", told.paths), ("referrers", told.referrers), ("missing", told.missing))
    }


def _bounded(count: int) -> int:
    return max(0, min(count, _MOST))


def forget_old_numbers() -> None:
    """Sums that were kept long enough."""
    now = timezone.now()
    SiteHour.objects.filter(start__lt=now - HOURS_KEPT).delete()
    SiteDay.objects.filter(day__lt=_day(now - DAYS_KEPT)).delete()
    SiteTop.objects.filter(day__lt=_day(now - TOPS_KEPT)).delete()


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
