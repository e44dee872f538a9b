"""The directories of the log: who may read what, and that the operator's settings stay theirs."""

import os
from pathlib import Path

import pytest

from essaim.agent.engines import weblogs
from essaim.agent.machine import Machine
from essaim.contract import Fqdn, Login
from tests.unit.agent.running import web_machine


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    made = web_machine(tmp_path)
    made.paths.logs.parent.mkdir(parents=True, exist_ok=True)
    return made


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others")
def test_what_there_is_can_be_read_by_whom_it_is_for(web: Machine) -> None:
    raw = web.paths.root / "var/log/essaim/web"
    raw.mkdir(parents=True)
    (raw / "access.log").touch(mode=0o644)  # as `nginx -t` makes it
    weblogs.prepare(web)
    weblogs.prepare(web)
    assert (mode(raw), mode(raw / "kept")) == (0o2751, 0o700)
    assert (mode(raw / "access.log"), mode(raw / "error.log")) == (0o640, 0o640)
    assert mode(web.paths.logs) == 0o711
    assert mode(web.paths.logs / "alice") == 0o2750
    assert (web.paths.logs / "alice").stat().st_gid == (web.paths.accounts / "alice").stat().st_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others")
def test_the_operators_term_is_not_written_over(web: Machine) -> None:
    weblogs.prepare(web)
    settings = web.paths.etc / "logs.env"
    assert "\nLOGS_LAW_DAYS=365\n" in settings.read_text()
    settings.write_text("LOGS_LAW_DAYS=180\n")
    weblogs.prepare(web)
    assert settings.read_text() == "LOGS_LAW_DAYS=180\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others")
def test_what_was_logged_goes_with_the_site_and_with_the_account(web: Machine) -> None:
    weblogs.prepare(web)
    weblogs.open_for(Login("alice"), 20_001, web)
    assert weblogs.is_open_for(Login("alice"), 20_001, web)
    assert not weblogs.is_open_for(Login("alice"), 20_002, web)
    site = web.paths.logs / "alice" / "a.example.test"
    site.mkdir()
    weblogs.forget(Login("alice"), web, fqdn=Fqdn("a.example.test"))
    assert not site.exists()
    weblogs.forget(Login("alice"), web)
    assert not weblogs.is_open_for(Login("alice"), 20_001, web)
