"""Servers that go and come back, lose their store, or are not whom they say; credentials that are taken away or are not right."""

import asyncio
import time
from pathlib import Path

import pytest

from essaim.bus.authority import Authority
from essaim.bus.errors import BusAway
from essaim.bus.machine import MachineBus
from essaim.contract import MachineName

from .conftest import Bus, eventually, needs_server

pytestmark = [pytest.mark.anyio, pytest.mark.daemon, needs_server]


async def refused(agent: MachineBus, *, within: float = 5) -> str:
    """Wait until an attempt failed; what was said."""
    await agent.connect()
    await eventually(lambda: bool(agent.last_error), within=within)
    assert not agent.is_connected
    return agent.last_error


async def test_revoking_a_machine_drops_it_within_a_second_and_keeps_it_out(
    bus: Bus, web1: MachineName, web2: MachineName
) -> None:
    async with bus.manager(web1, web2) as manager, bus.machine(web1) as agent, bus.machine(web2) as other:
        before = other._connection.client()
        revoked_at = time.monotonic()

        await manager.revoke_machine(web1)

        await eventually(lambda: not agent.is_connected, within=1 - (time.monotonic() - revoked_at))
        assert not await agent.wait_connected(1)
        assert other._connection.client() is before
        await other.publish_report(b"{}")


async def test_a_revoked_machine_stays_out_after_a_restart_and_after_the_store_was_lost(
    bus: Bus, web1: MachineName, web2: MachineName
) -> None:
    home = bus.enrol(web1)
    async with bus.manager(web1, web2) as manager, bus.machine(web1, home):
        await manager.revoke_machine(web1)
    for is_lost in (False, True):
        bus.stop()
        if is_lost:
            bus.lose_store()
        bus.start()
        agent = bus.machine_bus(web1, home)
        assert await refused(agent)
        await agent.close()
        async with bus.machine(web2) as other:
            assert await other.wait_connected(5)


async def test_a_machine_enrolled_anew_gets_in_while_its_old_key_stays_out(bus: Bus, web1: MachineName) -> None:
    old = bus.enrol(web1)
    async with bus.manager(web1) as manager:
        await manager.revoke_machine(web1)
        async with bus.machine(web1, bus.enrol(web1)) as agent:
            assert await agent.wait_connected(5)
        agent = bus.machine_bus(web1, old)
        assert await refused(agent)
        await agent.close()


