"""The lab's machines: what they promise to the demo, the tests and the benchmarks."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from essaim.lab import Lab, LabError, Machine, authority, image, mishaps, processes
from essaim.lab.errors import NotReady, NotRunning, ProgramFailed
from tests.lab.outer import unused_port

ACME = "https://acme.lab.test"


@pytest.fixture
def web(lab: Lab) -> Iterator[Machine]:
    machine = lab.machine("web1")
    yield machine
    machine.start()
    machine.wait_until_booted()


def out(machine: Machine, *argv: str) -> str:
    return machine.run(argv, check=False).stdout.decode().strip()


def addresses(machine: Machine, name: str) -> set[str]:
    return {line.split()[0] for line in out(machine, "getent", "ahosts", name).splitlines()}


def soon(happened: Callable[[], bool], *, seconds: float = 60) -> bool:
    return processes.wait_until(happened, seconds=seconds)


@pytest.mark.parametrize("name", ["manager1", "web1", "outside1"])
def test_a_machine_boots_with_nothing_failed(lab: Lab, name: str) -> None:
    assert lab.machine(name).wait_until_booted() == "running", lab.machine(name).describe_failures()


@pytest.mark.parametrize("family", ["-4", "-6"])
def test_machines_reach_each_other_over_both_families(lab: Lab, family: str) -> None:
    lab.machine("web1").run(["ping", family, "-c1", "-W20", "manager1.lab.test"])


def test_no_daemon_runs_that_no_role_wants(lab: Lab) -> None:
    units = out(lab.machine("web1"), "systemctl", "list-units", "--state=running", "--no-legend", "--plain")

    assert not {"nginx.service", "nats-server.service", "unbound.service"} & set(units.split())


def test_the_code_is_there_and_cannot_be_written(lab: Lab) -> None:
    web = lab.machine("web1")
    python = ["env", "PYTHONPATH=/opt/essaim/src:/opt/essaim/lib", "/usr/bin/python3", "-c"]

    web.run([*python, "import essaim.contract, nats, cryptography, acme"])
    assert web.run([*python, "import essaim.manager"], check=False).returncode != 0
    assert web.run(["touch", "/opt/essaim/src/essaim/agent/x"], check=False).returncode != 0
    lab.machine("manager1").run([*python, "import django, essaim.manager, essaim.bus"])


def test_an_account_cannot_pass_its_quota(lab: Lab) -> None:
    home = "/srv/essaim/accounts/full-of-the-lab"
    commands = f"set -e; btrfs subvolume create {home}; btrfs qgroup limit 4M {home}; dd if=/dev/zero of={home}/f bs=1M count=16"
    # As a service, so that the rights are those an agent has and not those of the outer root.
    done = lab.machine("web1").run(["systemd-run", "--quiet", "--pipe", "--wait", "sh", "-c", commands], check=False)
    lab.machine("web1").run(["btrfs", "subvolume", "delete", home])

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
    assert time.monotonic() - started < 4  # a resolver that waits gives up after 5 s


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
        assert cat.communicate(b"bonjour", timeout=60)[0] == b"bonjour"


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
    try:
        assert soon(lambda: manager.run(["curl", "--silent", "http://127.0.0.1:8123"], check=False).returncode == 0)
        port = unused_port()

        forward = lab.forward(port, "manager1", 8123)

        assert httpx.get(forward.address, timeout=60, trust_env=False).status_code == 200
        assert forward in lab.status().forwards
        with pytest.raises(LabError, match="already"):
            lab.forward(port, "manager1", 8123)
    finally:
        manager.run(["systemctl", "stop", "pages"])


def test_a_taken_port_is_refused(lab: Lab) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(NotReady, match=f"Port {port} is taken"):
            lab.forward(port, "manager1", 80)


def test_a_clock_jumps_for_one_service_alone(web: Machine) -> None:
    web.write_file("/run/ticking.py", CLOCK)
    web.write_file("/run/systemd/system/ticking.service", b"[Service]\nExecStart=/usr/bin/python3 /run/ticking.py\n")
    web.run(["systemctl", "daemon-reload"])

    with mishaps.own_clock(web, "ticking") as clock:
        clock.set(timedelta(days=-1))
        assert soon(lambda: abs(seen_time(web) + 86_400 - time.time()) < 600)
        assert abs(float(out(web, "date", "+%s")) - time.time()) < 600
        clock.set(timedelta(hours=2))
        assert soon(lambda: abs(seen_time(web) - 7200 - time.time()) < 600)

    assert soon(lambda: abs(seen_time(web) - time.time()) < 600)
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
