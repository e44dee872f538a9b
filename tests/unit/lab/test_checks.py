"""Refusals before anything is touched: each a sentence, and what to do."""

import os
import platform
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from essaim.agent.engines import archives
from essaim.lab import checks, deploy, host_packages, image
from essaim.lab.errors import NotReady

GIB = 2**30


def test_someone_else_than_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(NotReady, match="needs root") as refusal:
        checks.root()
    assert "sudo" in refusal.value.hint


def test_another_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"ID": "debian", "VERSION_ID": "11", "PRETTY_NAME": "Debian GNU/Linux 11 (bullseye)"}
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: found)

    with pytest.raises(NotReady, match=r"This is Debian GNU/Linux 11 \(bullseye\)"):
        checks.release()


@pytest.mark.parametrize("version", ["12", "13"])
def test_debian_12_and_13_are_accepted(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "debian", "VERSION_ID": version})

    checks.release()


def test_a_full_disk_is_told_with_both_sizes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ESSAIM_LAB_DIR", str(tmp_path / "not/yet/made"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: SimpleNamespace(free=1.5 * GIB))

    with pytest.raises(NotReady, match=r"has 1\.5 GB free; the lab needs 3\.0 GB"):
        checks.disk()
    assert not (tmp_path / "not").exists()


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(NotReady, match=f"Port {port} is taken"):
            checks.port_is_free(port)
    checks.port_is_free(port)


@pytest.mark.parametrize(
    ("check", "who"), [(checks.archive, "Debian's archive"), (checks.registry, "The Python package registry")]
)
def test_a_source_of_packages_that_does_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, check: Callable[[], None], who: str
) -> None:
    source = SimpleNamespace(uri="http://archive.example.test/debian", suite="bookworm")
    monkeypatch.setattr(archives, "read", lambda: [source])
    monkeypatch.setattr(checks, "run", lambda _argv, *, check: SimpleNamespace(returncode=int(not check)))

    with pytest.raises(NotReady, match=f"{who} does not answer") as refusal:
        check()
    assert "Check the network" in refusal.value.hint


def test_nothing_is_installed_before_every_question_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = SimpleNamespace(refuse_when_running=lambda: None, status=lambda: SimpleNamespace(forwards=()))
    monkeypatch.setattr(checks, "Lab", lambda _instance: idle)
    for question in ("root", "release", "kernel", "control_groups", "disk", "archive"):
        monkeypatch.setattr(checks, question, lambda: None)
    monkeypatch.setattr(image, "is_built", lambda: False)
    monkeypatch.setattr(deploy, "are_libraries_installed", lambda: False)
    monkeypatch.setattr(host_packages, "missing", lambda: ["btrfs-progs"])
    installed: list[object] = []
    monkeypatch.setattr(host_packages, "install", lambda *words: installed.append(words))
    monkeypatch.setattr(checks, "run", lambda _argv, *, check: SimpleNamespace(returncode=int(not check)))

    with pytest.raises(NotReady, match="registry does not answer"):
        checks.preflight("dev")
    assert installed == []

    monkeypatch.setattr(checks, "run", lambda _argv, *, check: SimpleNamespace(returncode=int(check)))
    checks.preflight("dev")
    assert len(installed) == 1


def test_while_packages_are_installed_no_daemon_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(host_packages, "POLICY", policy)

    with host_packages.no_daemon_starts():
        assert policy.read_text().endswith("exit 101\n")
        assert os.access(policy, os.X_OK)
    assert not policy.exists()


def test_a_policy_that_was_there_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("theirs")
    monkeypatch.setattr(host_packages, "POLICY", policy)

    with host_packages.no_daemon_starts():
        assert policy.read_text() == "theirs"
    assert policy.read_text() == "theirs"
