"""A machine tries everything that is not its own. Each attempt is refused by the server, and each has a control: the same
call does something when the manager makes it, so that a refusal is not a typing mistake.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import nats.errors
import pytest
from nats.aio.client import Client

from essaim.bus import streams
from essaim.bus.connection import Credentials
from essaim.bus.errors import BusRefused
from essaim.bus.manager import ManagerBus
from essaim.contract import MachineName

from .conftest import Bus, eventually, needs_server

pytestmark = [pytest.mark.anyio, pytest.mark.daemon, needs_server]

WEB1, WEB2 = MachineName("web1"), MachineName("web2")
CONSUMER = {"durable_name": "mine", "ack_policy": "explicit"}

_CALLS: dict[str, object] = {
    "$JS.API.INFO": {},
    "$JS.API.STREAM.NAMES": {},
    "$JS.API.STREAM.LIST": {},
    "$JS.API.STREAM.CREATE.MINE": {"name": "MINE", "subjects": ["mine"]},
    "$JS.API.STREAM.UPDATE.BLOB_web2": {**streams.blobs(WEB2), "max_msgs": 1},
    "$JS.API.STREAM.UPDATE.BLOB_web1": {**streams.blobs(WEB1), "max_msgs": 1},
    "$JS.API.STREAM.INFO.KV_wanted_web2": {},
    "$JS.API.STREAM.INFO.KV_wanted_web1": {},
    "$JS.API.STREAM.INFO.REPORTS": {},
    "$JS.API.STREAM.PURGE.KV_wanted_web2": {},
    "$JS.API.STREAM.PURGE.KV_wanted_web1": {},
    "$JS.API.STREAM.PURGE.REPORTS": {},
    "$JS.API.STREAM.DELETE.KV_wanted_web2": {},
    "$JS.API.STREAM.DELETE.KV_wanted_web1": {},
    "$JS.API.STREAM.DELETE.BLOB_web2": {},
    "$JS.API.STREAM.DELETE.REPORTS": {},
    "$JS.API.STREAM.MSG.GET.KV_wanted_web2": {"seq": 1},
    "$JS.API.STREAM.MSG.GET.KV_wanted_web1": {"seq": 1},
    "$JS.API.STREAM.MSG.GET.REPORTS": {"seq": 1},
    "$JS.API.STREAM.MSG.DELETE.BLOB_web2": {"seq": 1},
    "$JS.API.CONSUMER.NAMES.KV_wanted_web2": {},
    "$JS.API.CONSUMER.LIST.KV_wanted_web2": {},
    "$JS.API.CONSUMER.INFO.KV_wanted_web2.agent": {},
    "$JS.API.CONSUMER.INFO.KV_wanted_web1.agent": {},
    "$JS.API.CONSUMER.DELETE.KV_wanted_web2.agent": {},
    "$JS.API.CONSUMER.DELETE.KV_wanted_web1.agent": {},
    "$JS.API.CONSUMER.DELETE.REPORTS.worker": {},
    "$JS.API.CONSUMER.CREATE.KV_wanted_web2": {
        "stream_name": "KV_wanted_web2",
        "config": {"deliver_subject": "_INBOX_web1.stolen", "ack_policy": "none"},
    },
    "$JS.API.CONSUMER.DURABLE.CREATE.KV_wanted_web2.mine": {"stream_name": "KV_wanted_web2", "config": CONSUMER},
    "$JS.API.CONSUMER.DURABLE.CREATE.KV_wanted_web1.mine": {"stream_name": "KV_wanted_web1", "config": CONSUMER},
    "$JS.API.CONSUMER.MSG.NEXT.KV_wanted_web2.agent": {"batch": 1},
    "$JS.API.CONSUMER.MSG.NEXT.REPORTS.worker": {"batch": 1},
    "$JS.API.DIRECT.GET.KV_wanted_web2.$KV.wanted_web2.site.a": {},
    "$JS.API.DIRECT.GET.KV_wanted_web1.$KV.wanted_web1.site.a": {},
    "$JS.API.DIRECT.GET.BLOB_web2.blob.web2.u.0": {},
    "$JS.API.DIRECT.GET.KV_wanted_web2": {"seq": 1},
    "$JS.API.DIRECT.GET.BLOB_web2": {"seq": 1},
    "$KV.wanted_web2.site.a": {"forged": 1},
    "$KV.wanted_web1.site.a": {"forged": 1},
    "blob.web2.u.0": {"forged": 1},
    "blob.web1.u.0": {"forged": 1},
    "report.web2": {"forged": 1},
}
CALLS = {subject: json.dumps(body).encode() if body else b"" for subject, body in _CALLS.items()}
"""Subject to body; each is answered to the manager."""

SILENT = ["beat.web2", "ask.web2", "ask.web1", "$JS.ACK.KV_wanted_web2.agent.1.1.1.1.0", "_INBOX_web2.pull.1", "mine"]
"""Subjects that nobody answers."""

LISTENING = [
    ">", "*", "*.*", "_INBOX.>", "_INBOX_web2.>", "_INBOX_manager-itself.>", "_R_.>", "report.>", "report.web1",
    "report.web2", "beat.*", "ask.*", "ask.>", "ask.web2", "$SYS.>", "$JS.>", "$JS.ACK.>", "$KV.>",
    "$KV.wanted_web1.>", "blob.>", "blob.web1.>",
]  # fmt: skip


class World(NamedTuple):
    """Two machines with something in every stream, and the attacker's client."""

    bus: Bus
    manager: ManagerBus
    attacker: Client
    complaints: list[str]
    strong: Client
    """The manager's credentials in a bare client."""

    async def fill(self) -> None:
        """Every stream is new with something in it, whatever was done to them before."""
        await streams.remove_stream(self.manager._connection, "REPORTS")
        await self.manager.ensure_reports()
        for machine in (WEB1, WEB2):
            await self.manager.forget_machine(machine)
            await self.manager.ensure_machine(machine)
            await self.manager.put_wanted(machine, "site", "a", b"{}")
            await self.manager.put_blob_bytes(machine, "u", b"{}")
            await self.strong.request(f"report.{machine}", b"{}")

    async def complained_of(self, act: str, subject: str) -> None:
        """The server said that this was not permitted."""
        complaint = f'permissions violation for {act} to "{subject.lower()}"'
        await eventually(lambda: complaint in "".join(self.complaints))

    async def of_web2(self) -> object:
        """All that is web2's on the bus."""
        states = []
        for stream in ("KV_wanted_web2", "BLOB_web2", "REPORTS"):
            try:
                info = await streams.call(self.manager._connection, f"STREAM.INFO.{stream}", {"subjects_filter": ">"})
            except BusRefused as refused:
                states.append(str(refused))
                continue
            counts = info["state"].get("subjects", {})
            counts.pop("report.web1", None)  # its own, and it may
            states.append(str(counts if stream == "REPORTS" else (counts, info["state"]["last_seq"])))
        return states


