"""Which PHP is put to sleep, and which is put away."""

from pathlib import Path
from typing import cast

from essaim.agent import reaper
from essaim.agent.engines import php
from essaim.agent.machine import Machine, Paths
from essaim.agent.reaper import Reaper
from essaim.contract import Login
from tests.unit.agent.running import QuietPrograms, machine

UNIT = "essaim-php-8.2@alice.service"
SOCKET = "essaim-php-8.2@alice.socket"


def group(root: Path, *, processes: int, used: int) -> None:
    place = Paths(root).account_groups / "essaim-accounts-u20001.slice" / UNIT
    place.mkdir(parents=True, exist_ok=True)
    (place / "cgroup.procs").write_text("".join(f"{n}\n" for n in range(processes)))
    (place / "cpu.stat").write_text(f"usage_usec {used}\nuser_usec 0\n")


def test_a_master_that_is_alone_and_still_for_ten_looks_is_stopped_once(tmp_path: Path) -> None:
    web = machine(tmp_path)
    one = Reaper(web)
    group(tmp_path, processes=1, used=5000)
    looks = [one.look() for _ in range(reaper.LOOKS)]
    assert looks == [[]] * (reaper.LOOKS - 1) + [[UNIT]]
    assert cast("QuietPrograms", web.run).asked == [("systemctl", "stop", UNIT)]


def test_one_that_works_or_has_workers_goes_on(tmp_path: Path) -> None:
    one = Reaper(machine(tmp_path))
    for look in range(3 * reaper.LOOKS):
        group(tmp_path, processes=1, used=look * 10_000_000)
        assert one.look() == []
    for _ in range(3 * reaper.LOOKS):
        group(tmp_path, processes=2, used=0)
        assert one.look() == []


def unneeded(web: Machine) -> None:
    """A socket that listens, and no link that says it should."""
    web.paths.php_sockets.mkdir(parents=True, exist_ok=True)
    php.socket_path(Login("alice"), "8.2", web.paths).touch()


def test_a_socket_without_sites_goes_at_the_second_look(tmp_path: Path) -> None:
    web = machine(tmp_path)
    one = Reaper(web)
    unneeded(web)
    assert [one.put_away(), one.put_away()] == [[], [SOCKET]]
    assert cast("QuietPrograms", web.run).asked == [("systemctl", "stop", SOCKET, UNIT)]


def test_a_socket_without_sites_stays_while_its_php_has_workers(tmp_path: Path) -> None:
    one = Reaper(machine(tmp_path))
    unneeded(one._machine)
    group(tmp_path, processes=2, used=0)
    assert [one.put_away() for _ in range(3)] == [[], [], []]
    group(tmp_path, processes=1, used=0)
    assert one.put_away() == [SOCKET]


def test_a_socket_with_sites_stays(tmp_path: Path) -> None:
    web = machine(tmp_path)
    one = Reaper(web)
    unneeded(web)
    link = php.wants_link(Login("alice"), "8.2", web.paths)
    link.parent.mkdir(parents=True)
    assert one.put_away() == []
    link.symlink_to("unit")  # a site came back to this version
    assert [one.put_away(), one.put_away()] == [[], []]
