"""PHP's error log becomes groups: as all three versions write it, and as a client may who means harm."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from essaim.agent.engines import php_log
from essaim.agent.engines.php_log import Mark
from essaim.agent.php_errors import entries, grouped
from essaim.contract import Fqdn
from essaim.contract.php_reports import GROUPS_MAX, MESSAGE_MAX, TRACE_MAX

SITE = Fqdn("a.example.test")
NOW = datetime(2026, 11, 26, 10, 30, tzinfo=UTC).timestamp()
UNCAUGHT = """[26-Nov-2026 10:20:22 UTC] PHP Fatal error:  Uncaught RuntimeException: boom
second line in /srv/home/sites/a.example.test/lib/err.php:2
Stack trace:
#0 /srv/home/sites/a.example.test/err.php(5): Some\\Thing->f('hunter2', Array)
#1 [internal function]: {closure}('hunter2')
#2 /usr/share/php/x.php(7): array_map(Object(Closure), Array)
#3 {main}
  thrown in /srv/home/sites/a.example.test/lib/err.php on line 2
"""


def logged(text: str, at: str = "26-Nov-2026 10:20:22 UTC") -> str:
    return f"[{at}] {text}\n"


def test_an_uncaught_exception_keeps_its_trace_without_any_argument() -> None:
    (found,), left_out = grouped(UNCAUGHT, SITE, now=NOW)
    assert (found.severity, found.message) == ("fatal", "Uncaught RuntimeException: boom second line")
    assert (found.file, found.line, found.count) == ("lib/err.php", 2, 1)
    assert found.trace == ("err.php:5 Some\\Thing->f()", "{closure}()", "/usr/share/php/x.php:7 array_map()")
    assert "hunter2" not in str(found)
    assert not left_out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PHP Notice:  Undefined variable: x in /srv/home/sites/a.example.test/a.php on line 3",
         ("notice", "Undefined variable: x", "a.php", 3)),
        ("PHP Warning:  Undefined variable $x in /srv/home/sites/a.example.test/a.php on line 3",
         ("warning", "Undefined variable $x", "a.php", 3)),
        ("PHP Deprecated:  old way in /srv/home/lib/a.php on line 9", ("deprecated", "old way", "~/lib/a.php", 9)),
        ('PHP Parse error:  syntax error, unexpected token ";" in /srv/home/sites/a.example.test/p.php on line 3',
         ("parse", 'syntax error, unexpected token ";"', "p.php", 3)),
        ("PHP Warning:  include(/srv/home/sites/a.example.test/no in there.php): failed in /usr/share/php/b.php on line 1",
         ("warning", "include(no in there.php): failed", "/usr/share/php/b.php", 1)),
        ("by hand", ("message", "by hand", "", 0)),
        ("PHP Warning:  without a place", ("warning", "without a place", "", 0)),
        ("PHP Surprise:  unknown in /a on line 1", ("message", "PHP Surprise: unknown in /a on line 1", "", 0)),
        ("PHP Warning:  x in /a on line 99999999999999", ("warning", "x in /a on line 99999999999999", "", 0)),
    ],
)  # fmt: skip
def test_each_sort_of_entry_says_what_and_where(line: str, expected: tuple[str, str, str, int]) -> None:
    (found,) = entries(logged(line), SITE, now=NOW)
    assert (found.severity, found.message, found.file, found.line) == expected


def test_the_same_error_is_counted_also_when_its_amounts_differ() -> None:
    text = "".join(
        logged(f"PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate {n} bytes) in /x on line 1",
               f"26-Nov-2026 10:2{n % 10}:00 UTC")
        for n in (20480, 20481, 65536)
    )  # fmt: skip
    (found,), _ = grouped(text, SITE, now=NOW)
    assert found.count == 3
    assert "65536" in found.message
    assert (found.first, found.last) == (NOW - 600, NOW - 240)


def test_the_gravest_come_first_and_no_more_than_travel() -> None:
    text = "".join(logged(f"PHP Notice:  n{'x' * n} in /a on line 1") for n in range(GROUPS_MAX + 5)) + UNCAUGHT
    found, left_out = grouped(text, SITE, now=NOW)
    assert (len(found), found[0].severity, left_out) == (GROUPS_MAX, "fatal", True)


@pytest.mark.parametrize(
    ("at", "seconds_ago"),
    [
        ("26-Nov-2026 11:20:00 Europe/Paris", 600),
        ("26-Nov-2026 10:20:00 Nowhere/City", 600),
        ("26-Xxx-2026 10:20:00 UTC", 0),
        ("26-Nov-2036 10:20:00 UTC", 0),
        ("26-Nov-1990 10:20:00 UTC", 7 * 86_400),
        ("99-Nov-2026 99:99:99 UTC", 0),
    ],
)
def test_a_time_is_read_in_its_zone_and_never_lies_in_the_future(at: str, seconds_ago: float) -> None:
    (found,) = entries(logged("x", at), SITE, now=NOW)
    assert found.at == NOW - seconds_ago


def test_what_is_hostile_costs_little_and_stays_small() -> None:
    text = (
        logged("PHP Warning:  " + " in /" * 40_000 + " on line 1")
        + logged("PHP Fatal error:  Uncaught x\nStack trace:\n" + "#0 /a(1): f(\n" * 20_000)
        + logged("\x1b[31m\u202ered\0 " + "y" * 100_000)
    )
    began = time.monotonic()
    found, _ = grouped(text, SITE, now=NOW)
    assert time.monotonic() - began < 2
    assert all(len(one.message) <= MESSAGE_MAX and len(one.trace) <= TRACE_MAX for one in found)
    assert all(one.message.isprintable() for one in found)


# -- the file


@pytest.fixture
def home(tmp_path: Path) -> Path:
    php_log.ensure(tmp_path, SITE, os.getuid())
    return tmp_path


def log_of(home: Path) -> Path:
    return php_log.path_outside(home, SITE, "8.2")


def test_only_what_is_new_is_read_and_only_whole_lines(home: Path) -> None:
    log_of(home).write_text("one\ntwo\nhal")
    first = php_log.news(home, SITE, "8.2", None)
    assert first is not None
    assert first.text == "one\ntwo\n"
    log_of(home).write_text("one\ntwo\nhalf\n")
    second = php_log.news(home, SITE, "8.2", first.mark)
    assert second is not None
    assert (second.text, second.skipped_bytes) == ("half\n", 0)


def test_a_file_that_was_emptied_or_exchanged_is_read_from_its_beginning(home: Path) -> None:
    log_of(home).write_text("new\n")
    found = php_log.news(home, SITE, "8.2", Mark(log_of(home).stat().st_ino, 1000))
    assert found is not None
    assert found.text == "new\n"
    other = php_log.news(home, SITE, "8.2", Mark(1, 2))
    assert other is not None
    assert other.text == "new\n"


def test_of_a_flood_the_end_is_read_and_the_file_is_gone(home: Path) -> None:
    log_of(home).write_bytes(b"x" * 99 + b"\n")
    os.truncate(log_of(home), php_log.FLOOD_BYTES + 1)
    found = php_log.news(home, SITE, "8.2", Mark(0, 0))
    assert found is not None
    assert found.skipped_bytes > php_log.FLOOD_BYTES - php_log.READ_BYTES
    assert php_log.keep_small(home, SITE, "8.2")
    assert list(log_of(home).parent.iterdir()) == []


def test_a_file_that_has_grown_is_put_aside_once(home: Path) -> None:
    for _ in range(2):
        log_of(home).write_bytes(b"x" * (php_log.ROTATE_BYTES + 1))
        assert php_log.keep_small(home, SITE, "8.2")
        assert [one.name for one in log_of(home).parent.iterdir()] == ["php-8.2.log.1"]
    log_of(home).write_bytes(b"small")
    assert not php_log.keep_small(home, SITE, "8.2")


def test_a_link_a_pipe_a_directory_a_second_name_are_not_read(home: Path) -> None:
    secret = home / "secret"
    secret.write_text("secret\n")
    log_of(home).symlink_to(secret)
    assert php_log.news(home, SITE, "8.2", None) is None
    log_of(home).unlink()
    log_of(home).hardlink_to(secret)
    assert php_log.news(home, SITE, "8.2", None) is None
    log_of(home).unlink()
    os.mkfifo(log_of(home))
    assert php_log.news(home, SITE, "8.2", None) is None
    log_of(home).unlink()
    log_of(home).mkdir()
    assert php_log.news(home, SITE, "8.2", None) is None
    assert not php_log.keep_small(home, SITE, "8.2")


def test_a_link_in_the_place_of_the_folder_is_not_followed(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / SITE).mkdir(parents=True)
    (elsewhere / SITE / "php-8.2.log").write_text("theirs\n")
    log_of(home).parent.rmdir()
    (home / "logs").rmdir()
    (home / "logs").symlink_to(elsewhere)
    php_log.ensure(home, SITE, os.getuid())
    assert php_log.news(home, SITE, "8.2", None) is None