async def test_a_revocation_made_with_the_bus_away_arrives_with_the_next_push(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        bus.authority.revoke(web1)
        assert agent.is_connected

        await manager.push_claims()

        await eventually(lambda: not agent.is_connected, within=1)


async def test_the_bus_away_for_a_while_is_no_more_than_a_wait(bus: Bus, web1: MachineName) -> None:
    calls: list[float] = []
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:

        async def count() -> None:
            calls.append(time.monotonic())

        agent.on_reconnect = count
        bus.stop()
        await eventually(lambda: not agent.is_connected)
        with pytest.raises(BusAway):
            await agent.publish_report(b"{}")
        await agent.publish_beat(b"dropped")
        assert await agent.fetch(10, 0.05) == []

        bus.start()

        assert await agent.wait_connected(5)
        assert await manager.wait_connected(5)
        await manager.put_wanted(web1, "site", "a", b"x")
        assert len(await agent.fetch(10, 5)) == 1
        await agent.publish_report(b"{}")
        assert len(calls) == 1


async def test_an_agent_started_before_the_bus_gets_in_when_the_bus_is_there(bus: Bus, web1: MachineName) -> None:
    home = bus.enrol(web1)
    bus.stop()
    agent = bus.machine_bus(web1, home)
    await agent.connect()
    assert not agent.is_connected

    bus.start()

    assert await agent.wait_connected(5)
    await agent.close()


async def test_a_fetch_that_waits_goes_on_over_a_restart(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        waiting = asyncio.create_task(agent.fetch(10, 20))
        await asyncio.sleep(0)
        bus.stop()
        await eventually(lambda: not manager.is_connected)
        bus.start()
        assert await manager.wait_connected(5)

        await manager.put_wanted(web1, "site", "a", b"x")

        assert [delivery.data for delivery in await waiting] == [b"x"]


async def test_a_server_that_lost_its_store_is_made_whole_and_the_agent_goes_on(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1) as manager, bus.machine(web1) as agent:
        await manager.put_many(web1, [("site", f"s{n}", b"old") for n in range(5)])
        (stale, *_) = await agent.fetch(10, 5)
        bus.stop()
        await eventually(lambda: not (agent.is_connected or manager.is_connected))
        bus.lose_store()
        bus.start()
        assert await agent.wait_connected(5)
        assert await manager.wait_connected(5)
        waiting = asyncio.create_task(agent.fetch(10, 20))
        with pytest.raises(BusAway):
            await agent.publish_report(b"{}")
        assert not waiting.done()

        await manager.ensure_reports()
        await manager.ensure_machine(web1)
        assert (await manager.count_wanted(web1), await manager.last_report()) == (0, 0)
        await manager.put_wanted(web1, "site", "a", b"new")

        assert [delivery.data for delivery in await waiting] == [b"new"]
        await stale.ack()  # of the store that is gone: it must not acknowledge the new first message
        await agent.publish_report(b"{}")


async def test_a_server_of_another_authority_is_not_spoken_to(bus: Bus, web1: MachineName, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    other.create(names=["127.0.0.1"])
    home = bus.enrol(web1)
    async with bus.manager(web1):
        agent = bus.machine_bus(web1, home, ca=other.ca_path)
        assert "certificate verify failed" in (await refused(agent)).lower()

        other.ca_path.write_bytes(bus.authority.ca_path.read_bytes())  # mended: no restart is needed

        assert await agent.wait_connected(5)
        await agent.close()


async def test_a_server_under_another_name_is_not_spoken_to(bus: Bus, web1: MachineName) -> None:
    bus.stop()
    bus.authority.renew_server_certificate(names=["elsewhere.example.test"])
    bus.start()
    agent = bus.machine_bus(web1, bus.enrol(web1))

    assert "certificate verify failed" in (await refused(agent)).lower()
    await agent.close()


async def test_an_expired_token_is_refused_and_one_that_expires_is_dropped(bus: Bus, web1: MachineName) -> None:
    async with bus.manager(web1):
        late = bus.machine_bus(web1, bus.enrol(web1, expires_at=int(time.time()) - 5))
        async with bus.machine(web1, bus.enrol(web1, expires_at=int(time.time()) + 2)) as soon:
            assert await refused(late)
            assert await soon.wait_connected(5)
            await eventually(lambda: not soon.is_connected)
        await late.close()


async def test_a_token_that_claims_more_than_was_signed_is_refused(bus: Bus, web1: MachineName) -> None:
    home, other = bus.enrol(web1), bus.enrol(MachineName("web2"))
    async with bus.manager(web1):
        head, _, signature = (home / "agent.jwt").read_text().split(".")
        body = (other / "agent.jwt").read_text().split(".")[1]
        (home / "agent.jwt").write_text(f"{head}.{body}.{signature}")
        agent = bus.machine_bus(web1, home)

        assert await refused(agent)
        await agent.close()


async def test_the_token_of_another_machine_is_of_no_use_without_its_seed(bus: Bus, web1: MachineName) -> None:
    home, other = bus.enrol(web1), bus.enrol(MachineName("web2"))
    async with bus.manager(web1, MachineName("web2")):
        (home / "agent.jwt").write_text((other / "agent.jwt").read_text())
        agent = bus.machine_bus(web1, home)

        assert await refused(agent)
        await agent.close()


async def test_a_renewed_token_is_used_without_a_restart(bus: Bus, web1: MachineName) -> None:
    home, right = bus.enrol(web1), bus.enrol(web1)
    async with bus.manager(web1):
        token = (home / "agent.jwt").read_text()
        (home / "agent.jwt").write_text("broken")
        agent = bus.machine_bus(web1, home)
        assert await refused(agent)

        (home / "agent.jwt").write_text(token)

        assert await agent.wait_connected(5)
        assert right != home
        await agent.close()
