"""Waiting ends when it is enough, when time is up, or before it began when too many wait."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event

import pytest

from essaim.manager.web.api import waiting


def test_what_is_so_already_is_answered_at_once() -> None:
    assert waiting.until(lambda: 1, lambda seen: seen == 1, timeout_s=60) == (1, "met")


def test_what_comes_to_be_ends_the_waiting() -> None:
    numbers: Iterator[int] = iter(range(10))

    assert waiting.until(lambda: next(numbers), lambda seen: seen == 3, timeout_s=60) == (3, "met")


def test_what_does_not_come_ends_with_what_was_seen_last() -> None:
    assert waiting.until(lambda: "no", lambda _seen: False, timeout_s=0.01) == ("no", "timeout")


def test_one_too_many_is_answered_at_once_as_things_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_places", BoundedSemaphore(1))
    looked, done = Event(), Event()

    def look() -> bool:
        looked.set()
        return done.is_set()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(waiting.until, look, bool, timeout_s=20)
        assert looked.wait(10)
        while waiting._places._value:
            pass
        second = waiting.until(lambda: "no", lambda _seen: False, timeout_s=20)
        done.set()

        assert second == ("no", "busy")
        assert first.result(timeout=20) == (True, "met")


def test_a_place_is_free_again_when_looking_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_places", BoundedSemaphore(1))
    seen: Iterator[bool] = iter([False])

    with pytest.raises(StopIteration):
        waiting.until(lambda: next(seen), bool, timeout_s=20)

    assert waiting._places._value == 1
