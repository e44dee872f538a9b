"""The agent's loop: pull, store, acknowledge, apply, tell. Level-triggered: what is due stands in the store, so that a
process killed at any instant leaves nothing that the next one does not finish.

One task each: intake, the fast lane, each slow kind, retries, what is to be applied again; beside them stand those of
`telling` and `comparing`. They speak through the store and a few events; nothing polls.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

from essaim.agent import intake
from essaim.agent.comparing import Comparison
from essaim.agent.lane import Lane
from essaim.agent.machine import Machine
from essaim.agent.resources import AnyResource, Resource, SlowResource
from essaim.agent.slow import SlowLane
from essaim.agent.store import Store, Wish
from essaim.agent.telling import Teller
from essaim.agent.verdicts import Verdict
from essaim.bus.machine import MachineBus
from essaim.contract import Wanted

log = logging.getLogger("essaim.agent")

BATCH = 256
FETCH_S = 30.0
STORE_FULL_S = 5.0
FARTHEST_AGAIN_S = 100 * 86400.0

T = TypeVar("T")


class Agent:
    """One machine's agent."""

    def __init__(self, machine: Machine, resources: dict[str, AnyResource], store: Store, bus: MachineBus) -> None:
        self.machine, self.store, self.bus = machine, store, bus
        self._fast = tuple(kind for kind, resource in resources.items() if not resource.slow)
        self._kinds = frozenset(resources)
        self.lane = Lane({kind: cast("Resource", resources[kind]) for kind in self._fast}, machine)
        self._slow = {
            kind: SlowLane(cast("SlowResource", resource), machine, store, self._finished)
            for kind, resource in resources.items()
            if resource.slow
        }
        self._thread = ThreadPoolExecutor(1, "lane")
        self._work, self._again, self._retry = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._verdicts: asyncio.Queue[Verdict] = asyncio.Queue()
        self._woken: set[tuple[str, str]] = set()
        self.teller = Teller(machine, store, bus)
        self._comparison = Comparison(store, self.lane, self._slow, in_lane=self._in_lane, write=self._write)

    async def run(self) -> None:
        """For ever. Ends only by being cancelled, or with the exception that is a bug of the loop itself."""
        self._loop = asyncio.get_running_loop()
        self.machine.get_blob = self.bus.get_blob
        self.store.wake_all()
        self.bus.on_reconnect = self.teller.hello
        await self.bus.connect()
        tasks = [self._take_in, self._apply_fast, self._write_slow, self._wake_again, self._wake_retries]
        tasks += [lane.run for lane in self._slow.values()]
        tasks += [self._comparison.run, self.teller.send, self.teller.beat]
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task())
            group.create_task(self.teller.answer(check=self._comparison.asked.set))

    def compare(self) -> None:
        """Have wanted compared with real now. In any thread, once `run` has begun."""
        self._loop.call_soon_threadsafe(self._comparison.asked.set)

    def close(self) -> None:
        """After `run`: the lane has ended what it had begun."""
        self._thread.shutdown()

    # -- wishes come in

    async def _take_in(self) -> None:
        while True:
            deliveries = await self.bus.fetch(BATCH, FETCH_S)
            if not deliveries:
                continue
            wishes, refused = intake.read([delivery.data for delivery in deliveries], self._kinds)
            sequence = max(delivery.sequence for delivery in deliveries)
            known = await self._note(wishes, sequence)
            self._wake()
            if any(wish.kind == "site" for wish in wishes):
                for lane in self._slow.values():
                    lane.foresee()
            for delivery in deliveries:
                await delivery.ack()
            if told := refused + intake.stale(known, wishes):
                await asyncio.to_thread(self.teller.tell, told)
                self.teller.mail.set()

    async def _note(self, wishes: list[Wanted], sequence: int) -> list[Wish]:
        while True:
            try:
                return await asyncio.to_thread(self.store.take, wishes, sequence=sequence)
            except OSError as full:
                log.error("Wishes cannot be noted, and stay on the bus: %s", full)  # noqa: TRY400  no fault of ours
                await asyncio.sleep(STORE_FULL_S)

    def _wake(self) -> None:
        self._work.set()
        for lane in self._slow.values():
            lane.wake.set()

    # -- and are made real

    async def _apply_fast(self) -> None:
        while True:
            self._work.clear()
            try:
                if not await self._in_lane(self._fast_round):
                    await self._work.wait()
            except OSError as full:  # what was applied is applied again when the store can say so
                log.error("Results cannot be noted: %s", full)  # noqa: TRY400  no fault of ours
                await asyncio.sleep(STORE_FULL_S)

    def _fast_round(self) -> bool:
        wishes = self.store.due(self._fast, BATCH)
        if wishes:
            self._write(self.lane.apply(wishes))
        return bool(wishes)

    def _write(self, found: list[Verdict]) -> None:
        """In any thread but the loop's: keep what became of wishes, then let it be told."""
        if found:
            self.store.finish([v.result for v in found], [v.report for v in found if v.report is not None])
            self._loop.call_soon_threadsafe(self._written, found)

    def _written(self, found: list[Verdict]) -> None:
        self.teller.mail.set()
        for verdict in found:
            if verdict.retry_in_s is not None:
                self._loop.call_later(verdict.retry_in_s, self._retry_now, verdict.result.wish.name)
        if any(verdict.result.again_at is not None for verdict in found):
            self._again.set()

    def _finished(self, verdict: Verdict) -> None:
        self._verdicts.put_nowait(verdict)

    async def _write_slow(self) -> None:
        while True:
            found = [await self._verdicts.get()]
            while not self._verdicts.empty():
                found.append(self._verdicts.get_nowait())
            try:
                await asyncio.to_thread(self._write, found)
            except OSError as full:
                log.error("Results cannot be noted: %s", full)  # noqa: TRY400  no fault of ours
                await asyncio.sleep(STORE_FULL_S)
            for verdict in found:
                self._slow[verdict.result.wish.kind].written(verdict.result.wish)

    # -- once more, later

    def _retry_now(self, name: tuple[str, str]) -> None:
        self._woken.add(name)
        self._retry.set()

    async def _wake_retries(self) -> None:
        while True:
            await self._retry.wait()
            self._retry.clear()
            names, self._woken = self._woken, set()
            await asyncio.to_thread(self.store.wake, names)
            self._wake()

    async def _wake_again(self) -> None:
        while True:
            self._again.clear()
            wait = await asyncio.to_thread(self.store.wake_again, time.time(), farthest_s=FARTHEST_AGAIN_S)
            self._wake()
            with contextlib.suppress(TimeoutError):
                # at least every minute: the wall clock may jump while we wait on the monotonic one
                await asyncio.wait_for(self._again.wait(), min(60.0, max(0.05, wait if wait is not None else 60.0)))

    async def _in_lane(self, call: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._thread, call)
