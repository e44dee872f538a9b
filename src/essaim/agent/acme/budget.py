"""How many orders an authority gets from this machine: a token bucket each, and a queue by urgency.

An authority counts orders itself and answers with a long pause when there are too many. Here they wait their turn before that.
"""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Machine
from essaim.contract import AcmeDirectory

WINDOW_S = 3 * 3600.0
KEPT_FOR_THE_URGENT = 0.2
"""Of the bucket: what can wait leaves it to those that cannot."""
ABSENT_S = 900.0
"""Who has not come for so long after its turn has given up: its place is free."""


class Urgency(IntEnum):
    """Who goes first."""

    ENDING = 0
    """A renewal near the end of the certificate."""
    NEW = 1
    """A site that has none."""
    REPLACED = 2
    """One that is valid and is to be replaced, as when its authority has revoked it."""
    LATER = 3
    """A renewal far from the end, or an order that failed a moment ago."""


@dataclass
class _Bucket:
    tokens: float
    at: float
    queue: dict[str, tuple[Urgency, int]] = field(default_factory=dict)
    turns: dict[str, float] = field(default_factory=dict)


class Budget:
    """The buckets of one machine. They are kept over a restart; the queue forms anew."""

    def __init__(self, machine: Machine, clock: Callable[[], float] = time.time) -> None:
        self._machine = machine
        self._file: Path = machine.paths.state / "acme" / "budget.json"
        self._clock = clock
        self._arrivals = 0
        self._buckets: dict[str, _Bucket] = {}
        with contextlib.suppress(OSError, ValueError, TypeError):  # none, or damaged: the bucket is full
            kept = json.loads(self._file.read_bytes())
            self._buckets = {url: _Bucket(float(tokens), float(at)) for url, (tokens, at) in kept.items()}

    def spend(self, directory: AcmeDirectory, key: str, urgency: Urgency) -> None:
        """One order of `key` at `directory`.

        Raises:
            TemporaryError: `certificate.queued`, with its place and the time of its turn.
        """
        most, now = directory.orders_per_3h, self._clock()
        if most <= 0:
            return
        bucket = self._buckets.setdefault(directory.url, _Bucket(float(most), now))
        bucket.tokens = min(float(most), bucket.tokens + max(0.0, now - bucket.at) * most / WINDOW_S)
        bucket.at = now
        self._forget_the_absent(bucket, now)
        self._arrivals += 1
        arrived = bucket.queue.get(key, (urgency, self._arrivals))[1]
        mine = bucket.queue[key] = (urgency, arrived)
        ahead = sum(other < mine for other in bucket.queue.values())
        kept = most * KEPT_FOR_THE_URGENT if urgency >= Urgency.REPLACED else 0.0
        lacking = ahead + 1 + kept - bucket.tokens
        if lacking > 0:
            wait = lacking * WINDOW_S / most
            bucket.turns[key] = now + wait
            raise _queued(directory, ahead + 1, wait)
        bucket.queue.pop(key)
        bucket.turns.pop(key, None)
        bucket.tokens -= 1
        self._keep()

    def _forget_the_absent(self, bucket: _Bucket, now: float) -> None:
        for key in [key for key, turn in bucket.turns.items() if turn + ABSENT_S < now]:
            del bucket.turns[key]
            bucket.queue.pop(key, None)

    def _keep(self) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {url: (bucket.tokens, bucket.at) for url, bucket in self._buckets.items()}
        self._machine.files.write(self._file, json.dumps(kept), mode=0o600)


def _queued(directory: AcmeDirectory, place: int, wait_s: float) -> TemporaryError:
    orders = directory.orders_per_3h
    return TemporaryError(
        "certificate.queued",
        f"This machine makes at most {orders} orders in three hours at {directory.host}: "
        f"this one is number {place} in the queue.",
        "Nothing: its turn comes at the time shown.",
        facts={"orders": orders, "directory": directory.host, "place": place},
        retry_in_s=max(wait_s, 1.0),
    )
