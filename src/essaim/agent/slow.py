"""The slow kinds: each wish is a task of its own, at most `limit` a kind, never two for one key."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

from essaim.agent import verdicts
from essaim.agent.lane import spec_of
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, SlowResource, WarmedResource, WatchingResource
from essaim.agent.store import Store, Wish
from essaim.agent.verdicts import Verdict


class SlowLane:
    """Runs one slow kind. `finished` takes each verdict; the row is due until it is written."""

    def __init__(
        self, resource: SlowResource, machine: Machine, store: Store, finished: Callable[[Verdict], None]
    ) -> None:
        self._resource = resource
        self._machine = machine
        self._store = store
        self._finished = finished
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._looks = resource.looks if isinstance(resource, WatchingResource) else 0
        self._looking: set[tuple[str, str]] = set()
        self._warming: asyncio.Task[None] | None = None
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """For ever: start what is due as places become free."""
        while True:
            self.wake.clear()
            working = len(self._running) - len(self._looking)
            for wish in await self._due(self._resource.limit - working, looks=False):
                self._running[wish.name] = asyncio.create_task(self._one(wish))
            for wish in await self._due(self._looks - len(self._looking), looks=True):
                self._looking.add(wish.name)
                self._running[wish.name] = asyncio.create_task(self._look(wish))
            await self.wake.wait()

    async def _due(self, places: int, *, looks: bool) -> list[Wish]:
        """What is due and not under way, at most as many as there are places. Looks apart from work, where there are any."""
        if places <= 0:
            return []
        kinds, limit = (self._resource.kind,), places + len(self._running)
        applied_before = looks if self._looks else None
        due = await asyncio.to_thread(self._store.due, kinds, limit, applied_before=applied_before)
        return [wish for wish in due if wish.name not in self._running][:places]

    def foresee(self) -> None:
        """A site came in, so this kind may be wanted in a moment."""
        if isinstance(self._resource, WarmedResource):
            self._warming = asyncio.create_task(self._resource.warm(self._machine))

    def written(self, wish: Wish) -> None:
        """The verdict of `wish` is in the store: its place is free."""
        self._running.pop(wish.name, None)
        self._looking.discard(wish.name)
        self.wake.set()

    async def _one(self, wish: Wish) -> None:
        began = time.perf_counter()
        try:
            done = await self._call(wish)
        except Exception as wrong:  # noqa: BLE001  told as what it is
            verdict = verdicts.failed(wish, wrong, time.perf_counter() - began)
        else:
            verdict = verdicts.applied(wish, done, time.perf_counter() - began)
        self._finished(verdict)

    async def _look(self, wish: Wish) -> None:
        if wish.is_removal:
            await self._one(wish)
            return
        began = time.perf_counter()
        try:
            resource = cast("WatchingResource", self._resource)
            what = await resource.look(spec_of(wish), self._machine, drifted=wish.drifted)
        except Exception as wrong:  # noqa: BLE001  told as what it is
            verdict = verdicts.failed(wish, wrong, time.perf_counter() - began)
        else:
            verdict = verdicts.seen(wish, what, time.perf_counter() - began)
        self._finished(verdict)

    async def _call(self, wish: Wish) -> Applied:
        if wish.is_removal:
            await self._resource.remove(wish.key, erase=wish.erase, machine=self._machine)
            return Applied()
        return await self._resource.apply(spec_of(wish), wish.revision, self._machine)

    async def check(self, wishes: list[Wish]) -> list[Verdict]:
        """Compare with real. What is to be mended becomes due, and tells of itself. A watching kind looks by itself."""
        found: list[Verdict] = []
        if self._looks:
            return found
        for wish in wishes:
            if wish.name in self._running:
                continue
            try:
                drift = await self._resource.drift(spec_of(wish), self._machine)
                if drift is not None and self._resource.mends:
                    done = await self._call(wish)
                    found.append(verdicts.applied(wish, done, 0.0, mended=drift))
                elif (told := verdicts.unchanged(wish, drift)) is not None:
                    found.append(told)
            except Exception as wrong:  # noqa: BLE001  told as what it is
                found.append(verdicts.failed(wish, wrong, 0.0))
        return found