@pytest.fixture
async def world(bus: Bus) -> AsyncIterator[World]:
    async with _world(bus) as made:
        yield made


@asynccontextmanager
async def _world(bus: Bus) -> AsyncIterator[World]:
    home = bus.enrol(WEB1)
    bus.enrol(WEB2)
    own = Credentials(home / "agent.jwt", home / "agent.seed")
    strong = bus.authority.manager_credentials()
    async with (
        bus.manager(WEB1, WEB2) as manager,
        bus.raw(own, inbox="_INBOX_web1") as (attacker, complaints),
        bus.raw(strong, inbox="_INBOX_strong") as (client, _),
    ):
        made = World(bus, manager, attacker, complaints, client)
        await made.fill()
        yield made


async def test_every_call_that_is_not_its_own_is_refused_to_a_machine(world: World) -> None:
    before = await world.of_web2()

    answers = await asyncio.gather(
        *(world.attacker.request(subject, body, timeout=0.5) for subject, body in CALLS.items()), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [nats.errors.TimeoutError] * len(CALLS)
    for subject in CALLS:
        await world.complained_of("publish", subject)
    assert await world.of_web2() == before


async def test_every_one_of_these_calls_is_answered_to_the_manager(world: World) -> None:
    for subject, body in CALLS.items():
        await world.fill()  # the last call may have removed something
        answer = await world.strong.request(subject, body, timeout=5, old_style=True)
        assert b'"error"' not in answer.data, subject
        assert "Status" not in (answer.headers or {}), subject


async def test_saying_what_is_not_its_own_is_refused_to_a_machine_and_heard_from_the_manager(world: World) -> None:
    for subject in SILENT:
        heard = await world.strong.subscribe(subject)
        await world.strong.flush()

        await world.attacker.publish(subject, b"forged")

        await world.complained_of("publish", subject)
        await world.strong.publish(subject, b"control")
        assert (await heard.next_msg(5)).data == b"control"


async def test_listening_to_what_is_not_its_own_is_refused_to_a_machine(world: World) -> None:
    for subject in LISTENING:
        await world.attacker.subscribe(subject)
        await world.complained_of("subscription", subject)
    await world.attacker.subscribe("ask.web1")
    await world.attacker.flush()
    assert len(world.complaints) == len(LISTENING)


async def test_the_systems_calls_are_refused_to_machine_and_manager(world: World) -> None:
    claims = world.bus.authority.claims(WEB2)[0].encode()
    for client in (world.attacker, world.strong):
        with pytest.raises((nats.errors.TimeoutError, nats.errors.NoRespondersError)):
            await client.request("$SYS.REQ.CLAIMS.UPDATE", claims, timeout=0.2)

    async with world.bus.raw(world.bus.authority.system_credentials(), inbox="_INBOX_system") as (system, complaints):
        assert b'"code":200' in (await system.request("$SYS.REQ.CLAIMS.UPDATE", claims, timeout=5)).data
        with pytest.raises(nats.errors.TimeoutError):
            await system.request("$SYS.REQ.SERVER.PING", timeout=0.2)
        assert "permissions violation" in "".join(complaints)


NEXT, GET = "$JS.API.CONSUMER.MSG.NEXT.KV_wanted_web1.agent", "$JS.API.DIRECT.GET.BLOB_web1.blob.web1."
DEPUTIES = [
    (NEXT, b'{"batch":1}', "report.web2"),
    (NEXT, b'{"batch":1}', "$KV.wanted_web2.site.a"),
    (NEXT, b'{"batch":1}', "blob.web2.u.0"),
    (GET + "u.0", b"", "report.web2"),
    (GET + "u.0", b"", "$KV.wanted_web2.site.a"),
    (GET + "u.0", b"", "$KV.wanted_web2.site.new"),
    (GET + "u.0", b"", "blob.web2.u.0"),
    (GET + "u.0", b"", "$JS.API.STREAM.PURGE.KV_wanted_web2"),
    (GET + "u.0", b"", "$JS.API.STREAM.DELETE.KV_wanted_web2"),
    (GET + "none.0", b"", "$JS.API.STREAM.DELETE.BLOB_web2"),
    ("report.web1", b"{}", "$JS.API.STREAM.PURGE.KV_wanted_web2"),
    ("report.web1", b"{}", "report.web2"),
]


async def test_an_answer_cannot_be_sent_where_the_asker_may_not_publish(world: World) -> None:
    before = await world.of_web2()

    for subject, body, reply in DEPUTIES:
        await world.manager.resend_all(WEB1)  # so that a pull has something to be answered with
        await world.attacker.publish(subject, body, reply=reply)
        await world.attacker.request("report.web1", b"{}")  # the server has dealt with what came before this
        assert await world.of_web2() == before, (subject, reply)

    assert world.complaints == []


async def test_the_same_answers_are_sent_there_when_the_manager_asks(world: World) -> None:
    for subject, body, reply in DEPUTIES:
        await world.fill()
        before = await world.of_web2()

        await world.strong.publish(subject, body, reply=reply)

        async def changed(before: object = before) -> bool:
            return await world.of_web2() != before

        await eventually(changed)


async def test_an_acknowledgements_answer_cannot_be_sent_elsewhere(world: World) -> None:
    before = await world.of_web2()
    delivery = await world.attacker.request(NEXT, b'{"batch":1}', timeout=5, old_style=True)

    await world.attacker.publish(delivery.reply, b"+ACK", reply="$JS.API.STREAM.DELETE.KV_wanted_web2")
    await world.attacker.request("report.web1", b"{}")

    assert await world.of_web2() == before


async def test_a_header_on_a_report_does_not_purge_the_others(world: World) -> None:
    before = await world.of_web2()

    answer = await world.attacker.request("report.web1", b"{}", headers={"Nats-Rollup": "all"})

    assert b'"error"' in answer.data
    assert await world.of_web2() == before


async def test_what_is_ones_own_works(world: World) -> None:
    assert (await world.attacker.request(NEXT, b'{"batch":1}', timeout=5, old_style=True)).data == b"{}"
    assert (await world.attacker.request(GET + "u.0", timeout=5)).data == b"{}"
    assert b'"seq"' in (await world.attacker.request("report.web1", b"{}", timeout=5)).data
    assert world.complaints == []
