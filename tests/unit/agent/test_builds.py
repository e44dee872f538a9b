"""How far a roll-out is, as a beat tells it; and PHP that does not stay up."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from essaim.agent.builds import Builds
from essaim.agent.engines import crashes, php, trees
from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Machine
from essaim.agent.rollout import Refusal, Rollout
from essaim.agent.tending import Tending
from essaim.contract import Login, PhpTree
from tests.unit.agent.running import site, web_machine

ALICE = Login("alice")


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    web = web_machine(tmp_path)
    for build in ("one", "two"):
        program = trees.place("8.2", build, web.paths) / "usr/sbin/php-fpm8.2"
        program.parent.mkdir(parents=True)
        program.touch()
    for login in ("alice", "bob", "carla"):
        trees.give("8.2", "one", Login(login), web)
    web.paths.php_failed.mkdir(parents=True)
    return web


def failed(web: Machine, times: int, login: str = "alice") -> None:
    (web.paths.php_failed / f"{login}.8.2").write_text(f"{times}\n")


def told(web: Machine, builds: Builds | None = None) -> PhpTree:
    return next(tree for tree in (builds or Builds(web)).told() if tree.version == "8.2")


def test_a_beat_tells_each_step_and_what_was_refused(web: Machine) -> None:
    builds, rollout = Builds(web), Rollout("8.2", web)
    assert told(web, builds) == PhpTree(version="8.2", build="one", accounts=3, on_it=3)
    rollout.begin("two")
    assert told(web, builds) == PhpTree(version="8.2", build="two", accounts=3, on_it=0, state="under way")
    rollout.step()
    assert told(web, builds).on_it == 1
    rollout.put_back(ALICE, Refusal(code="tree.crashes"))
    assert told(web, builds).refused == {"alice": "tree.crashes"}
    while rollout.step().state == "under way":
        pass
    assert told(web, builds) == msgspec.structs.replace(
        told(web), on_it=2, state="done", build="two", refused={"alice": "tree.crashes"}
    )


def test_php_that_fails_in_a_loop_in_a_new_build_is_put_back_and_otherwise_told(web: Machine) -> None:
    changes: list[None] = []
    tending = Tending(web, lambda: changes.append(None))
    failed(web, crashes.LOOP - 1)
    assert tending.look() == []
    failed(web, crashes.LOOP)
    assert tending.look() == [(ALICE, "8.2")]
    assert tending.look() == [(ALICE, "8.2")]
    assert len(changes) == 1  # told once
    rollout = Rollout("8.2", web)
    rollout.begin("two")
    while rollout.step().state == "under way":
        pass
    assert tending.look() == []
    assert (trees.given("8.2", ALICE, web.paths), crashes.times(ALICE, "8.2", web.paths)) == ("one", 0)
    assert len(changes) == 2


def test_php_that_is_up_is_counted_anew(web: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    failed(web, crashes.LOOP)
    plain = web.run.run
    monkeypatch.setattr(web.run, "run", lambda words, **options: replace(plain(words, **options), out=b"active\n"))
    assert list(crashes.looping(web)) == []
    assert crashes.times(ALICE, "8.2", web.paths) == 0


def test_the_sentence_about_it_names_account_version_and_count(web: Machine) -> None:
    file = php.settings_file(site().fqdn, ALICE, "8.2", web.paths)
    file.parent.mkdir(parents=True)
    file.touch()
    crashes.require_none(ALICE, web)
    failed(web, 7)
    with pytest.raises(TemporaryError) as wrong:
        crashes.require_none(ALICE, web)
    assert wrong.value.facts == {"version": "8.2", "login": "alice", "count": 7}
