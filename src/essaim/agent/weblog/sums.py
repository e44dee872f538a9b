"""What a batch of lines adds to the sums of sites, and how sums are added up. No file and no clock here."""

from collections import defaultdict
from urllib.parse import urlsplit

import msgspec

from essaim.agent.weblog.lines import Line, plain
from essaim.contract.numbers import DAY_S, HOUR_S, STATES_MOST, TEXT_MOST, step_of

COUNTERS = 50
"""So many paths, referrers and absent paths of a day are counted; of a site with more, the busiest are found all the same."""
_NOT_FOUND = "404"
_FIRSTS = frozenset("12345")


class Counted(msgspec.Struct, gc=False):
    """Of an hour or a day, as `contract.Sum` but open to change."""

    requests: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    statuses: dict[str, int] = msgspec.field(default_factory=dict)
    times: dict[int, int] = msgspec.field(default_factory=dict)
    states: dict[str, int] = msgspec.field(default_factory=dict)

    def add(self, line: Line) -> None:
        """One more request."""
        self.requests += 1
        self.received_bytes += line.received_bytes
        self.sent_bytes += line.sent_bytes
        first = line.status[:1]
        first = first if first in _FIRSTS and line.status != "499" else "0"
        self.statuses[first] = self.statuses.get(first, 0) + 1
        step = step_of(line.seconds)
        self.times[step] = self.times.get(step, 0) + 1
        if line.state and (line.state in self.states or len(self.states) < STATES_MOST):
            self.states[line.state] = self.states.get(line.state, 0) + 1

    def merge(self, other: "Counted") -> None:
        """All of `other` too."""
        self.requests += other.requests
        self.received_bytes += other.received_bytes
        self.sent_bytes += other.sent_bytes
        _add_up(self.statuses, other.statuses)
        _add_up(self.times, other.times)
        for state, count in other.states.items():
            if state in self.states or len(self.states) < STATES_MOST:
                self.states[state] = self.states.get(state, 0) + count


Counters = dict[str, tuple[int, int]]
"""By text: how often it was counted, and how much of that may be others' (Space-Saving: Metwally, Agrawal, El Abbadi, 2005)."""


class Busiest(msgspec.Struct, gc=False):
    """What is asked for most on a day, in a bounded number of counters."""

    paths: Counters = msgspec.field(default_factory=dict)
    referrers: Counters = msgspec.field(default_factory=dict)
    missing: Counters = msgspec.field(default_factory=dict)


class SiteBatch:
    """What one batch adds for one site, by beginning of hour and of day."""

    __slots__ = ("days", "hours", "tops")

    def __init__(self) -> None:
        self.hours: dict[int, Counted] = defaultdict(Counted)
        self.days: dict[int, Counted] = defaultdict(Counted)
        self.tops: dict[int, dict[str, dict[str, int]]] = defaultdict(
            lambda: {"paths": defaultdict(int), "referrers": defaultdict(int), "missing": defaultdict(int)}
        )

    def add(self, line: Line, *, fqdn: str) -> None:
        """Count a request."""
        second = int(line.at)
        self.hours[second - second % HOUR_S].add(line)
        tops = self.tops[second - second % DAY_S]
        if not line.state:
            path = plain(line.uri.partition("?")[0][:TEXT_MOST])
            tops["missing" if line.status == _NOT_FOUND else "paths"][path] += 1
        if line.referrer and (referrer := referrer_of(line.referrer, fqdn=fqdn, site=line.site)):
            tops["referrers"][referrer] += 1

    def close(self) -> None:
        """Sums of days are those of their hours."""
        for start, counted in self.hours.items():
            self.days[start - start % DAY_S].merge(counted)


def referrer_of(text: str, *, fqdn: str, site: str) -> str:
    """The name of the other site whose page led here; empty: this site, or nothing that names one. The rest of such an address may
    tell of the visitor, so it is not kept.
    """
    try:
        name = (urlsplit(text).hostname or "") if text.startswith(("http://", "https://", "android-app://")) else ""
    except ValueError:
        return ""
    name = plain(name[:TEXT_MOST])
    return "" if name in (fqdn, site) or name.removeprefix("www.") == fqdn.removeprefix("www.") else name


def count_tops(counters: Counters, added: dict[str, int]) -> None:
    """Space-Saving: what is new takes the place of what was asked for least, and inherits its count as what may be others'."""
    for text, count in added.items():
        if text in counters:
            known, others = counters[text]
            counters[text] = (known + count, others)
        elif len(counters) < COUNTERS:
            counters[text] = (count, 0)
        else:
            least = min(counters, key=lambda each: counters[each][0])
            floor = counters.pop(least)[0]
            counters[text] = (floor + count, floor)


def tops_of(counters: Counters, most: int) -> dict[str, int]:
    """The busiest, each with the count that is surely its own."""
    sure = {text: count - others for text, (count, others) in counters.items()}
    best = sorted(sure.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return {text: count for text, count in best if count > 0}


def _add_up(into: dict[str, int] | dict[int, int], added: dict[str, int] | dict[int, int]) -> None:
    for key, count in added.items():
        into[key] = into.get(key, 0) + count  # type: ignore[index, arg-type]  # both have the same sort of keys
