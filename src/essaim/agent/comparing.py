"""Wanted is compared with real: every few minutes, spread, and at once when asked."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

from essaim.agent.lane import Lane
from essaim.agent.slow import SlowLane
from essaim.agent.store import Store, Wish
from essaim.agent.verdicts import Verdict

log = logging.getLogger("essaim.agent")

EVERY_S = 300.0
PAGE = 50
PAUSE_S = 0.1
"""Between two pages of an unasked comparison, so that it stays unnoticed. New wishes pass between pages in any case."""


class Comparison:
    """Walks through what is applied, a page at a time."""

    def __init__(
        self,
        store: Store,
        lane: Lane,
        slow: Mapping[str, SlowLane],
        *,
        in_lane: Callable[[Callable[[], None]], Awaitable[None]],
        write: Callable[[list[Verdict]], None],
    ) -> None:
        self._store, self._lane, self._slow = store, lane, slow
        self._in_lane, self._write = in_lane, write
        self.asked = asyncio.Event()

    async def run(self) -> None:
        """For ever."""
        while True:
            is_asked = False
            with contextlib.suppress(TimeoutError):
                is_asked = await asyncio.wait_for(self.asked.wait(), EVERY_S)
            self.asked.clear()
            try:
                await self.all(pause_s=0.0 if is_asked else PAUSE_S)
            except OSError as full:
                log.error("The comparison stopped: %s", full)  # noqa: TRY400  no fault of ours

    async def all(self, *, pause_s: float) -> None:
        """Every applied wish once."""
        name = ("", "")
        while page := await asyncio.to_thread(self._store.applied_after, name, PAGE):
            name = page[-1].name
            await self._page(page)
            await asyncio.sleep(pause_s)

    async def _page(self, page: list[Wish]) -> None:
        fast = [wish for wish in page if wish.kind not in self._slow]
        if fast:
            await self._in_lane(lambda: self._write(self._lane.check(fast)))
        for kind, lane in self._slow.items():
            found = await lane.check([wish for wish in page if wish.kind == kind])
            await asyncio.to_thread(self._write, found)
