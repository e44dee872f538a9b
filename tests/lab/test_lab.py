"""The lab itself, on real machines: what it promises to the demo, the tests and the benchmarks."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from essaim.lab import Lab, LabError, Machine, authority, image, mishaps, processes
from essaim.lab.errors import AlreadyRunning, Busy, NotReady, NotRunning, ProgramFailed
from essaim.lab.paths import CHECKOUT

ACME = "https://acme.lab.test"


@pytest.fixture
def web(lab: Lab) -> Iterator[Machine]:
    machine = lab.machine("web1")
    yield machine
    machine.start()
    machine.wait_until_booted()


@pytest.fixture
def scratch() -> Iterator[Lab]:
    lab = Lab("scratch")
    lab.reset()
    yield lab
    lab.reset()


def out(machine: Machine, *argv: str) -> str:
    return machine.run(argv, check=False).stdout.decode().strip()


def addresses(machine: Machine, name: str) -> set[str]:
    return {line.split()[0] for line in out(machine, "getent", "ahosts", name).splitlines()}


def soon(happened: Callable[[], bool], *, seconds: float = 5) -> bool:
    return processes.wait_until(happened, seconds=seconds)


def traces(instance: str) -> dict[str, list[str]]:
    """All that an instance may leave in the kernel and in the system's directories."""
    mark = f"essaim-{instance}-"
    home = str(Lab(instance).paths.home)
    cgroup = subprocess.run(
        ["find", "/sys/fs/cgroup", "-name", f"{mark}*"], capture_output=True, text=True, check=False
    )
    return {
        "mounts": [m for m in Path("/proc/self/mountinfo").read_text().splitlines() if home in m or mark in m],
        "loops": [loop for loop in run("losetup", "--all", "--noheadings").splitlines() if home in loop],
        "namespaces": [name for name in run("ip", "netns").splitlines() if mark in name],
        "settings": [str(path) for path in Path("/etc").glob(f"netns/{mark}*")],
        "groups": cgroup.stdout.split(),
        "runtime": [str(path) for path in Path("/run/systemd/nspawn").glob(f"*/{mark}*")],
        "processes": [
            " ".join(processes.arguments(pid)) for pid in processes.find(lambda argv: mark in " ".join(argv))
        ],
    }


def run(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def starts(script: str) -> "subprocess.Popen[str]":
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT / "src")}
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=env)


def outer_network() -> str:
    rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=False).stdout
    return run("ip", "-oneline", "link") + run("ip", "route") + run("ip", "-6", "route") + rules


@pytest.mark.parametrize("name", ["manager1", "web1", "outside1"])
def test_a_machine_boots_with_nothing_failed(lab: Lab, name: str) -> None:
    assert lab.machine(name).wait_until_booted() == "running", lab.machine(name).describe_failures()


@pytest.mark.parametrize("family", ["-4", "-6"])
def test_machines_reach_each_other_over_both_families(lab: Lab, family: str) -> None:
    lab.machine("web1").run(["ping", family, "-c1", "-W2", "manager1.lab.test"])


def test_no_daemon_runs_that_no_role_wants(lab: Lab) -> None:
    units = out(lab.machine("web1"), "systemctl", "list-units", "--state=running", "--no-legend", "--plain")

    assert not {"nginx.service", "php8.2-fpm.service", "nats-server.service", "unbound.service"} & set(units.split())


def test_the_code_is_there_and_cannot_be_written(lab: Lab) -> None:
    web = lab.machine("web1")
    python = ["env", "PYTHONPATH=/opt/essaim/src:/opt/essaim/lib", "/usr/bin/python3", "-c"]

    web.run([*python, "import essaim.contract, nats, cryptography, acme"])
    assert web.run([*python, "import essaim.manager"], check=False).returncode != 0
    assert web.run(["touch", "/opt/essaim/src/essaim/agent/x"], check=False).returncode != 0
    lab.machine("manager1").run([*python, "import django, essaim.manager, essaim.bus"])


