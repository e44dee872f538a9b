"""Visitors who come all the while, so that a test sees what they get."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from essaim.lab.machine import Machine
from tests.lab.whole import eventually

_FOR_EVER = """while kill -0 $$ 2>/dev/null; do curl --silent --output /dev/null --max-time 60 "$1"; done"""
"""One visitor who asks again and again, until the shell that started them has ended."""


@contextmanager
def visitors(outside: Machine, url: str, count: int) -> Iterator[None]:
    """So many visitors at once, each with one request under way at any time."""
    start = f"set -- {url}; for n in $(seq {count}); do ({_FOR_EVER}) & done; wait"
    with outside.popen(["sh", "-c", start]) as busy:
        try:
            yield
        finally:
            busy.kill()


@contextmanager
def constant_load(outside: Machine, url: str) -> Iterator[list[str]]:
    """A visitor who asks without a pause, and has had a first answer; the list holds what was not a 200, after the block."""
    loop = f"while :; do curl -s -o /dev/null -m 30 -w '%{{http_code}}\\n' {url}; done"
    with outside.popen(["bash", "-c", loop]) as running:
        assert running.stdout is not None
        statuses = [running.stdout.readline().decode().strip()]
        failed: list[str] = []
        try:
            yield failed
        finally:
            running.kill()
            statuses += running.communicate()[0].decode().split()
            failed += [status for status in statuses if status != "200"]


@contextmanager
def meanwhile(visit: Callable[[], object]) -> Iterator[None]:
    """`visit` is called again and again while the block lasts, and was called once before it."""
    visits, is_over = 0, threading.Event()

    def go_on() -> None:
        nonlocal visits
        while not is_over.is_set():
            visit()
            visits += 1

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        eventually(lambda: visits)
        yield
    finally:
        is_over.set()
        thread.join()
