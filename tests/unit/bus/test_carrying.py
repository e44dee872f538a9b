"""Wishes, reports, blobs, beats and asks over a real server."""

import asyncio
import io
import subprocess
import sys
import time

import pytest

from essaim.bus.errors import BlobMissing, BusRefused
from essaim.bus.machine import MachineBus
from essaim.bus.pull import Delivery
from essaim.contract import MachineName

from .conftest import Bus, eventually, needs_server

pytestmark = [pytest.mark.anyio, pytest.mark.daemon, needs_server]


async def take(bus: MachineBus, count: int) -> list[Delivery]:
    """Fetch and acknowledge until `count` have come."""
    taken: list[Delivery] = []
    while len(taken) < count:
        found = await bus.fetch(500, 5)
        assert found, f"Only {len(taken)} of {count} came."
        for delivery in found:
            await delivery.ack()
        taken += found
    return taken


async def test_a_machine_reads_its_wishes_in_the_order_they_were_put(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        await manager.put_many(web1, [("site", f"s{n}.example.test", b"%d" % n) for n in range(100)])

        taken = await take(agent, 100)

        assert [delivery.data for delivery in taken] == [b"%d" % n for n in range(100)]
        assert taken[7].subject == "$KV.wanted_web1.site.s7.example.test"


async def test_a_key_wanted_twice_while_the_machine_was_off_comes_once_and_newest(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager:
        for n in range(3):
            await manager.put_wanted(web1, "site", "www.example.test", b"%d" % n)

        async with bus.machine(web1) as agent:
            assert [delivery.data for delivery in await take(agent, 1)] == [b"2"]
            assert await agent.fetch(10, 0.1) == []


async def test_a_wish_that_is_put_while_the_machine_waits_comes_within_five_milliseconds(
    bus: Bus, web1: MachineName
) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        taken: list[float] = []
        for n in range(20):
            waiting = asyncio.create_task(agent.fetch(100, 5))
            await asyncio.sleep(0)
            put_at = time.perf_counter()
            await manager.put_wanted(web1, "site", f"s{n}", b"x")
            (delivery,) = await waiting
            taken.append(time.perf_counter() - put_at)
            await delivery.ack()

        assert sorted(taken)[10] <= 0.005


async def test_ten_thousand_wishes_are_put_and_read_in_a_few_seconds(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        began = time.perf_counter()

        sequences = await manager.put_many(web1, [("site", f"s{n}", b"x" * 300) for n in range(10_000)])
        await take(agent, 10_000)

        assert sequences == list(range(1, 10_001))
        assert time.perf_counter() - began < 10


async def test_resending_delivers_every_wish_again_also_to_a_machine_that_waits(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        await manager.put_many(web1, [("site", f"s{n}", b"x") for n in range(50)])
        await take(agent, 50)
        waiting = asyncio.create_task(take(agent, 50))
        await asyncio.sleep(0)

        await manager.resend_all(web1)

        assert len(await waiting) == 50


async def test_what_a_killed_agent_had_not_acknowledged_is_delivered_again_when_the_next_says_hello(
    bus: Bus, web1: MachineName
) -> None:
    async with bus.manager(web1) as manager:
        await manager.put_many(web1, [("site", f"s{n}", b"%d" % n) for n in range(3)])
        async with bus.machine(web1) as killed:
            (first, *_) = await killed.fetch(3, 5)
            await first.ack()
            await killed.fetch(10, 0.1)
        async with bus.machine(web1) as agent:
            await manager.redeliver(web1)
            await manager.put_wanted(web1, "site", "s3", b"3")

            assert [delivery.data for delivery in await take(agent, 3)] == [b"1", b"2", b"3"]

            await manager.resend_all(web1)
            assert len(await take(agent, 4)) == 4


async def test_a_wish_after_a_killed_agent_waits_for_nobody_once_the_next_has_said_hello(
    bus: Bus, web1: MachineName
) -> None:
    """The request that a killed agent left open takes the next wish, and nobody is there to have it."""
    home = bus.enrol(web1)
    async with bus.manager(web1) as manager:
        for n in range(3):
            async with bus.machine(web1, home) as killed:
                assert await killed.fetch(10, 0.1) == []  # and its request stays open
            async with bus.machine(web1, home) as machine:
                waiting = asyncio.create_task(machine.fetch(10, 10))
                await manager.redeliver(web1)
                await manager.put_many(
                    web1, [("site", f"{n}.example.test", b"1"), ("certificate", f"{n}.example.test", b"1")]
                )
                found = await waiting
                while len(found) < 2:
                    found += (more := await machine.fetch(10, 3))
                    assert more, f"Round {n}: {[one.subject for one in found]}"
                for delivery in found:
                    await delivery.ack()


async def test_ensuring_a_machine_again_keeps_what_it_has_and_where_it_stands(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        await manager.put_wanted(web1, "site", "a", b"x")
        await take(agent, 1)

        await manager.ensure_machine(web1)

        assert await manager.count_wanted(web1) == 1
        assert await agent.fetch(10, 0.2) == []


async def test_putting_for_a_machine_without_a_bucket_is_refused(bus: Bus, web1: MachineName) -> None:
    async with bus.manager() as manager:
        with pytest.raises(BusRefused):
            await manager.put_wanted(web1, "site", "a", b"x")


async def test_a_forgotten_machine_leaves_no_stream_and_can_be_forgotten_again(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager:
        await manager.forget_machine(web1)
        await manager.forget_machine(web1)

        with pytest.raises(BusRefused):
            await manager.count_wanted(web1)


async def test_a_report_arrives_under_the_name_of_its_subject(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        await agent.publish_report(b'{"type":"hello","machine":"web2"}')

        (received,) = await manager.fetch_reports(10, 5)

        assert (received.machine, received.sequence) == ("web1", 1)


async def test_a_batch_resent_after_a_crash_is_stored_once(bus: Bus, web1: MachineName) -> None:
    batch, other = b'{"type":"batch","id":"a1","reports":[]}', b'{"type":"batch","id":"a2","reports":[]}'
    async with bus.manager(web1) as manager:
        home = bus.enrol(web1)
        for data in (batch, batch, other):
            async with bus.machine(web1, home) as agent:
                await agent.publish_report(data)

        assert [received.data for received in await manager.fetch_reports(10, 5)] == [batch, other]


async def test_a_report_not_acknowledged_before_a_crash_comes_to_the_next_worker(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        await agent.publish_report(b'{"id":"a"}')
        await agent.publish_report(b'{"id":"b"}')
        first, _ = await manager.fetch_reports(10, 5)
        await first.ack()

    async with bus.manager(web1) as manager:
        (again,) = await manager.fetch_reports(10, 5)

        assert again.data == b'{"id":"b"}'


async def test_an_upload_comes_out_as_it_went_in_and_is_dropped(bus: Bus, web1: MachineName) -> None:
    upload = bytes(range(256)) * 5000
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        chunks = await manager.put_blob(web1, "u1", io.BytesIO(upload))
        await manager.put_blob_bytes(web1, "u2", b"kept")

        assert b"".join([await agent.get_blob("u1", n) for n in range(chunks)]) == upload

        await manager.drop_blob(web1, "u1")
        with pytest.raises(BlobMissing):
            await agent.get_blob("u1", 0)
        assert await agent.get_blob("u2", 0) == b"kept"


async def test_a_beat_is_heard_by_a_manager_that_listens(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        beats = manager.beats()
        heard = asyncio.ensure_future(anext(beats))

        async def said() -> bool:
            await agent.publish_beat(b"load")
            return heard.done()

        await eventually(said)
        assert ((await heard).machine, (await heard).data) == ("web1", b"load")
        await beats.aclose()  # type: ignore[attr-defined]


async def test_an_agent_hears_what_it_is_asked(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        asks = agent.asks()
        heard = asyncio.ensure_future(anext(asks))

        for _ in range(20):  # the server joins the accounts of the two a moment after one came
            await manager.ask(web1, "check")
            if (await asyncio.wait({heard}, timeout=0.5))[0]:
                break

        assert heard.done()
        assert heard.result() == b"check"
        await asks.aclose()  # type: ignore[attr-defined]


async def test_the_agents_side_needs_neither_cryptography_nor_much_memory() -> None:
    program = (
        "import sys, essaim.bus.machine\n"
        "assert not [m for m in sys.modules if m.startswith(('cryptography', 'django'))]\n"
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')][0])"
    )

    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], capture_output=True, check=True, text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip

    assert int(ran.stdout) < 40_000
