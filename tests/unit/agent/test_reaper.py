"""Which PHP is put to sleep."""

from pathlib import Path
from typing import cast

from essaim.agent import reaper
from essaim.agent.reaper import Reaper
from tests.unit.agent.running import QuietPrograms, machine

UNIT = "essaim-php@alice.service"


def group(root: Path, *, processes: int, used: int) -> None:
    place = root / reaper.GROUPS / "essaim-accounts-u20001.slice" / UNIT
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
