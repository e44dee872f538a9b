"""Accounts moved onto another build of their PHP: all of them, in turn, whatever happens meanwhile."""

import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pytest

from essaim.agent.engines import php, trees
from essaim.agent.engines.programs import Ran
from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Machine
from essaim.agent.rollout import REFUSALS_MOST, Refusal, Rollout, Step
from essaim.contract import Login
from tests.unit.agent.running import QuietPrograms, machine

VERSION = "8.2"
LOGINS = tuple(Login(f"a{n}") for n in range(5))


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    """Five accounts on build `one`, and a whole build `two`."""
    web = machine(tmp_path)
    for build in ("one", "two"):
        program = trees.place(VERSION, build, web.paths) / f"usr/sbin/php-fpm{VERSION}"
        program.parent.mkdir(parents=True)
        program.touch()
    for place in (web.paths.etc, web.paths.php_sockets):
        place.mkdir(parents=True)
    for login in LOGINS:
        trees.give(VERSION, "one", login, web)
    return web


def builds(web: Machine) -> dict[Login, str]:
    return dict(trees.holders(VERSION, web.paths))


def begun(web: Machine) -> Rollout:
    rollout = Rollout(VERSION, web)
    rollout.begin("two")
    return rollout


def run(rollout: Rollout) -> list[Step]:
    steps = [rollout.step()]
    while steps[-1].state == "under way":
        assert len(steps) < 50
        steps.append(rollout.step())
    return steps


def awake(web: Machine, *logins: Login) -> None:
    """Their PHP runs, as far as files say."""
    for login in logins:
        home = web.paths.home(login)
        home.mkdir(parents=True, exist_ok=True)
        group = web.paths.account_groups / php.slice_unit(home.stat().st_uid) / php.service_unit(login, VERSION)
        group.mkdir(parents=True)
        (group / "cgroup.procs").write_text("1\n")


@contextmanager
def answering(web: Machine, login: Login, digest: Callable[[str], str]) -> Iterator[list[str]]:
    """Somebody answers at the account's socket; the list holds the builds that the account had when it was asked."""
    asked: list[str] = []
    link = php.wants_link(login, VERSION, web.paths)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("unit")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(php.socket_path(login, VERSION, web.paths)))
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    nonce = connection.recv(4096).split(b"nonce=", 1)[1][:22].decode()
                    asked.append(trees.given(VERSION, login, web.paths))
                    body = f"Content-Type: text/plain\r\n\r\n{digest(nonce)}\n".encode()
                    connection.sendall(struct.pack("!BBHHBx", 1, 6, 1, len(body), 0) + body)
                    connection.sendall(struct.pack("!BBHHBx", 1, 3, 1, 8, 0) + bytes(8))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield asked
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def proof(login: Login, version: str = VERSION) -> Callable[[str], str]:
    return lambda nonce: hashlib.sha256(f"{login}:{version}:{nonce}".encode()).hexdigest()


def test_every_account_is_moved_and_only_then_new_ones_get_the_build(web: Machine) -> None:
    rollout = begun(web)
    for _ in LOGINS:
        assert rollout.step().state == "under way"
        assert trees.current(VERSION, web.paths) == trees.place(VERSION, "one", web.paths)
    assert rollout.step() == Step(state="done")
    assert set(builds(web).values()) == {"two"}
    assert trees.current(VERSION, web.paths) == trees.place(VERSION, "two", web.paths)


def test_one_that_sleeps_is_not_woken_but_for_a_sample(web: Machine) -> None:
    with answering(web, LOGINS[0], proof(LOGINS[0])) as first, answering(web, LOGINS[1], proof(LOGINS[1])) as second:
        run(begun(web))
    assert (first, second) == (["two"], [])
    asked = cast("QuietPrograms", web.run).asked
    unit = php.service_unit(LOGINS[0], VERSION)
    assert asked == [("systemctl", "restart", unit), ("systemctl", "stop", unit)]


def test_one_that_is_awake_is_restarted_and_proved(web: Machine) -> None:
    awake(web, LOGINS[3])
    with answering(web, LOGINS[3], proof(LOGINS[3])) as asked:
        run(begun(web))
    assert asked == ["two"]
    assert cast("QuietPrograms", web.run).asked == [("systemctl", "restart", php.service_unit(LOGINS[3], VERSION))]


def test_one_whose_proof_is_anothers_is_put_back_and_the_others_are_moved(web: Machine) -> None:
    awake(web, LOGINS[2])
    with answering(web, LOGINS[2], proof(Login("somebody"))):
        steps = run(begun(web))
    assert [(step.login, step.refusal.code) for step in steps if step.refusal] == [(LOGINS[2], "tree.not_proved")]
    assert builds(web) == dict.fromkeys(LOGINS, "two") | {LOGINS[2]: "one"}
    assert steps[-1].state == "done"


def test_one_that_does_not_start_is_put_back(web: Machine) -> None:
    awake(web, LOGINS[2])
    unit = php.service_unit(LOGINS[2], VERSION)
    cast("QuietPrograms", web.run).refuses = lambda words: words[1:] == ("restart", unit)
    web.run.run = refusing(web, unit)  # type: ignore[method-assign]  # a program that fails raises, as the real one does
    with answering(web, LOGINS[2], proof(LOGINS[2])):
        run(begun(web))
    assert builds(web)[LOGINS[2]] == "one"
    progress = Rollout(VERSION, web).progress()
    assert progress is not None
    assert progress.refused == {LOGINS[2]: Refusal(code="tree.start_failed", detail="no")}


