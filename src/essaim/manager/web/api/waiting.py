"""Answering later: a request that waits until something has happened, so that nobody has to ask again and again."""

import threading
import time
from collections.abc import Callable
from typing import Generic, Literal, NamedTuple, TypeVar

Seen = TypeVar("Seen")

AT_ONCE = 12
"""Requests that may wait at once in one process; gunicorn gives it 16 threads, so that some always answer."""
LONGEST_S = 30.0
QUICK_S, QUICK_PAUSE_S, PAUSE_S = 2.0, 0.025, 0.05
_places = threading.BoundedSemaphore(AT_ONCE)


class Outcome(NamedTuple, Generic[Seen]):
    """What was seen last, and why the waiting ended."""

    seen: Seen
    how: Literal["met", "timeout", "busy"]


def until(look: Callable[[], Seen], is_enough: Callable[[Seen], bool], *, timeout_s: float) -> Outcome[Seen]:
    """Look every 25 ms, after two seconds every 50 ms, until it is enough. With every place taken, look once."""
    seen = look()
    if is_enough(seen):
        return Outcome(seen, "met")
    if not _places.acquire(blocking=False):
        return Outcome(seen, "busy")
    try:
        return _wait(look, is_enough, seen, min(timeout_s, LONGEST_S))
    finally:
        _places.release()


def _wait(look: Callable[[], Seen], is_enough: Callable[[Seen], bool], seen: Seen, timeout_s: float) -> Outcome[Seen]:
    started = time.monotonic()
    while (waited := time.monotonic() - started) < timeout_s:
        time.sleep(QUICK_PAUSE_S if waited < QUICK_S else PAUSE_S)
        seen = look()
        if is_enough(seen):
            return Outcome(seen, "met")
    return Outcome(seen, "timeout")
