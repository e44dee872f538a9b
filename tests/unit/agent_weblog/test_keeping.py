"""The team's log: a file a day, compressed when it was read, removed when the law's term has passed and not before."""

import lzma
import os
from pathlib import Path

import pytest

from essaim.agent.weblog.keeping import LAW_DAYS, Keeping, days
from tests.unit.agent_weblog.machine import DAY, NOON, WebMachine, request

DAY_S = 86_400


@pytest.fixture
def web(tmp_path: Path) -> WebMachine:
    return WebMachine(tmp_path)


def keeping(web: WebMachine, now: float, reopened: list[int] | None = None) -> Keeping:
    return Keeping(web.places, law_days=LAW_DAYS, now=now, reopen=lambda: (reopened or []).append(1))


def said_read(web: WebMachine) -> None:
    process = web.reader()
    while process.read_once():
        pass
    process._read_said_at = -1e9
    process._say_read(is_behind=False)
    process.close()


def test_a_day_that_is_over_is_rotated_and_nginx_told_once(web: WebMachine) -> None:
    web.write(request())
    web.write("2026/11/26 12:00:00 [warn] 1#1: x\n", name="error.log")
    reopened: list[int] = [0]
    assert keeping(web, NOON + 3600, reopened).rotate() == []
    assert keeping(web, NOON + DAY_S, reopened).rotate() == [
        f"access-{DAY}-{int(NOON) + DAY_S}.log",
        f"error-{DAY}-{int(NOON) + DAY_S}.log",
    ]
    assert reopened == [0, 1]


def test_a_log_that_is_empty_or_absent_is_left_alone(web: WebMachine) -> None:
    web.write(b"")
    reopened: list[int] = [0]
    keeping(web, NOON + 9 * DAY_S, reopened).run()
    assert reopened == [0]


def test_nothing_is_compressed_that_was_not_read(web: WebMachine) -> None:
    web.write(request(), request())
    keeping(web, NOON + DAY_S).rotate()
    rotated = next(web.places.raw.glob("access-*.log"))
    os.utime(rotated, (NOON, NOON))
    assert keeping(web, NOON + DAY_S).compress() == []
    said_read(web)
    web.write(request(), name=rotated.name)  # late, and not read yet
    os.utime(rotated, (NOON, NOON))
    assert keeping(web, NOON + DAY_S).compress() == []
    said_read(web)
    assert keeping(web, NOON + DAY_S).compress() == [rotated.name]
    assert not rotated.exists()
    kept = web.places.raw / "kept" / f"{rotated.name}.xz"
    with lzma.open(kept) as small:
        assert small.read().count(b"\n") == 3
    assert kept.stat().st_mode & 0o777 == 0o600
    web.read()
    assert web.counted() == 3


def test_a_full_disk_leaves_the_log_as_it_is(web: WebMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    web.write(request())
    keeping(web, NOON + DAY_S).rotate()
    rotated = next(web.places.raw.glob("access-*.log"))
    os.utime(rotated, (NOON, NOON))
    said_read(web)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        keeping(web, NOON + DAY_S).compress()
    assert rotated.exists()
    assert not list((web.places.raw / "kept").iterdir())


@pytest.mark.parametrize("sort", ["access", "error"])
def test_what_was_kept_for_the_laws_term_is_removed_then_and_not_before(web: WebMachine, sort: str) -> None:
    kept = web.places.raw / "kept" / f"{sort}-{DAY}-{int(NOON)}.log.xz"
    kept.write_bytes(b"")
    other = web.places.raw / "kept" / "not-ours.xz"
    other.write_bytes(b"")
    term = NOON + LAW_DAYS * DAY_S
    for hours in range(-40, 0, 8):
        assert keeping(web, term + hours * 3600 + 1).remove() == []
    assert keeping(web, term - 1).remove() == []
    assert keeping(web, term).remove() == [kept.name]
    assert other.exists()


def test_a_clock_that_is_a_year_ahead_for_some_hours_takes_nothing(web: WebMachine) -> None:
    kept = web.places.raw / "kept" / f"access-{DAY}-{int(NOON)}.log.xz"
    kept.write_bytes(b"")
    for hours in range(0, 48, 8):
        keeping(web, NOON + hours * 3600).remove()
    for hours in range(0, 24, 8):
        assert keeping(web, NOON + 400 * DAY_S + hours * 3600).remove() == []
    assert keeping(web, NOON + 3 * DAY_S).remove() == []
    assert kept.exists()


@pytest.mark.parametrize(
    ("text", "number"), [("30", 30), (None, 365), ("", 365), ("0", 365), ("-4", 365), ("a year", 365)]
)
def test_a_setting_that_is_no_number_of_days_leaves_the_usual(text: str | None, number: int) -> None:
    assert days(text, 365) == number
