"""Builds of PHP that nobody uses are removed; the one before stays."""

import os
from pathlib import Path

import pytest

from essaim.agent.engines import trees
from essaim.agent.machine import Machine
from essaim.agent.pruning import LEFT_S, Pruning
from essaim.agent.rollout import Progress, Rollout
from essaim.contract import Login
from tests.unit.agent.running import machine

OLD = ("b1", "b2", "b3", "b4")


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    """Of 8.2 it has four builds beside the one that new accounts get; that is the newest."""
    made = machine(tmp_path)
    for number, build in enumerate((*OLD, "one")):
        place = trees.place("8.2", build, made.paths)
        (place / "usr/sbin").mkdir(parents=True)
        (place / "usr/sbin/php-fpm8.2").touch()
        os.utime(place, (1000.0 + number, 1000.0 + number))
    return made


def look(web: Machine, proc: Path | None = None) -> list[str]:
    return Pruning(web, proc=proc or web.paths.root / "proc").look()


def left(web: Machine) -> list[str]:
    return trees.builds("8.2", web.paths)


def test_the_usual_one_and_the_last_beside_it_stay(web: Machine) -> None:
    assert look(web) == ["8.2/b1", "8.2/b2", "8.2/b3"]
    assert left(web) == ["b4", "one"]
    assert look(web) == []


def test_what_an_account_has_stays(web: Machine) -> None:
    web.paths.etc.mkdir(parents=True)
    trees.give("8.2", "b1", Login("alice"), web)
    look(web)
    assert left(web) == ["b1", "b4", "one"]


def test_what_a_process_runs_in_stays(web: Machine, tmp_path: Path) -> None:
    place = tmp_path / "of_processes/12"
    place.mkdir(parents=True)
    (place / "mountinfo").write_text("1 2 0:1 /usr/lib/essaim/php/8.2/b2 / ro - ext4 /dev/a ro\n")
    look(web, tmp_path / "of_processes")
    assert left(web) == ["b2", "b4", "one"]


@pytest.mark.parametrize("state", ["under way", "stopped"])
def test_nothing_is_removed_before_a_roll_out_is_done(web: Machine, state: str) -> None:
    rollout = Rollout("8.2", web)
    rollout.begin("b1")
    rollout._save(Progress(version="8.2", build="b1", before="one", state=state))  # type: ignore[arg-type]
    assert look(web) == []
    assert len(left(web)) == 5


def test_those_of_the_last_roll_out_stay(web: Machine) -> None:
    (web.paths.state / "trees").mkdir()
    Rollout("8.2", web)._save(Progress(version="8.2", build="one", before="b2", state="done"))
    look(web)
    assert left(web) == ["b2", "b4", "one"]


def test_a_version_with_one_build_is_left_alone(web: Machine) -> None:
    look(web)
    assert trees.builds("7.4", web.paths) == ["one"]


def test_what_a_killed_process_left_half_made_goes_after_a_day(web: Machine) -> None:
    old, new = (trees.place("8.2", name, web.paths) for name in (".building-old", ".building-new"))
    for path in (old, new):
        path.mkdir()
    os.utime(old, (1.0, new.stat().st_mtime - LEFT_S - 1))
    look(web)
    assert (old.exists(), new.exists()) == (False, True)
