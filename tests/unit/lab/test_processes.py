"""Programs and processes, with programs every Debian has."""

import pytest

from essaim.lab import processes
from essaim.lab.errors import ProgramFailed
from essaim.lab.programs import lines_of, run


def test_a_program_gets_its_input_and_gives_its_output() -> None:
    assert run(["cat"], input=b"in").stdout == b"in"


def test_a_program_that_fails_says_its_own_words() -> None:
    with pytest.raises(ProgramFailed, match=r"ls .* ended with 2: .*/nowhere"):
        run(["ls", "/nowhere"])


def test_a_program_that_takes_too_long_is_ended_with_its_child() -> None:
    with pytest.raises(ProgramFailed, match="did not end within"):
        run(["sh", "-c", "sleep 4343; true"], timeout=0.2)

    assert processes.find(lambda argv: argv == ["sleep", "4343"]) == []


def test_lines_are_read_as_they_come_and_a_failure_shows_the_last_ones() -> None:
    seen: list[str] = []
    with (
        pytest.raises(ProgramFailed, match="ended with 3:\none\ntwo"),
        lines_of(["sh", "-c", "echo one; echo two; exit 3"]) as lines,
    ):
        seen.extend(lines)

    assert seen == ["one", "two"]


def test_waiting_ends_at_the_deadline() -> None:
    assert processes.wait_until(lambda: True, seconds=0)
    assert not processes.wait_until(lambda: False, seconds=0.02)