def test_one_that_does_not_start_because_the_machine_goes_down_is_moved_after_the_boot(web: Machine) -> None:
    awake(web, LOGINS[2])
    unit, plain = php.service_unit(LOGINS[2], VERSION), web.run.run
    web.run.run = refusing(web, unit, state=b"stopping\n")  # type: ignore[method-assign]
    with answering(web, LOGINS[2], proof(LOGINS[2])):
        with pytest.raises(TemporaryError, match="goes down"):
            run(begun(web))
        progress = Rollout(VERSION, web).progress()
        assert progress is not None
        assert (progress.refused, progress.moving) == ({}, LOGINS[2])
        web.run.run = plain  # type: ignore[method-assign]
        run(Rollout(VERSION, web))
    assert set(builds(web).values()) == {"two"}


def refusing(web: Machine, unit: str, state: bytes = b"running\n") -> Any:
    """`state`: what systemd says of the machine."""
    plain = web.run.run

    def run(args: Any, **options: Any) -> Any:
        if tuple(args)[1:] == ("is-system-running",):
            return Ran(tuple(args), 0, state, b"")
        if tuple(args)[1:] == ("restart", unit) and trees.given(VERSION, LOGINS[2], web.paths) == "two":
            raise TemporaryError("program.failed", "no", facts={"detail": "no"})
        return plain(args, **options)

    return run


def test_a_fault_of_the_build_stops_the_roll_out_and_the_rest_stay(web: Machine) -> None:
    awake(web, *LOGINS)
    rollout = begun(web)
    with answering(web, LOGINS[0], str), answering(web, LOGINS[1], str), answering(web, LOGINS[2], str):
        steps = run(rollout)
    assert len([step for step in steps if step.refusal]) == REFUSALS_MOST
    assert steps[-1].state == "stopped"
    assert set(builds(web).values()) == {"one"}
    assert trees.current(VERSION, web.paths) == trees.place(VERSION, "one", web.paths)
    assert rollout.step() == Step(state="stopped")
    rollout.begin("two")  # somebody has looked, and wants it all the same
    assert run(rollout)[-1].state == "stopped" or builds(web) == dict.fromkeys(LOGINS, "two")


def test_one_that_crashes_later_is_put_back_and_one_on_another_build_is_left(web: Machine) -> None:
    run(begun(web))
    rollout = Rollout(VERSION, web)
    assert rollout.put_back(LOGINS[1], Refusal(code="tree.crashes"))
    assert not rollout.put_back(LOGINS[1], Refusal(code="tree.crashes"))
    assert builds(web)[LOGINS[1]] == "one"
    assert rollout.step().state == "done"


def test_a_new_account_meanwhile_is_moved_too(web: Machine) -> None:
    rollout = begun(web)
    rollout.step()
    trees.ensure_given(VERSION, Login("zoe"), web)
    assert builds(web)[Login("zoe")] == "one"
    run(rollout)
    assert builds(web)[Login("zoe")] == "two"


def test_going_back_is_a_roll_out_of_the_build_before(web: Machine) -> None:
    run(begun(web))
    rollout = Rollout(VERSION, web)
    assert rollout.begin("one").before == "two"
    run(rollout)
    assert set(builds(web).values()) == {"one"}


class Killed(BaseException):
    """As if the process had been killed here."""


@pytest.mark.parametrize("instant", range(24))
def test_a_process_killed_at_any_instant_leaves_the_rest_to_the_next(web: Machine, instant: int) -> None:
    awake(web, LOGINS[0], LOGINS[1])
    left = iter(range(instant))
    with answering(web, LOGINS[0], proof(LOGINS[0])) as asked, answering(web, LOGINS[1], str):
        killing(web, lambda: next(left, None) is None)
        with suppress(Killed):
            run(begun(web))
        killing(web, lambda: False)
        rollout = Rollout(VERSION, web)
        if rollout.progress() is None:  # killed before it began
            rollout.begin("two")
        assert run(rollout)[-1].state == "done"
    assert builds(web) == dict.fromkeys(LOGINS, "two") | {LOGINS[1]: "one"}
    assert asked[-1] == "two"
    progress = rollout.progress()
    assert progress is not None
    assert (set(progress.refused), progress.moving) == ({LOGINS[1]}, "")


def killing(web: Machine, now: Callable[[], bool]) -> None:
    """Before every change of a file or link and every program, the process may be killed."""
    for thing, name in ((web.files, "symlink"), (web.files, "write"), (web.run, "run")):
        plain = getattr(type(thing), name)

        def change(*args: Any, plain: Any = plain, thing: Any = thing, **options: Any) -> Any:
            if now():
                raise Killed
            return plain(thing, *args, **options)

        setattr(thing, name, change)


def test_a_request_that_takes_long_is_waited_for(web: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("essaim.agent.rollout.LONG_S", 0.01)
    login = LOGINS[0]
    awake(web, login)
    rollout = begun(web)
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as visitor:
        listening.bind(str(php.socket_path(login, VERSION, web.paths)))
        listening.listen()
        visitor.connect(str(php.socket_path(login, VERSION, web.paths)))
        at_work, _ = listening.accept()
        for _ in range(len(LOGINS) + 2):
            step = rollout.step()
        at_work.close()
        assert step == Step(state="under way", waits=True)
        assert builds(web) == dict.fromkeys(LOGINS, "two") | {login: "one"}
    run(rollout)
    assert builds(web)[login] == "two"
