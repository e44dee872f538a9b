"""A client's own program: what is refused of it, the files of a slot, what is asked of systemd."""

import asyncio
import os
from pathlib import Path
from typing import Any, cast

import pytest

from essaim.agent.engines import health, runtimes, slots, watching
from essaim.agent.engines.systemd import Systemd
from essaim.agent.errors import PermanentError, TemporaryError
from essaim.agent.machine import Machine
from essaim.agent.resources import program as resource
from essaim.agent.resources.program import ProgramResource
from essaim.contract import Fqdn, Login, Program, encode
from essaim.contract.program import refusal_of
from tests.unit.agent.running import QuietPrograms, web_machine

NAME = Fqdn("a.example.test")


def wanted(**changes: Any) -> Program:
    given: dict[str, Any] = {
        "fqdn": NAME,
        "account": Login("alice"),
        "runtime": "node",
        "words": ("server.js",),
        "memory_bytes": 256 * 1024**2,
        "processes": 20,
    }
    return Program(**{**given, **changes})


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    """A machine that has Node, and no Python."""
    made = web_machine(tmp_path)
    made.paths.programs.mkdir(parents=True)
    (made.paths.etc / "programs").mkdir()
    (runtimes.place("one", made.paths) / "usr/bin").mkdir(parents=True)
    (runtimes.place("one", made.paths) / "usr/bin/node").touch()
    runtimes.choose("one", made.paths, made.files)
    return made


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What the program answers, one request after the other; then 200. Nothing runs here, and nobody is root."""
    said: list[int | None] = []

    async def ask(*_words: object, **_more: object) -> int | None:
        return said.pop(0) if said else 200

    monkeypatch.setattr(health, "ask", ask)
    monkeypatch.setattr(resource, "LEAVE_S", 0)
    monkeypatch.setattr(Systemd, "are_active", lambda _self, units: dict.fromkeys(units, True))
    monkeypatch.setattr(os, "fchown", lambda *_words: None)
    return said


def apply(web: Machine, spec: Program) -> dict[str, object]:
    return dict(asyncio.run(ProgramResource().apply(spec, 1, web)).facts)


def asked(web: Machine) -> list[tuple[str, ...]]:
    return [words for words in cast("QuietPrograms", web.run).asked if words[:2] != ("systemctl", "show")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"runtime": "perl"}, "program.runtime_unknown"),
        ({"words": ()}, "program.no_words"),
        ({"words": ("a\nb",)}, "program.words_refused"),
        ({"words": ("a",) * 33}, "program.words_refused"),
        ({"environment": {"A B": "x"}}, "program.name_refused"),
        ({"environment": {"LD_PRELOAD": "x"}}, "program.name_reserved"),
        ({"environment": {"NODE_OPTIONS": "x"}}, "program.name_reserved"),
        ({"environment": {"A": "x\0LISTEN_FDS=9"}}, "program.value_refused"),
        ({"environment": {f"A{n}": "x" for n in range(65)}}, "program.variables_too_many"),
        ({"health": "http://elsewhere/"}, "program.health_refused"),
        ({"health": "/a b\r\nX: y"}, "program.health_refused"),
        ({"patience_s": 0}, "program.patience_refused"),
    ],
)
def test_what_no_machine_takes(change: dict[str, Any], code: str) -> None:
    given: dict[str, Any] = {"words": ("a.js",), "environment": {}, "health": "/", "patience_s": 30, "runtime": "node"}
    given |= change
    refused = refusal_of(
        given["runtime"], given["words"], given["environment"], health=given["health"], patience_s=given["patience_s"]
    )
    assert refused is not None
    assert refused.code == code


def test_a_program_stands_in_a_slot_that_visitors_are_led_to(web: Machine, answers: list[int | None]) -> None:
    apply(web, wanted(environment={"SECRET": "a=b c"}, words=("server.js", "--title", "a b")))
    slot = slots.answering(NAME, web.paths)
    assert slot is not None
    assert (web.paths.programs / NAME).readlink() == slot.socket_path(web.paths)
    assert (slot.folder(web.paths) / "command").read_bytes() == b"/usr/bin/node\0server.js\0--title\0a b"
    environment = (slot.folder(web.paths) / "environment").read_text().split("\0")
    assert {"SECRET=a=b c", "NODE_ENV=production", "HOME=/srv/home"} <= set(environment)
    drop_in = (web.paths.units / f"{slot.service_unit}.d/site.conf").read_text()
    assert f"Slice=essaim-accounts-u{os.getuid()}.slice" in drop_in
    assert "MemoryMax=268435456\nTasksMax=20\n" in drop_in
    assert "SECRET" not in drop_in
    assert ("systemctl", "start", slot.socket_unit, slot.service_unit) in asked(web)


def test_a_secret_is_no_other_accounts_to_read(web: Machine, answers: list[int | None]) -> None:
    apply(web, wanted(environment={"SECRET": "x"}))
    (slot,) = slots.all_of(NAME, web.paths)
    modes = {path.name: path.stat().st_mode & 0o777 for path in slot.folder(web.paths).iterdir()}
    assert modes == {"command": 0o640, "environment": 0o640, "spec": 0o600}
    assert slot.folder(web.paths).stat().st_mode & 0o777 == 0o750


def test_the_same_again_changes_nothing_and_another_takes_the_next_slot(
    web: Machine, answers: list[int | None]
) -> None:
    apply(web, wanted())
    first = slots.answering(NAME, web.paths)
    apply(web, wanted())
    assert slots.answering(NAME, web.paths) == first
    apply(web, wanted(generation=1))
    second = slots.answering(NAME, web.paths)
    assert first is not None
    assert second is not None
    assert second.number == first.number + 1
    assert slots.all_of(NAME, web.paths) == [second]
    assert ("systemctl", "stop", first.socket_unit, first.service_unit) in asked(web)


def test_one_that_answers_with_an_error_takes_nobodys_place(web: Machine, answers: list[int | None]) -> None:
    apply(web, wanted())
    first = slots.answering(NAME, web.paths)
    answers += [500] * 1000
    with pytest.raises(PermanentError) as refused:
        apply(web, wanted(generation=1, patience_s=5))
    assert refused.value.code == "program.silent"
    assert "status 500" in refused.value.sentence
    assert slots.all_of(NAME, web.paths) == [first]
    assert slots.answering(NAME, web.paths) == first


def test_where_nothing_answered_before_it_is_tried_again(web: Machine, answers: list[int | None]) -> None:
    answers += [500] * 1000
    with pytest.raises(TemporaryError) as refused:
        apply(web, wanted(patience_s=5))
    assert refused.value.code == "program.silent"
    assert slots.all_of(NAME, web.paths) == []


def test_what_a_killed_agent_left_is_put_away(web: Machine, answers: list[int | None]) -> None:
    apply(web, wanted())
    slots.make(wanted(generation=5), os.getuid(), web)
    assert len(slots.all_of(NAME, web.paths)) == 2
    apply(web, wanted())
    assert len(slots.all_of(NAME, web.paths)) == 1


def test_a_stopped_program_leaves_no_unit_and_no_way(web: Machine, answers: list[int | None]) -> None:
    apply(web, wanted(always_on=True))
    assert apply(web, wanted(stopped=True)) == {"state": "stopped"}
    assert slots.all_of(NAME, web.paths) == []
    assert not (web.paths.programs / NAME).is_symlink()
    assert list((web.paths.units / "essaim-accounts.target.wants").iterdir()) == []
    assert not [path for path in web.paths.units.iterdir() if path.name.startswith("essaim-program@")]


def test_removing_keeps_the_log_and_erasing_does_not(web: Machine, answers: list[int | None]) -> None:
    log = web.paths.accounts / "alice/logs" / NAME / "program.log"
    apply(web, wanted())
    log.write_text("said")
    asyncio.run(ProgramResource().remove(NAME, erase=False, machine=web))
    assert log.read_text() == "said"
    asyncio.run(ProgramResource().remove(NAME, erase=True, machine=web))
    assert not log.parent.exists()
    assert not (web.paths.etc / "programs" / NAME).exists()


def test_a_runtime_that_the_machine_has_not_is_told_with_those_it_has(web: Machine) -> None:
    with pytest.raises(PermanentError) as refused:
        apply(web, wanted(runtime="python"))
    assert (refused.value.code, refused.value.advice) == ("program.runtime_missing", "Choose Node.js 18.")


def test_an_account_that_is_not_there_yet_is_waited_for(web: Machine) -> None:
    with pytest.raises(TemporaryError):
        apply(web, wanted(account=Login("bob")))


def test_the_longest_name_has_a_socket_that_can_be_bound(web: Machine) -> None:
    name = Fqdn(".".join(["a" * 48, "b" * 48, "fr"]))
    assert len(str(slots.Slot(name, 99_999).socket_path(type(web.paths)()))) < 107


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("running 100 0", ("running", 0, "")),
        ("failing 100 7 status 3", ("failing", 7, "status 3")),
        ("restarted 100 7 signal 9", ("running", 7, "signal 9")),  # long ago
        ("running 100 0; rm -rf /", ("running", 0, "")),
        ("failing 99999999999999999999 7 status 3", ("running", 0, "")),
    ],
)
def test_what_a_program_tells_of_itself_is_read_strictly(
    web: Machine, monkeypatch: pytest.MonkeyPatch, status: str, expected: tuple[str, int, str]
) -> None:
    told = f"ActiveState=active\nStatusText={status}\nControlGroup=/none\n"
    monkeypatch.setattr(web.run, "run", lambda args, **_more: type("Ran", (), {"out": told.encode(), "code": 0})())
    seen = watching.look(slots.Slot(NAME, 1), web)
    assert (seen.state, seen.restarts, seen.ended_with) == expected


def test_the_last_lines_bring_no_orders_for_a_terminal(web: Machine) -> None:
    folder = web.paths.accounts / "alice/logs" / NAME
    folder.mkdir(parents=True)
    (folder / "program.log").write_bytes(b"old\n" * 100 + b"\x1b[31mred\x1b[0m \x07bell \xff\n" + b"x" * 1000)
    lines = watching.last_lines(Login("alice"), NAME, os.getuid(), web).splitlines()
    assert len(lines) == watching.LINES
    assert lines[-2:] == ["red bell \N{REPLACEMENT CHARACTER}", "x" * watching.LINE_LONGEST]


def test_a_log_that_is_a_link_is_not_read(web: Machine, tmp_path: Path) -> None:
    folder = web.paths.accounts / "alice/logs" / NAME
    folder.mkdir(parents=True)
    (tmp_path / "other").write_text("secret")
    (folder / "program.log").symlink_to(tmp_path / "other")
    assert watching.last_lines(Login("alice"), NAME, os.getuid(), web) == ""


def test_visits_are_counted_by_the_kernels_list(web: Machine) -> None:
    slot = slots.Slot(NAME, 1)
    path = slot.socket_path(web.paths)
    (web.paths.root / "proc/net").mkdir(parents=True)
    (web.paths.root / "proc/net/unix").write_text(
        "Num       RefCount Protocol Flags    Type St Inode Path\n"
        f"0: 00000002 00000000 00010000 0001 01 123 {path}\n"
        f"0: 00000003 00000000 00000000 0001 03 124 {path}\n"
        "0: 00000003 00000000 00000000 0001 03 125\n"
        "0: 00000003 00000000 00000000 0001 03 126 /run/other.sock\n"
    )
    assert watching.visits(slot, web) == 1


def test_a_spec_that_is_kept_is_the_whole_of_it(web: Machine, answers: list[int | None]) -> None:
    spec = wanted(environment={"A": "b"})
    apply(web, spec)
    slot = slots.answering(NAME, web.paths)
    assert slot is not None
    assert slots.spec_in(slot, web.paths) == encode(spec)