def test_an_account_cannot_pass_its_quota(lab: Lab) -> None:
    commands = "set -e; cd /srv/essaim/accounts; btrfs subvolume create quota; btrfs qgroup limit 4M quota; dd if=/dev/zero of=quota/f bs=1M count=16"
    # As a service, so that the rights are those an agent has and not those of the outer root.
    done = lab.machine("web1").run(["systemd-run", "--quiet", "--pipe", "--wait", "sh", "-c", commands], check=False)
    lab.machine("web1").run(["btrfs", "subvolume", "delete", "/srv/essaim/accounts/quota"])

    assert done.returncode != 0
    assert b"Disk quota exceeded" in done.stderr


def test_every_test_name_leads_to_the_web_machine(lab: Lab) -> None:
    assert addresses(lab.machine("outside1"), "any.thing.test") == {"10.77.0.10", "fd77:e55a::10"}


@pytest.mark.parametrize("name", ["manager1", "web1", "outside1"])
def test_a_machine_has_a_name_of_its_own(lab: Lab, name: str) -> None:
    machine = lab.machine(name)

    assert addresses(lab.machine("outside1"), f"{name}.lab.test") == {machine.address4, machine.address6}


def test_a_name_outside_the_lab_is_refused_at_once(lab: Lab) -> None:
    started = time.monotonic()

    assert addresses(lab.machine("web1"), "debian.org") == set()
    assert time.monotonic() - started < 1


def test_a_name_can_be_set_and_its_neighbours_keep_theirs(lab: Lab) -> None:
    web = lab.machine("web1")
    lab.resolver.set("one.moved.test", a=["10.77.0.99"])

    assert addresses(web, "one.moved.test") == {"10.77.0.99"}
    for name in ("moved.test", "two.moved.test", "www.one.moved.test"):
        assert addresses(web, name) == {"10.77.0.10", "fd77:e55a::10"}, name

    lab.resolver.clear("one.moved.test")
    assert addresses(web, "one.moved.test") == {"10.77.0.10", "fd77:e55a::10"}


def test_a_name_can_have_no_address(lab: Lab) -> None:
    lab.resolver.set("nowhere.test")

    assert addresses(lab.machine("web1"), "nowhere.test") == set()
    lab.resolver.clear()
    assert addresses(lab.machine("web1"), "nowhere.test")


def test_machines_trust_the_acme_server(lab: Lab) -> None:
    assert "newNonce" in out(lab.machine("web1"), "curl", "--silent", f"{ACME}:14000/dir")


def test_the_prober_gets_the_issuing_root_after_each_start(lab: Lab) -> None:
    outside = lab.machine("outside1")
    before = outside.read_file("/etc/essaim/prober-ca.pem")

    outside.run(["systemctl", "restart", "essaim-lab-acme.service"])

    after = outside.read_file("/etc/essaim/prober-ca.pem")
    assert after != before
    new = outside.run(["curl", "--silent", f"{ACME}:15000/roots/0"]).stdout
    assert new.strip() in after
    assert before in after


