"""The door, the lease, the sessions: what decides who comes in, without sshd."""

import base64
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from essaim.agent.machine import Config, Machine, Paths
from essaim.agent.ssh import as_root, door, enter, places
from essaim.agent.ssh import certificate as reading
from essaim.agent.ssh.places import Places
from essaim.agent.ssh_watch import SshWatch
from essaim.break_glass import entry
from essaim.manager.keys.authority import Authority

SERIAL = 4242


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A door with a fresh word that lets v_ada in."""
    spots = Places(tmp_path)
    for folder in (spots.etc, spots.comings, spots.sessions, spots.recordings):
        folder.mkdir(parents=True)
    tell(spots)
    lease(spots)
    return spots


def tell(where: Places, **changed: Any) -> None:
    places.write(where.word, {"revision": 7, "machine": "web1", "logins": ["v_ada"], "serials": [], **changed})


def lease(where: Places, seconds: float = 3.0) -> None:
    where.lease.write_text(str(places.boot_clock() + seconds))


def certificate(tmp_path: Path, *, key_id: str = f"v_ada/root/{SERIAL}", principal: str = "v_ada:root@web1", **changed: Any) -> str:  # fmt: skip
    now = datetime.now(UTC)
    facts: dict[str, Any] = {
        "serial": SERIAL,
        "begins": now - timedelta(hours=1),
        "ends": now + timedelta(hours=1),
        **changed,
    }
    signer = Authority("people", tmp_path / "ca")
    key = Ed25519PrivateKey.generate().public_key()
    return signer.sign(key, key_id=key_id, principals=[principal], **facts).split()[1]


def answer(where: Places, user: str = "v_ada", **changed: Any) -> tuple[str, str]:
    return door.answer(user, certificate(where.root, **changed), os.getpid(), where)


def test_a_good_certificate_opens_one_user_in_one_role(where: Places) -> None:
    line, why = answer(where)
    assert line.endswith(" v_ada:root@web1")
    assert line.startswith("restrict,pty,command=")
    assert why == ""
    assert places.read(where.comings / str(os.getpid()))["role"] == "root"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"user": "root"}, "does not open root"),
        ({"principal": "v_ada:root@web2"}, "for another machine"),
        ({"principal": "v_ada:operator@web1"}, "for another machine"),
        ({"key_id": "v_ada/king/4242"}, "not one of ours"),
        ({"key_id": "v_ada/root/1"}, "not one of ours"),
        ({"key_id": "v_eve/root/4242"}, "does not open v_ada"),
        ({"ends": datetime.now(UTC) - timedelta(seconds=1)}, "time is over"),
    ],
)
def test_any_other_opens_nothing(where: Places, changed: dict[str, Any], why: str) -> None:
    line, said = answer(where, **changed)
    assert line == ""
    assert why in said
    assert not list(where.comings.iterdir())


@pytest.mark.parametrize("encoded", ["", "AAAA", "!", "A" * 4000])
def test_what_is_no_certificate_opens_nothing(where: Places, encoded: str) -> None:
    assert door.answer("v_ada", encoded, os.getpid(), where)[0] == ""


def test_a_revoked_one_opens_nothing(where: Places) -> None:
    tell(where, serials=[SERIAL])
    assert "revoked" in answer(where)[1]


@pytest.mark.parametrize("seconds", [-0.1, 3600.0])
def test_a_word_that_is_old_or_from_another_boot_opens_nothing(where: Places, seconds: float) -> None:
    lease(where, seconds)
    assert "has not said lately" in answer(where)[1]


def test_no_word_opens_nothing(where: Places) -> None:
    where.lease.unlink()
    assert answer(where)[0] == ""


def test_the_lease_is_given_only_while_the_newest_is_known(where: Places) -> None:
    machine = Machine(Config("web1", ("web",)), Paths(where.root))
    watch = SshWatch(machine, SimpleNamespace(answers={}))  # type: ignore[arg-type]
    where.lease.unlink()
    watch.heard("8")
    assert not places.is_fresh(where)
    watch.heard("7")
    assert places.is_fresh(where)
    watch.heard("8")
    assert not places.is_fresh(where)
    for nonsense in ("", "x", "0", "-1"):
        watch.heard(nonsense)
        assert not places.is_fresh(where)


def coming(where: Places, **changed: Any) -> None:
    """We came by a connection of our parent's."""
    parent = os.getppid()
    noted = {"login": "v_ada", "role": "root", "serial": SERIAL, "until": time.time() + 60, "origin": "192.0.2.1"}
    places.write(where.comings / str(parent), {**noted, "started": places.started(parent), **changed})


def test_a_session_begins_by_what_the_door_noted(where: Places) -> None:
    coming(where)
    session = enter.begin(os.getpid(), "v_ada", "ls", where)
    assert session is not None
    assert (session["role"], session["serial"], session["command"]) == ("root", SERIAL, "ls")


