"""One systemd call a batch; a unit that refuses fails the wishes that asked for it, and no other."""

from pathlib import Path
from typing import Any, ClassVar, cast

from essaim.agent.lane import Lane
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, Resource
from essaim.agent.store import Wish
from essaim.contract import encode
from tests.unit.agent.running import FileKind, QuietPrograms, machine, site


class UnitKind(FileKind):
    """Asks for one unit a site."""

    kind: ClassVar[str] = "site"

    def apply(self, spec: Any, revision: int, machine: Machine) -> Applied:
        machine.systemd.queue_start(f"{spec.fqdn}.socket")
        return Applied()


def lane(kind: FileKind, web: Machine) -> Lane:
    return Lane({"site": cast("Resource", kind)}, web)


def wishes(*names: str) -> list[Wish]:
    return [Wish("site", name, 1, encode(site(name)), erase=False) for name in names]


def test_units_of_a_batch_are_started_together(tmp_path: Path) -> None:
    web = machine(tmp_path)
    verdicts = lane(UnitKind(), web).apply(wishes("a.test", "b.test"))
    assert cast("QuietPrograms", web.run).asked == [("systemctl", "start", "a.test.socket", "b.test.socket")]
    assert [verdict.result.state for verdict in verdicts] == ["applied", "applied"]


def test_a_unit_that_refuses_fails_its_own_wish_only(tmp_path: Path) -> None:
    web = machine(tmp_path)
    cast("QuietPrograms", web.run).refuses = lambda words: "b.test.socket" in words
    verdicts = lane(UnitKind(), web).apply(wishes("a.test", "b.test"))
    assert [verdict.result.state for verdict in verdicts] == ["applied", "waiting"]
    assert verdicts[1].report is not None
    assert verdicts[1].report.code == "systemd.refused"


def test_a_batch_that_asks_for_no_unit_starts_no_program(tmp_path: Path) -> None:
    web = machine(tmp_path)
    lane(FileKind(), web).apply(wishes("a.test"))
    assert cast("QuietPrograms", web.run).asked == []
