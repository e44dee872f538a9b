"""What a machine counted of the requests to its sites, and the newest lines of one site's log.

Sums are whole: what is said of an hour or a day takes the place of what was said of it before, so that saying it twice counts once.
Of visitors nothing is in them, not even a part of an address.
"""

import math
from collections.abc import Mapping

import msgspec

from essaim.contract.names import Fqdn

HOUR_S, DAY_S = 3600, 86_400
TOP_KEPT = 10
"""So many of the busiest paths, referrers and absent paths of a day are told."""
TEXT_MOST = 200
"""Characters of a path or a referrer."""
STATES_MOST = 12

_STEPS = 4
"""Steps of the histogram for each doubling of the time: an edge is a fifth above the one below it."""
LONGEST = 4 * 18
"""The last step of the histogram: 262 s and more."""


def step_of(seconds: float) -> int:
    """The step of the histogram that a time belongs to; 0: at most a millisecond."""
    thousandths = seconds * 1000
    return 0 if thousandths <= 1 else min(LONGEST, math.ceil(_STEPS * math.log2(thousandths) - 1e-9))


def quantile(times: Mapping[int, int], share: float) -> float | None:
    """The time in seconds that `share` of the requests did not exceed, right to a tenth; None: there was no request.

    Histograms of several hours, days or machines are added up step by step before this is asked.
    """
    rank, passed = share * sum(times.values()), 0
    for step in sorted(times):
        passed += times[step]
        if passed >= rank and passed > 0:
            return 0.001 if step == 0 else float(2 ** ((step - 0.5) / _STEPS) / 1000)
    return None


class Sum(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The requests of one hour or of one day, which are those of UTC."""

    start: int
    """Epoch seconds of its beginning."""
    requests: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    statuses: dict[str, int] = {}
    """By the first figure of the status, `1` to `5`; `0`: nobody waited for an answer, or there was none."""
    times: dict[int, int] = {}
    """How many requests took how long, by step: see `step_of`."""
    states: dict[str, int] = {}
    """Of them, those that the platform itself answered in the site's place, and why: `suspended`, `limited`, `shield` ..."""


class Tops(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked for most on one day of UTC, each with at least so many requests."""

    start: int
    paths: dict[str, int] = {}
    """Without what follows a question mark."""
    referrers: dict[str, int] = {}
    """Names of other sites whose pages led here."""
    missing: dict[str, int] = {}
    """Paths that were answered 404."""


class SiteNumbers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changed of one site."""

    fqdn: Fqdn
    hours: tuple[Sum, ...] = ()
    days: tuple[Sum, ...] = ()
    tops: tuple[Tops, ...] = ()


class Numbers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="numbers"):
    """What changed of several sites since it was last told. `id` lets a resent message be dropped."""

    id: str
    sites: tuple[SiteNumbers, ...]


class LogLines(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="log"):
    """The newest lines of a site's log, for somebody who asked. Said on the subject of beats, which is not stored: they hold whole
    addresses of visitors. Oldest first.
    """

    fqdn: Fqdn
    at: float
    access: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """The newest with a status of 400 or above, from a longer stretch."""
    errors: tuple[str, ...] = ()