def test_a_program_inside_has_a_clean_environment(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKED", "1")

    assert "LEAKED" not in out(lab.machine("web1"), "env")


def test_a_program_that_fails_says_what_it_wrote(lab: Lab) -> None:
    with pytest.raises(ProgramFailed, match=r"ls /nowhere in web1 ended with 2: .*No such file"):
        lab.machine("web1").run(["ls", "/nowhere"])


def test_a_program_that_takes_too_long_is_ended_inside(lab: Lab) -> None:
    web = lab.machine("web1")

    with pytest.raises(ProgramFailed, match=r"did not end within 0\.3 seconds"):
        web.run(["sleep", "4242"], timeout=0.3)

    assert soon(lambda: web.run(["pgrep", "--full", "sleep 4242"], check=False).returncode != 0)


def test_a_program_inside_can_be_talked_to(lab: Lab) -> None:
    with lab.machine("web1").popen(["cat"]) as cat:
        assert cat.communicate(b"bonjour", timeout=10)[0] == b"bonjour"


def test_a_file_is_written_with_its_mode_and_owner(lab: Lab) -> None:
    web = lab.machine("web1")

    web.write_file("/srv/new/place/file", b"\0content", mode=0o640, owner="root:www-data")

    assert web.read_file("/srv/new/place/file") == b"\0content"
    assert out(web, "stat", "--format=%a %U %G", "/srv/new/place/file") == "640 root www-data"
    assert out(web, "ls", "-A", "/srv/new/place") == "file"


def test_a_clean_power_off_lets_services_stop(web: Machine) -> None:
    stop = ["--property=RemainAfterExit=yes", "--property=ExecStop=/usr/bin/touch /var/stopped-cleanly"]
    web.run(["systemd-run", "--quiet", "--unit=witness", *stop, "true"])

    web.power_off()

    assert not web.is_running
    assert web.read_file("/var/stopped-cleanly") == b""


def test_a_machine_that_lost_its_power_starts_again_with_its_files(web: Machine) -> None:
    web.write_file("/srv/kept", b"kept")
    stop = ["--property=RemainAfterExit=yes", "--property=ExecStop=/usr/bin/touch /var/was-told"]
    web.run(["systemd-run", "--quiet", "--unit=victim", *stop, "true"])

    web.kill()
    assert not web.is_running
    with pytest.raises(NotRunning):
        web.run(["true"])
    web.start()
    web.wait_until_booted()

    assert web.read_file("/srv/kept") == b"kept"
    assert web.run(["test", "-e", "/var/was-told"], check=False).returncode == 1


def test_a_machine_reboots(web: Machine) -> None:
    before = out(web, "cat", "/proc/1/stat").split()[21]

    web.reboot()

    assert out(web, "cat", "/proc/1/stat").split()[21] != before


def test_a_file_can_be_written_while_the_machine_is_off(web: Machine) -> None:
    web.power_off()

    web.write_file("/etc/written-off", b"x")

    assert web.read_file("/etc/written-off") == b"x"


def test_an_outer_program_sees_the_lab_and_its_names(lab: Lab) -> None:
    trusted = str(image.authority_dir(lab.paths.image_note.read_text()) / "ca.pem")

    for family in ("--ipv4", "--ipv6"):
        done = lab.outside_exec("outside1", ["curl", "--silent", family, "--cacert", trusted, f"{ACME}:14000/dir"])
        assert b"newNonce" in done.stdout
    assert authority.ACME_NAME not in Path("/etc/resolv.conf").read_text()


def test_an_outer_program_does_not_hold_the_machines_disks(lab: Lab) -> None:
    points = [
        line.split()[4]
        for line in lab.outside_exec("outside1", ["cat", "/proc/self/mountinfo"]).stdout.decode().splitlines()
    ]

    assert [point for point in points if Path(point).is_relative_to(lab.paths.home)] == []


def test_a_port_of_the_loopback_leads_into_a_machine(lab: Lab) -> None:
    manager = lab.machine("manager1")
    manager.run(["systemd-run", "--quiet", "--collect", "--unit=pages", "python3", "-m", "http.server", "8123"])
    assert soon(lambda: manager.run(["curl", "--silent", "http://127.0.0.1:8123"], check=False).returncode == 0)
    port = unused_port()

    forward = lab.forward(port, "manager1", 8123)

    assert httpx.get(forward.address, timeout=5, trust_env=False).status_code == 200
    assert forward in lab.status().forwards
    with pytest.raises(LabError, match="already"):
        lab.forward(port, "manager1", 8123)


def test_a_taken_port_is_refused(lab: Lab) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(NotReady, match=f"Port {port} is taken"):
            lab.forward(port, "manager1", 80)


def test_an_instance_that_runs_is_not_started_again(lab: Lab) -> None:
    with pytest.raises(AlreadyRunning, match=f"The instance {lab.instance} is up"):
        lab.up()


def test_nothing_is_left_and_the_outer_network_is_not_touched(scratch: Lab) -> None:
    network = outer_network()
    scratch.up(["web1", "outside1"])
    scratch.forward(unused_port(), "web1", 80)
    lingering = subprocess.Popen(scratch.outside_argv("web1", ["sleep", "600"]))
    assert outer_network() == network
    assert all(traces("scratch")[what] for what in ("mounts", "loops", "namespaces", "processes"))

    scratch.down()

    lingering.wait(timeout=5)
    assert {what: found for what, found in traces("scratch").items() if found} == {}
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
    web2.run(["ping", "-c1", "-W2", "outside1.lab.test"])


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
    outside.run(["ping", "-c1", "-W2", "web1.lab.test"])


def test_a_clock_jumps_for_one_service_alone(web: Machine) -> None:
    web.write_file("/run/ticking.py", CLOCK)
    web.write_file("/run/systemd/system/ticking.service", b"[Service]\nExecStart=/usr/bin/python3 /run/ticking.py\n")
    web.run(["systemctl", "daemon-reload"])

    with mishaps.own_clock(web, "ticking") as clock:
        clock.set(timedelta(days=-1))
        assert soon(lambda: abs(seen_time(web) + 86_400 - time.time()) < 5)
        assert abs(float(out(web, "date", "+%s")) - time.time()) < 5
        clock.set(timedelta(hours=2))
        assert soon(lambda: abs(seen_time(web) - 7200 - time.time()) < 5)

    assert soon(lambda: abs(seen_time(web) - time.time()) < 5)
    web.run(["systemctl", "stop", "ticking"])


CLOCK = b"""import os, time
while True:
    time.sleep(0.01)
    with open("/run/ticking.new", "w") as file:
        file.write(str(time.time()))
    os.rename("/run/ticking.new", "/run/ticking")
"""


def seen_time(machine: Machine) -> float:
    return float(out(machine, "cat", "/run/ticking") or 0)


def test_a_full_disk_takes_no_content_until_it_has_room_again(web: Machine) -> None:
    write = ["sh", "-c", "head -c 5000 /dev/zero >/srv/essaim/accounts/page"]
    web.run(["touch", "/srv/essaim/accounts/before"])

    with mishaps.full_disk(web):
        assert b"No space left" in web.run(write, check=False).stderr

    web.run(write)
    web.run(["rm", "/srv/essaim/accounts/before", "/srv/essaim/accounts/page"])


@pytest.mark.parametrize("at", ["Preparing", "Booting"])
def test_an_instance_whose_start_was_killed_can_be_taken_down(scratch: Lab, at: str) -> None:
    script = "from essaim.lab import Lab; Lab('scratch').up(progress=lambda step, part: print(step, flush=True))"
    with starts(script) as starting:
        assert starting.stdout is not None
        next(line for line in starting.stdout if line.startswith(at))
        starting.send_signal(signal.SIGKILL)

    scratch.down()

    assert {what: found for what, found in traces("scratch").items() if found} == {}


def test_an_instance_that_vanished_from_the_disk_is_still_taken_down(scratch: Lab) -> None:
    scratch.up(["outside1"])
    scratch.paths.home.rename(scratch.paths.home.with_name("elsewhere"))
    try:
        scratch.down()
        assert traces("scratch")["processes"] == []
        assert traces("scratch")["namespaces"] == []
    finally:
        scratch.paths.home.with_name("elsewhere").rename(scratch.paths.home)


def test_two_at_once_do_not_mix(scratch: Lab) -> None:
    script = (
        "from essaim.lab import Lab; Lab('scratch').up(['web1'], progress=lambda step, part: print(step, flush=True))"
    )
    with starts(script) as starting:
        assert starting.stdout is not None
        next(line for line in starting.stdout if line.startswith("Preparing"))
        with pytest.raises(Busy, match="Another process"):
            scratch.down()
        starting.stdout.read()
    assert starting.returncode == 0


def test_three_machines_boot_within_eight_seconds(scratch: Lab) -> None:
    started = time.monotonic()

    scratch.up()

    assert time.monotonic() - started < 8


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
