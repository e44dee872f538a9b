"""What visitors asked of a site, summed up for pages, API and CLI. At most three queries, however many visits there were."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from essaim.contract.numbers import TOP_KEPT, quantile
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.numbers_models import Counted, SiteTop

PERIODS = (1, 7, 30, 365)
"""Days that may be looked at, the last of which is today."""
WEEK = 7
REFUSED, FAILED = "4", "5"


@dataclass
class Figures:
    """Requests of a stretch of time."""

    start: datetime
    requests: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    times: Counter[int] = field(default_factory=Counter)

    def add(self, row: Counted) -> None:
        """One row's requests too."""
        self.requests += row.requests
        self.received_bytes += row.received_bytes
        self.sent_bytes += row.sent_bytes
        self.statuses.update(row.statuses)
        self.states.update(row.states)
        self.times.update({int(step): count for step, count in row.times.items()})

    def merge(self, other: "Figures") -> None:
        """All of `other` too."""
        self.requests += other.requests
        self.received_bytes += other.received_bytes
        self.sent_bytes += other.sent_bytes
        self.statuses.update(other.statuses)
        self.states.update(other.states)
        self.times.update(other.times)

    @property
    def p50(self) -> float | None:
        """Seconds in which half of the requests were answered."""
        return quantile(self.times, 0.5)

    @property
    def p95(self) -> float | None:
        """Seconds in which all but one in twenty were answered."""
        return quantile(self.times, 0.95)

    @property
    def instead(self) -> list[tuple[str, int]]:
        """Why the house answered in the site's place, most often first."""
        return self.states.most_common()

    @property
    def served(self) -> int:
        """Answered with what was asked for, or with where it is (1xx, 2xx, 3xx)."""
        return self.requests - self.refused - self.failed - self.unanswered

    @property
    def refused(self) -> int:
        """4xx: the visitor asked for what is not there or not for them."""
        return self.statuses[REFUSED]

    @property
    def failed(self) -> int:
        """5xx: the site could not."""
        return self.statuses[FAILED]

    @property
    def unanswered(self) -> int:
        """The visitor went away before the answer, or there was none."""
        return self.statuses["0"]


@dataclass(frozen=True)
class Numbers:
    """Of the last `days` days of UTC, today included."""

    days: int
    total: Figures
    parts: list[Figures]
    """Without a gap, oldest first: hours, days or weeks, `part_hours` long."""
    part_hours: int
    paths: list[tuple[str, int]]
    referrers: list[tuple[str, int]]
    missing: list[tuple[str, int]]
    tops_days: int
    """Of how many days the three above are: older ones are not kept."""


def numbers_of(site: Site, *, days: int) -> Numbers:
    """What visitors asked of `site`: by hour for one day or a week, by day for a month, by week for a year. Two queries."""
    today = datetime.now(UTC).date()
    first = today - timedelta(days=days - 1)
    hours = _hours(site, first) if days <= WEEK else _days(site, first, today)
    part_hours = 1 if days <= WEEK else 24 if days < PERIODS[-1] else 24 * WEEK
    total = Figures(_midnight(first))
    for part in hours:
        total.merge(part)
    parts = hours if part_hours < 24 * WEEK else list(_weeks(hours))
    tops = list(SiteTop.objects.filter(site=site, day__gte=max(first, today - timedelta(days=29))))
    return Numbers(
        days=days,
        total=total,
        parts=parts,
        part_hours=part_hours,
        paths=_best(top.paths for top in tops),
        referrers=_best(top.referrers for top in tops),
        missing=_best(top.missing for top in tops),
        tops_days=min(days, 30),
    )


def _hours(site: Site, first: date) -> list[Figures]:
    start = _midnight(first)
    now = timezone.now()
    parts = [Figures(start + timedelta(hours=n)) for n in range(int((now - start) / timedelta(hours=1)) + 1)]
    for row in site.hours.filter(start__gte=start):
        at = int((row.start - start) / timedelta(hours=1))
        if at < len(parts):
            parts[at].add(row)
    return parts


def _days(site: Site, first: date, today: date) -> list[Figures]:
    parts = [Figures(_midnight(first + timedelta(days=n))) for n in range((today - first).days + 1)]
    for row in site.days.filter(day__gte=first, day__lte=today):
        parts[(row.day - first).days].add(row)
    return parts


def _weeks(days: Sequence[Figures]) -> Iterator[Figures]:
    """Weeks that end today; the first may be short."""
    short = len(days) % WEEK
    for at in range(short - WEEK if short else 0, len(days), WEEK):
        week = Figures(days[max(at, 0)].start)
        for one in days[max(at, 0) : at + WEEK]:
            week.merge(one)
        yield week


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _best(found: Iterable[Mapping[str, int]]) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for one in found:
        counts.update(one)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP_KEPT]
