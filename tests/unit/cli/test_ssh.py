"""What `essaim ssh` starts ssh with."""

from pathlib import Path

import click
import pytest

from essaim.cli.errors import CommandError
from essaim.cli.ssh import Duration, arguments

DOOR = {"name": "web1", "address4": None, "address6": "2001:db8::1"}
GIVEN = {"login": "v_ada", "doors": [DOOR]}


def test_ssh_believes_one_authority_and_asks_nothing(tmp_path: Path) -> None:
    words = arguments(GIVEN, tmp_path, "web1", command=("id", "-un"))
    assert "StrictHostKeyChecking=yes" in words
    assert "HostKeyAlias=web1" in words
    assert "GlobalKnownHostsFile=/dev/null" in words
    assert words[:3] == ["ssh", "-F", "none"]
    assert words[-5:] == ["-l", "v_ada", "2001:db8::1", "id", "-un"]


def test_a_machine_without_an_address_is_told_so(tmp_path: Path) -> None:
    given = {**GIVEN, "doors": [{**DOOR, "address6": None}]}
    with pytest.raises(CommandError):
        arguments(given, tmp_path, "web1")
    assert "192.0.2.7" in arguments(given, tmp_path, "web1", address="192.0.2.7")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("8h", 28800)])
def test_durations(text: str, seconds: int) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "1", "1d", "-1h", "1h30m", "9999999h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Duration().convert(text, None, None)
