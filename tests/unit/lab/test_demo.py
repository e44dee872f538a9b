"""What the demo says of itself, and that its check leaves nothing behind; its machines are the lab tests' concern."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from essaim.cli.demo import demo as command
from essaim.lab import Lab, demo
from essaim.lab.errors import LabError
from essaim.lab.instance import InstanceStatus, MachineStatus

ADDRESS = "http://127.0.0.1:8123"


@pytest.fixture
def started_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], Result]:
    """`sudo ./essaim demo`, typed while the demo's machines run."""
    running = InstanceStatus(
        "demo", [MachineStatus("manager1", is_running=True, address4="10.0.0.1", address6="fd00::1")], []
    )
    monkeypatch.setattr(Lab, "status", lambda _self: running)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("ESSAIM_LAB_DIR", str(tmp_path))
    return lambda: CliRunner().invoke(command, [])


def test_a_demo_that_runs_says_where_to_sign_in_and_how_it_ends(started_again: Callable[[], Result]) -> None:
    profile = demo.Demo().platform.profile
    profile.parent.mkdir(parents=True)
    profile.write_text(json.dumps({"url": ADDRESS, "email": "a@example.test", "password": "p", "token": "t"}))

    told = started_again()

    assert told.exit_code == 1
    assert told.output.startswith(f"The demo is running already at {ADDRESS}.\n")
    assert "sudo ./essaim demo --status" in told.output
    assert "sudo ./essaim demo --stop" in told.output


def test_a_demo_that_is_half_made_says_so(started_again: Callable[[], Result]) -> None:
    told = started_again()

    assert told.exit_code == 1
    assert "being made" in told.output


class Manager:
    """A platform whose sites never become live, and what it was asked for."""

    def __init__(self, *, is_away: bool = False, wrong: type[BaseException] = LabError) -> None:
        self.asked: list[str] = []
        self.api = self
        self._is_away, self._wrong = is_away, wrong

    def order_site(self, _account: str, name: str) -> None:
        self.asked.append(f"order {name}")

    def wait_live(self, _name: str, **_how: Any) -> None:
        raise self._wrong("not live")

    def post(self, path: str, _body: dict[str, Any] | None = None) -> None:
        if self._is_away:
            raise LabError("away")
        self.asked.append(path)


@pytest.mark.parametrize("wrong", [LabError, KeyboardInterrupt])
def test_a_check_that_fails_erases_its_site(wrong: type[BaseException]) -> None:
    manager = Manager(wrong=wrong)

    with pytest.raises(wrong, match="not live"):
        demo.check(cast("demo.Demo", SimpleNamespace(platform=manager)), lambda _step: None)

    name = manager.asked[0].removeprefix("order ")
    assert name.startswith("essai-")
    assert manager.asked[1:] == [f"/sites/{name}/close", f"/sites/{name}/erase"]


def test_a_check_that_cannot_erase_says_what_went_wrong_first() -> None:
    with pytest.raises(LabError, match="not live"):
        demo.check(cast("demo.Demo", SimpleNamespace(platform=Manager(is_away=True))), lambda _step: None)