@pytest.mark.parametrize("changed", [{"login": "v_eve"}, {"until": 0}, {"started": 1}, {"serial": 9}])
def test_no_session_without_a_good_certificate(where: Places, changed: dict[str, Any]) -> None:
    tell(where, serials=[9])
    coming(where, **changed)
    assert enter.begin(os.getpid(), "v_ada", "ls", where) is None
    assert not list(where.sessions.iterdir())


def test_no_session_without_a_connection(where: Places) -> None:
    assert enter.begin(os.getpid(), "v_ada", "", where) is None


@pytest.mark.parametrize(
    ("reason", "command", "role", "may"),
    [
        ("why", (), "root", True),
        ("why", ("rm", "-rf"), "root", True),
        (" ", ("id",), "root", False),
        ("why", ("systemctl", "restart", "essaim-web.service"), "operator", True),
        ("why", ("systemctl", "restart", "essaim-web.service", "ssh.service"), "operator", False),
        ("why", (), "operator", False),
        ("why", ("id",), "", False),
    ],
)
def test_who_becomes_root(reason: str, command: tuple[str, ...], role: str, *, may: bool) -> None:
    assert (as_root.refusal(reason, command, role) == "") is may


def test_an_address_is_read_from_the_kernels_words() -> None:
    assert door._address("0100007F") == "127.0.0.1"
    assert door._address("0000000000000000FFFF00000A00000A") == "10.0.0.10"


# -- the break-glass key

GLASS_KEY = "AGE-SECRET-KEY-1OFATEST"


def glass(where: Places, key: str = GLASS_KEY) -> None:
    """The machine was told of the break-glass authority, and hears nothing any more."""
    blob = base64.b64decode(entry.public_of(key).split()[1])
    tell(where, glass=reading.fingerprint(blob))
    where.lease.unlink(missing_ok=True)


def come(where: Places, user: str = "break-glass", key: str = GLASS_KEY, **changed: Any) -> tuple[str, str]:
    facts: dict[str, Any] = {"name": "Alix", "machines": ["web1"], "seconds": 3600, **changed}
    return door.answer(user, entry.signed(key, **facts).certificate.split()[1], os.getpid(), where)


def test_the_break_glass_authority_opens_its_user_without_a_lease(where: Places) -> None:
    glass(where)
    line, why = come(where)
    assert (line.endswith(" break-glass:root@web1"), why) == (True, "")
    assert places.read(where.comings / str(os.getpid()))["name"] == "Alix"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"seconds": -1}, "time is over"),
        ({"seconds": 9 * 3600}, "too long"),
        ({"machines": ["web2"]}, "for another machine"),
        ({"role": "king"}, "not one of ours"),
        ({"name": " "}, "not one of ours"),
        ({"user": "v_ada"}, "does not open v_ada"),
        ({"user": "root"}, "does not open root"),
        ({"key": "AGE-SECRET-KEY-1ANOTHER"}, "has not said lately"),
    ],
)
def test_the_break_glass_authority_opens_nothing_else(where: Places, changed: dict[str, Any], why: str) -> None:
    glass(where)
    line, said = come(where, **changed)
    assert (line, why in said) == ("", True), said


def test_an_authority_that_was_replaced_opens_nothing(where: Places) -> None:
    glass(where, "AGE-SECRET-KEY-1THENEWONE")
    lease(where)
    assert come(where)[0] == ""


def test_the_managers_authority_does_not_open_the_user_of_break_glass(where: Places) -> None:
    glass(where)
    lease(where)
    key_id, principal = f"break-glass/root/{SERIAL}", "break-glass:root@web1"
    assert "does not open break-glass" in answer(where, "break-glass", key_id=key_id, principal=principal)[1]
    assert answer(where)[1] == ""


def test_a_session_by_break_glass_is_kept_until_the_manager_has_heard(where: Places) -> None:
    glass(where)
    word = places.read(where.word)
    coming(where, login="break-glass", authority=word["glass"], name="Alix")
    session = enter.begin(os.getpid(), "break-glass", "ls", where)
    assert session is not None
    enter.keep_use(session, where)
    watch = SshWatch(Machine(Config("web1", ("web",)), Paths(where.root)), SimpleNamespace(answers={}))  # type: ignore[arg-type]
    [use] = watch.glass_uses()
    assert (use.name, use.id, use.command) == ("Alix", session["id"], "ls")
    watch.glass_heard("../../word")
    assert watch.glass_uses() == [use]
    watch.glass_heard(use.id)
    assert watch.glass_uses() == []


def test_no_session_once_the_authority_was_replaced(where: Places) -> None:
    glass(where)
    coming(where, login="break-glass", authority="SHA256:former", name="Alix")
    assert enter.begin(os.getpid(), "break-glass", "ls", where) is None
