"""How the image is built: its trees side by side, and a failure ends it."""

import threading
import time

import pytest

from essaim.lab import image
from essaim.lab.programs import Progress


def test_jobs_go_side_by_side_and_what_they_tell_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    both = threading.Barrier(2, timeout=10)

    def job(progress: Progress) -> None:
        both.wait()  # one alone would wait for ever
        for fraction in (0.5, 1.0):
            progress("built", fraction)

    told: list[float] = []
    image._side_by_side([job] * 4, lambda _step, fraction: told.append(fraction))

    assert told == sorted(told)
    assert (len(told), told[-1]) == (8, 1.0)


def test_the_first_that_fails_is_told_and_no_other_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    begun: list[int] = []

    def failing(_progress: Progress) -> None:
        begun.append(len(begun))
        time.sleep(0.1)  # as a build does: whoever waits for it has time to hear of the failure
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        image._side_by_side([failing] * 50, lambda _step, _fraction: None)
    assert len(begun) < 50
