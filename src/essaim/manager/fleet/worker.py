"""The worker: the only process that publishes wishes and takes in reports. Killed at any instant, the next one goes on:
all that it knows is in the database and on the bus.

The event loop speaks to the bus; one thread speaks to the database, so that SQLite has one writer here.
"""

import asyncio
import logging
import socket
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection
from django.utils import timezone

from essaim import contract
from essaim.bus.authority import Authority
from essaim.bus.errors import BusError
from essaim.bus.manager import ManagerBus, Received
from essaim.contract import MachineName
from essaim.manager.fleet import jobs, reactions

log = logging.getLogger("essaim.worker")
T = TypeVar("T")
SWEEP_S = 0.25
HOUSEKEEPING_S = 1.0
CONTACT_S = 5.0
REPORTS_AT_ONCE = 200


class Worker:
    """Publishes what is due, takes in what is answered, runs the rooms' periodic jobs."""

    def __init__(self, bus: ManagerBus, authority: Authority) -> None:
        self.bus = bus
        self.authority = authority
        self._database = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._woken = asyncio.Event()
        self._ensured: set[tuple[str, str]] = set()
        self._dead: set[str] = set()
        self._was_connected = False
        self._heard = True
        self._kept_house_at = 0.0

    async def db(self, function: Callable[..., T], *args: object) -> T:
        """Run `function` in the database thread."""
        return await asyncio.get_running_loop().run_in_executor(self._database, function, *args)

    async def run(self) -> None:
        """For ever, or until cancelled."""
        self._listen()
        await self.bus.connect()
        async with asyncio.TaskGroup() as tasks:
            for duty in (self._publish, self._take_reports, self._take_beats, self._note_contact, self._run_periodic):
                tasks.create_task(self._keep(duty))

    def _listen(self) -> None:
        path = settings.WAKE_SOCKET
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        receiver.bind(str(path))
        path.chmod(0o660)

        def heard() -> None:
            with suppress(BlockingIOError):
                while receiver.recv(64):
                    pass
            self._heard = True
            self._woken.set()

        asyncio.get_running_loop().add_reader(receiver.fileno(), heard)
        self._receiver = receiver

    async def _keep(self, duty: Callable[[], Awaitable[None]]) -> None:
        """Go on with a duty whatever the bus or the database refuse; any other exception ends the worker, and systemd
        starts the next.
        """
        while True:
            try:
                await duty()
            except (BusError, DatabaseError, TimeoutError, OSError) as wrong:
                log.warning("%s: %s: %s", duty.__name__.strip("_"), type(wrong).__name__, wrong)
                await self.db(_drop_connection)
                await asyncio.sleep(0.5)

    async def _publish(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), SWEEP_S)
            self._woken.clear()
            if not self.bus.is_connected:
                self._was_connected, self._heard = False, True
                continue
            if self._heard or time.monotonic() - self._kept_house_at >= HOUSEKEEPING_S:
                await self._keep_house()
            while due := await self.db(jobs.due):
                await self._send(due)

    async def _keep_house(self) -> None:
        """What somebody's act may have asked for besides wishes: at once when we are woken by one, else once a second."""
        self._heard, self._kept_house_at = False, time.monotonic()
        await self._ensure()
        for name in await self.db(jobs.take_asks):
            await self.bus.ask(MachineName(name), "check")
            await self.bus.ask(MachineName(name), "inventory")
        for ask in await self.db(reactions.asks):
            await self.bus.ask(MachineName(ask.machine), ask.word, *ask.about)

    async def _ensure(self) -> None:
        """Streams of every machine exist, credentials of revoked ones are dead; a bus that lost its store is filled again."""
        if not self._was_connected:
            self._ensured.clear()
            await self.bus.ensure_reports()
            await self.db(jobs.forget_sequences_above, await self.bus.last_report())
            await self.bus.push_claims()
            self._was_connected = True
        for name, key in await self.db(jobs.machines_in_service):
            self._dead.discard(name)
            if (name, key) not in self._ensured:
                await self.bus.ensure_machine(MachineName(name))
                await self.db(jobs.resend_if_lost, name, await self.bus.count_wanted(MachineName(name)))
                self._ensured.add((name, key))
                # This database may be yesterday's. Who is away says hello later.
                await self.bus.ask(MachineName(name), "inventory")
        for name in await self.db(jobs.machines_revoked):
            if name not in self._dead:
                await self.bus.revoke_machine(MachineName(name))
                self._dead.add(name)
                self._ensured = {known for known in self._ensured if known[0] != name}
        for key in await self.db(jobs.retired_keys):
            if key not in self._dead:
                self.authority.revoke(public_key=key)
                await self.bus.push_claims()
                self._dead.add(key)

    async def _send(self, due: list[jobs.Outgoing]) -> None:
        by_machine: dict[str, list[jobs.Outgoing]] = defaultdict(list)
        for item in due:
            by_machine[item.machine].append(item)
        for name, items in by_machine.items():
            machine = MachineName(name)
            for item in items:
                await self._send_file(machine, item)
            await self.bus.put_many(machine, [(item.row.kind, item.row.key, item.data) for item in items])
        await self.db(jobs.mark_sent, due)

    async def _send_file(self, machine: MachineName, item: jobs.Outgoing) -> None:
        """The upload goes ahead of the wish that names it; one whose file is gone is sent without: the agent says so."""
        if item.file is None or item.row.spec is None:
            return
        try:
            with item.file.open("rb") as file:
                await self.bus.put_blob(machine, item.row.spec["upload"], file)
        except FileNotFoundError:
            log.warning("the upload of %s is not here any more: %s", item.row.key, item.file)

    async def _take_reports(self) -> None:
        while True:
            received = await self.bus.fetch_reports(REPORTS_AT_ONCE, 5.0)
            by_machine: dict[str, list[Received]] = defaultdict(list)
            for message in received:
                by_machine[message.machine].append(message)
            for name, messages in by_machine.items():
                said_hello = await self.db(
                    jobs.take_in, name, [(message.sequence, message.data) for message in messages]
                )
                if said_hello:  # what a killed agent had not acknowledged comes again at once, not after half a minute
                    await self.bus.redeliver(MachineName(name))
                    await self.bus.ask(MachineName(name), "inventory")
                for message in messages:
                    await message.ack()
                self._woken.set()

    async def _take_beats(self) -> None:
        latest: dict[str, contract.Beat] = {}
        written = time.monotonic()
        async for received in self.bus.beats():
            with suppress(contract.ContractError):
                said: jobs.Aside = contract.decode(received.data, jobs.Aside)  # type: ignore[arg-type]  # a union is no type to mypy
                if isinstance(said, contract.LogLines):
                    await self.db(jobs.take_aside, received.machine, said)
                    continue
                latest[received.machine] = said
            if time.monotonic() - written >= 1:
                await self.db(jobs.take_beats, dict(latest))
                latest.clear()
                written = time.monotonic()

    async def _note_contact(self) -> None:
        while True:
            await self.db(jobs.note_contact, timezone.now() if self.bus.is_connected else None)
            await asyncio.sleep(CONTACT_S)

    async def _run_periodic(self) -> None:
        due_at = {job.name: time.monotonic() + min(job.seconds, 5) for job in reactions.periodic}
        while True:
            for job in reactions.periodic:
                if time.monotonic() >= due_at[job.name]:
                    due_at[job.name] = time.monotonic() + job.seconds
                    await self.db(job.run)
            await asyncio.sleep(0.5)


def _drop_connection() -> None:
    close_old_connections()
    connection.close()


async def _main() -> None:
    authority = Authority(settings.BUS_DIR)
    await Worker(ManagerBus(settings.BUS_URL, authority), authority).run()


def main() -> None:
    """Run the worker in this process until it is told to end. Django must be set up."""
    with suppress(KeyboardInterrupt):
        asyncio.run(_main())
