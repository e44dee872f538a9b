"""`./essaim demo` as a newcomer types it, in an instance of its own: a demo that somebody uses is not disturbed."""

import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from essaim.lab import Lab
from essaim.lab.paths import CHECKOUT
from tests.lab.conftest import INSTANCE
from tests.lab.outer import traces, unused_port
from tests.lab.whole import eventually

NAME = f"{INSTANCE}demo"


def essaim(*words: str, timeout: float = 600) -> "subprocess.CompletedProcess[str]":
    """What somebody types, and what they read."""
    env = {**os.environ, "ESSAIM_DEMO_INSTANCE": NAME}
    argv = [str(CHECKOUT / "essaim"), "demo", *words]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The demo's machines, of which nothing is there before."""
    lab = Lab(NAME)
    lab.reset()
    yield lab
    lab.reset()


@pytest.fixture
def down(lab: Lab) -> Lab:
    lab.down()
    return lab


@pytest.fixture
def up(lab: Lab) -> Lab:
    if not lab.status().is_running:
        started = essaim("--port", str(unused_port()))
        assert started.returncode == 0, started.stderr
    return lab


def test_a_demo_that_is_down_says_how_to_start_it(down: Lab) -> None:
    told = essaim("--status")
    assert told.returncode == 0
    assert "Start it: sudo ./essaim demo" in told.stdout


def test_a_port_that_is_taken_is_told_before_anything_is_touched(down: Lab) -> None:
    was_there = down.paths.home.exists()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = essaim("--port", str(port))
    assert told.returncode == 1
    assert f"Port {port} is taken by another program." in told.stderr
    assert "choose another port" in told.stderr
    assert {what: found for what, found in traces(NAME).items() if found} == {}
    assert down.paths.home.exists() == was_there


def test_somebody_who_is_not_root_is_told(down: Lab) -> None:
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    argv = [*as_nobody, str(CHECKOUT / ".venv/bin/python"), "-m", "essaim.cli", "demo"]
    env = {**os.environ, "ESSAIM_DEMO_INSTANCE": NAME, "PYTHONPATH": str(CHECKOUT / "src")}
    told = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert told.returncode == 1
    assert "sudo" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_demo_that_runs_tells_where_and_is_not_started_twice(up: Lab) -> None:
    address = up.status().forwards[0].address
    told = essaim("--status")
    assert f"Manager: {address}" in told.stdout
    assert told.stdout.count(" runs ") == 3

    again = essaim("--port", str(unused_port()))
    assert again.returncode == 1
    assert f"The demo is running already at {address}." in again.stderr
    assert "demo --stop" in again.stderr
    assert up.status().is_running


def test_the_check_passes_and_prints_each_step_with_its_time(up: Lab) -> None:
    told = essaim("--check")
    assert told.returncode == 0, told.stderr
    assert "The check passed." in told.stdout
    for step in ("ordered through the API", "live: proved from outside over HTTP", "over HTTPS, IPv6", "its story"):
        assert any(step in line and " s " in line for line in told.stdout.splitlines()), told.stdout


def test_stop_leaves_nothing_behind_and_what_the_machines_wrote_is_kept(up: Lab) -> None:
    told = essaim("--stop")
    assert told.returncode == 0, told.stderr
    # A machine of another instance that boots just now holds what was mounted when it began, until it has its own.
    eventually(lambda: not any(traces(NAME).values()), seconds=60)
    assert up.paths.home.exists()
    assert "The demo is off." in essaim("--status").stdout


def test_reset_forgets_the_machines_too(lab: Lab) -> None:
    told = essaim("--reset")
    assert told.returncode == 0, told.stderr
    assert not lab.paths.home.exists()
    assert "never started here" in essaim("--status").stdout
