"""From a message to its report, and what happens when things go wrong on the way."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from essaim.agent import telling
from essaim.agent.errors import PermanentError, TemporaryError
from essaim.agent.loop import Agent
from essaim.agent.store import Store
from essaim.contract import Hello, Inventory, decode
from tests.unit.agent.running import FileKind, ListBus, SlowKind, agent, eventually, removal, wanted


def known(one: Agent) -> dict[str, int]:
    return {wish.key: wish.revision for wish in one.store.known_after(("", ""), 99)}


def test_a_wish_is_applied_acknowledged_and_reported(tmp_path: Path) -> None:
    async def scene() -> None:
        async with agent(tmp_path, FileKind()) as (_, bus):
            (delivery,) = bus.put(wanted())
            (report,) = await bus.answer(1)
            assert (report.outcome, report.key, report.revision) == ("applied", "a.example.test", 1)
            assert report.facts == {"revision": 1}
            assert delivery.is_acked

    asyncio.run(scene())
    assert (tmp_path / "a.example.test").exists()


def test_a_removal_is_applied_too(tmp_path: Path) -> None:
    async def scene() -> None:
        async with agent(tmp_path, FileKind()) as (_, bus):
            bus.put(wanted())
            await bus.answer(1)
            bus.put(removal())
            assert (await bus.answer(2))[1].outcome == "applied"

    asyncio.run(scene())
    assert not (tmp_path / "a.example.test").exists()


def test_an_older_revision_is_answered_with_the_newer_one(tmp_path: Path) -> None:
    kind = FileKind()

    async def scene() -> None:
        async with agent(tmp_path, kind) as (_, bus):
            bus.put(wanted(revision=7))
            await bus.answer(1)
            bus.put(wanted(revision=5))
            report = (await bus.answer(2))[1]
            assert (report.outcome, report.revision, report.known_revision) == ("stale", 5, 7)

    asyncio.run(scene())
    assert kind.applied == [("a.example.test", 7)]


def test_the_same_revision_again_is_neither_applied_nor_reported(tmp_path: Path) -> None:
    kind = FileKind()

    async def scene() -> None:
        async with agent(tmp_path, kind) as (_, bus):
            bus.put(wanted())
            await bus.answer(1)
            bus.put(wanted(), wanted("b.example.test"))
            reports = await bus.answer(2)
            assert [report.key for report in reports] == ["a.example.test", "b.example.test"]

    asyncio.run(scene())
    assert len(kind.applied) == 2


def test_a_newer_contract_is_told_and_what_was_there_is_kept(tmp_path: Path) -> None:
    async def scene() -> None:
        async with agent(tmp_path, FileKind()) as (one, bus):
            bus.put(wanted())
            await bus.answer(1)
            bus.put(wanted(revision=2, version=99))
            report = (await bus.answer(2))[1]
            assert (report.outcome, report.revision) == ("too_new", 2)
            assert known(one) == {"a.example.test": 1}

    asyncio.run(scene())


def test_what_cannot_be_read_is_told_and_acknowledged(tmp_path: Path) -> None:
    async def scene() -> None:
        async with agent(tmp_path, FileKind()) as (_, bus):
            deliveries = bus.put(b"{", wanted(spec=b'{"fqdn": "UPPER"}'), wanted(spec=b'{"fqdn": "../../etc"}'))
            reports = await bus.answer(3)
            assert {report.code for report in reports} == {"agent.unreadable"}
            assert all(delivery.is_acked for delivery in deliveries)

    asyncio.run(scene())


def test_a_temporary_failure_is_told_and_tried_again_by_itself(tmp_path: Path) -> None:
    kind = FileKind(failing=[TemporaryError("site.busy", "It is busy.", "Wait.")])

    async def scene() -> None:
        async with agent(tmp_path, kind) as (_, bus):
            bus.put(wanted())
            failed, applied = await bus.answer(2)
            assert (failed.outcome, failed.code, failed.sentence) == ("failed", "site.busy", "It is busy.")
            assert failed.retry_at is not None
            assert applied.outcome == "applied"

    asyncio.run(scene())


def test_a_permanent_failure_waits_for_a_new_revision(tmp_path: Path) -> None:
    kind = FileKind(failing=[PermanentError("site.odd", "It is odd.")])

    async def scene() -> None:
        async with agent(tmp_path, kind) as (_, bus):
            bus.put(wanted())
            (failed,) = await bus.answer(1)
            assert failed.retry_at is None
            bus.put(wanted(revision=2))
            assert (await bus.answer(2))[1].outcome == "applied"

    asyncio.run(scene())


def test_a_bug_is_told_with_a_reference_and_hurts_no_other_wish(tmp_path: Path) -> None:
    kind = FileKind(failing=[ZeroDivisionError("oops")])

    async def scene() -> None:
        async with agent(tmp_path, kind) as (_, bus):
            bus.put(wanted(), wanted("b.example.test", 2))
            bug, other = await bus.answer(2)
            assert (bug.code, other.outcome) == ("agent.bug", "applied")
            assert "ZeroDivisionError" in bug.sentence
            assert bug.retry_at is not None
            assert bug.retry_at > bug.at + 30

    asyncio.run(scene())


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    kind = FileKind(failing=[OSError(28, "No space left on device")])

    async def scene() -> None:
        async with agent(tmp_path, kind) as (_, bus):
            bus.put(wanted())
            report = (await bus.answer(1))[0]
            assert report.code == "site.disk_full"
            assert "disk is full" in report.sentence
            assert (await bus.answer(2))[1].outcome == "applied"

    asyncio.run(scene())


def test_reports_wait_for_the_bus_and_keep_their_id(tmp_path: Path) -> None:
    bus = ListBus()

    async def first() -> bytes:
        async with agent(tmp_path, FileKind(), bus) as (one, _):
            bus.is_away = True
            bus.put(wanted())
            await eventually(lambda: len(one.store.outbox(9)) == 1)
            return one.store.outbox(9)[0][1]

    async def second() -> None:
        async with agent(tmp_path, FileKind()) as (one, back):
            await back.answer(1)
            assert body in back.published
            await eventually(lambda: not one.store.outbox(9))

    body = asyncio.run(first())
    asyncio.run(second())


def test_what_differs_is_mended_when_asked(tmp_path: Path) -> None:
    async def scene() -> None:
        async with agent(tmp_path, FileKind()) as (_, bus):
            bus.put(wanted())
            await bus.answer(1)
            (tmp_path / "a.example.test").write_text("changed")
            bus.asked.put_nowait(b"check")
            report = (await bus.answer(2))[1]
            assert (report.outcome, report.sentence) == ("mended", "The file was changed.")

    asyncio.run(scene())


def test_a_kind_that_does_not_mend_tells_drift_once_and_its_end_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with agent(tmp_path, FileKind(mends=False)) as (one, bus):
            bus.put(wanted())
            await bus.answer(1)
            path = tmp_path / "a.example.test"
            right = path.read_text()
            path.write_text("changed")
            for _ in range(2):
                bus.asked.put_nowait(b"check")
            await bus.answer(2)
            assert one.store.counts().drifted == 1
            path.write_text(right)
            bus.asked.put_nowait(b"check")
            assert [report.outcome for report in await bus.answer(3)] == ["applied", "drifted", "applied"]
            assert one.store.counts().drifted == 0

    asyncio.run(scene())


def test_the_agent_says_hello_and_its_inventory(tmp_path: Path) -> None:
    async def scene() -> None:
        async with agent(tmp_path, FileKind()) as (_, bus):
            bus.put(wanted(), wanted("b.example.test", 3))
            await bus.answer(2)
            bus.asked.put_nowait(b"inventory")
            bus.asked.put_nowait(b"hello")
            await eventually(lambda: len(bus.published) >= 4)
            hellos = [decode(data, Hello) for data in bus.published if b'"type":"hello"' in data]
            assert (hellos[0].known, hellos[-1].known, hellos[-1].last_sequence) == (0, 2, 2)
            (inventory,) = [decode(data, Inventory) for data in bus.published if b'"inventory"' in data]
            assert inventory.revisions == {"site.a.example.test": 1, "site.b.example.test": 3}

    asyncio.run(scene())


def test_an_inventory_says_what_is_to_be_absent_and_what_is_not_as_wanted(tmp_path: Path) -> None:
    async def scene() -> None:
        resource = FileKind()
        async with agent(tmp_path, resource) as (_, bus):
            bus.put(wanted(), removal("gone.example.test"))
            await bus.answer(2)
            resource.failing.append(PermanentError("site.refused", "No."))
            bus.put(wanted("bad.example.test"))
            await bus.answer(3)
            bus.asked.put_nowait(b"inventory")
            await eventually(lambda: any(b'"inventory"' in data for data in bus.published))
            (inventory,) = [decode(data, Inventory) for data in bus.published if b'"inventory"' in data]
            assert inventory.removed == ("site.gone.example.test",)
            assert inventory.failing == ("site.bad.example.test",)
            assert inventory.due == ()

    asyncio.run(scene())


def test_pages_of_an_inventory_follow_each_other_without_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "INVENTORY_PAGE", 2)

    async def scene() -> None:
        async with agent(tmp_path, FileKind()) as (_, bus):
            bus.put(*(wanted(f"{letter}.example.test") for letter in "dbcae"))
            await bus.answer(5)
            bus.asked.put_nowait(b"inventory")
            await eventually(lambda: sum(b'"inventory"' in data for data in bus.published) >= 3)
            pages = [decode(data, Inventory) for data in bus.published if b'"inventory"' in data]
            assert [(page.after, page.upto) for page in pages] == [
                ("", "site.b.example.test"),
                ("site.b.example.test", "site.d.example.test"),
                ("site.d.example.test", ""),
            ]
            assert [name[5] for page in pages for name in page.revisions] == list("abcde")

    asyncio.run(scene())


def test_a_slow_kind_runs_beside_up_to_its_limit(tmp_path: Path) -> None:
    async def scene() -> None:
        kind = SlowKind()
        async with agent(tmp_path, kind) as (_, bus):
            bus.put(*(wanted(f"s{n}.example.test", n) for n in range(1, 6)))
            await eventually(lambda: kind.running == 2)
            kind.gate.set()
            assert {report.outcome for report in await bus.answer(5)} == {"applied"}
            assert kind.most == 2
            assert len(kind.applied) == 5

    asyncio.run(scene())


def test_a_newer_wish_that_comes_while_the_older_runs_is_applied_after_it(tmp_path: Path) -> None:
    async def scene() -> None:
        kind = SlowKind()
        async with agent(tmp_path, kind) as (one, bus):
            bus.put(wanted(revision=1))
            await eventually(lambda: kind.running == 1)
            bus.put(wanted(revision=2))
            await eventually(lambda: known(one) == {"a.example.test": 2})
            kind.gate.set()
            await eventually(lambda: [revision for _, revision in kind.applied] == [1, 2])
            assert kind.most == 1

    asyncio.run(scene())


def test_what_asks_to_be_applied_again_is(tmp_path: Path) -> None:
    async def scene() -> None:
        kind = SlowKind(again_in_s=0.01)
        kind.gate.set()
        async with agent(tmp_path, kind) as (_, bus):
            bus.put(wanted())
            assert {report.outcome for report in await bus.answer(3)} == {"applied"}

    asyncio.run(scene())


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.unit.agent.running import FileKind, agent, wanted

class Killing(FileKind):
    def apply(self, spec, revision, machine):
        if len(self.applied) == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().apply(spec, revision, machine)

async def scene():
    async with agent(Path(sys.argv[1]), Killing()) as (_, bus):
        bus.put(*(wanted(f"s{n}.example.test", n) for n in range(1, 41)))
        await bus.answer(40)

asyncio.run(scene())
"""


def test_killed_in_the_middle_of_a_batch_it_finishes_after_the_restart(tmp_path: Path) -> None:
    here = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{here / 'src'}:{here}"}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=environment, check=False, timeout=30)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob("s*.example.test"))) == 20

    async def restarted() -> None:
        async with agent(tmp_path, FileKind()) as (_, bus):
            assert {report.outcome for report in await bus.answer(40)} == {"applied"}

    asyncio.run(restarted())
    assert len(list(tmp_path.glob("s*.example.test"))) == 40
    store = Store(tmp_path / "agent.sqlite3")
    assert store.counts().waiting == 0
    store.close()
