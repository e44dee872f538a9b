"""Instances of the lab: made, taken down, and what is left of them."""

import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from essaim.lab import Lab
from essaim.lab.errors import AlreadyRunning, Busy
from tests.lab.conftest import INSTANCE
from tests.lab.outer import outer_network, starts, traces, unused_port
from tests.lab.whole import quickest

SCRATCH = f"{INSTANCE}scratch"


@pytest.fixture
def scratch() -> Iterator[Lab]:
    lab = Lab(SCRATCH)
    lab.reset()
    yield lab
    lab.reset()


def test_an_instance_that_runs_is_not_started_again(lab: Lab) -> None:
    with pytest.raises(AlreadyRunning, match=f"The instance {lab.instance} is up"):
        lab.up()


def test_nothing_is_left_and_the_outer_network_is_not_touched(scratch: Lab) -> None:
    network = outer_network()
    scratch.up(["web1", "outside1"])
    scratch.forward(unused_port(), "web1", 80)
    lingering = subprocess.Popen(scratch.outside_argv("web1", ["sleep", "600"]))
    assert outer_network() == network
    assert all(traces(SCRATCH)[what] for what in ("mounts", "loops", "namespaces", "processes"))

    scratch.down()

    lingering.wait(timeout=60)
    assert {what: found for what, found in traces(SCRATCH).items() if found} == {}
    assert scratch.status().forwards == []
    assert outer_network() == network


def test_disks_survive_down_and_not_reset(scratch: Lab) -> None:
    web = scratch.machine("web1")
    scratch.up(["web1"])
    web.write_file("/srv/essaim/accounts/kept", b"kept")
    scratch.down()

    scratch.up(["web1"])
    assert web.read_file("/srv/essaim/accounts/kept") == b"kept"
    scratch.reset()
    assert not scratch.paths.home.exists()

    scratch.up(["web1"])
    assert web.run(["test", "-e", "/srv/essaim/accounts/kept"], check=False).returncode == 1


def test_a_machine_can_be_added(scratch: Lab) -> None:
    scratch.up(["outside1"])

    web2 = scratch.add("web2")

    assert web2.address4 == "10.77.0.11"
    web2.run(["ping", "-c1", "-W20", "outside1.lab.test"])


def test_a_machine_that_is_lost_comes_back_empty(scratch: Lab) -> None:
    scratch.up(["web1", "outside1"])
    web, outside = scratch.machine("web1"), scratch.machine("outside1")
    for machine in (web, outside):
        machine.write_file("/etc/kept", b"kept")
    web.write_file("/srv/essaim/accounts/kept", b"kept")

    scratch.rebuild("web1")

    for path in ("/etc/kept", "/srv/essaim/accounts/kept"):
        assert web.run(["test", "-e", path], check=False).returncode == 1, path
    assert outside.read_file("/etc/kept") == b"kept"
    outside.run(["ping", "-c1", "-W20", "web1.lab.test"])


@pytest.mark.parametrize("at", ["Preparing", "Booting"])
def test_an_instance_whose_start_was_killed_can_be_taken_down(scratch: Lab, at: str) -> None:
    script = f"from essaim.lab import Lab; Lab('{SCRATCH}').up(progress=lambda step, part: print(step, flush=True))"
    with starts(script) as starting:
        assert starting.stdout is not None
        next(line for line in starting.stdout if line.startswith(at))
        starting.send_signal(signal.SIGKILL)

    scratch.down()

    assert {what: found for what, found in traces(SCRATCH).items() if found} == {}


def test_an_instance_that_vanished_from_the_disk_is_still_taken_down(scratch: Lab) -> None:
    scratch.up(["outside1"])
    scratch.paths.home.rename(scratch.paths.home.with_name("elsewhere"))
    try:
        scratch.down()
        assert traces(SCRATCH)["processes"] == []
        assert traces(SCRATCH)["namespaces"] == []
    finally:
        scratch.paths.home.with_name("elsewhere").rename(scratch.paths.home)


def test_two_at_once_do_not_mix(scratch: Lab) -> None:
    script = f"from essaim.lab import Lab; Lab('{SCRATCH}').up(['web1'], progress=lambda step, part: print(step, flush=True))"
    with starts(script) as starting:
        assert starting.stdout is not None
        next(line for line in starting.stdout if line.startswith("Preparing"))
        with pytest.raises(Busy, match="Another process"):
            scratch.down()
        starting.stdout.read()
    assert starting.returncode == 0


def test_three_machines_boot_within_eight_seconds(scratch: Lab) -> None:
    def boot() -> float:
        scratch.reset()
        started = time.monotonic()
        scratch.up()
        return time.monotonic() - started

    assert quickest(boot, under=8) < 8
