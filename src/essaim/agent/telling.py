"""What the manager is told: reports from the outbox, hellos, inventories, beats."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from msgspec import Struct

from essaim.agent import facts
from essaim.agent.machine import Machine
from essaim.agent.store import Store, Wish
from essaim.bus.machine import BusAway, MachineBus
from essaim.contract import Inventory, Report, encode

log = logging.getLogger("essaim.agent")

BEAT_S = 10.0
INVENTORY_PAGE = 500
AT_ONCE = 32


class Teller:
    """Speaks for the agent on its bus."""

    def __init__(self, machine: Machine, store: Store, bus: MachineBus) -> None:
        self._machine, self._store, self._bus = machine, store, bus
        self.mail = asyncio.Event()
        """Something was put into the outbox."""
        self.answers: dict[str, Callable[[str], None]] = {}
        """What else is answered, by the word that asks for it: called with what follows that word, and returns at once."""

    def tell(self, reports: list[Report]) -> None:
        """Put reports into the outbox; blocks. A full disk loses them: the inventory says the same later."""
        try:
            self._store.tell(*reports)
        except OSError as full:
            log.error("%d reports are lost: %s", len(reports), full)  # noqa: TRY400  no fault of ours

    async def send(self) -> None:
        """For ever: every batch of the outbox, oldest first, deleted once the bus has stored it."""
        while True:
            self.mail.clear()
            batches = await asyncio.to_thread(self._store.outbox, AT_ONCE)
            if not batches:
                await self.mail.wait()
                continue
            try:
                for _, body in batches:
                    await self._bus.publish_report(body)
                await asyncio.to_thread(self._store.sent, [number for number, _ in batches])
            except (BusAway, OSError) as away:  # sent twice is stored once: a batch has an id
                log.warning("Reports wait: %s", away)
                await self._bus.wait_connected(BEAT_S)
                await asyncio.sleep(0.5)

    async def hello(self) -> None:
        """Say who is here. Runs at every connect."""
        hello = await asyncio.to_thread(facts.hello, self._machine, self._store)
        await self._bus.publish_report(encode(hello))

    async def inventory(self) -> None:
        """Say every key, its revision, and how it stands with it: page by page, each about a range of its own."""
        after = ("", "")
        while True:
            held = await asyncio.to_thread(self._store.known_after, after, INVENTORY_PAGE)
            is_last = len(held) < INVENTORY_PAGE
            await self._bus.publish_report(encode(_page(after, held, is_last=is_last)))
            if is_last:
                return
            after = held[-1].name

    async def beat(self) -> None:
        """For ever: the load of the machine."""
        load = facts.Load(self._machine)
        while True:
            beat = await asyncio.to_thread(load.beat, self._store.counts)
            await self._bus.publish_beat(encode(beat))
            await asyncio.sleep(BEAT_S)

    async def say(self, message: Struct) -> None:
        """Tell what was asked for, now: an answer that the bus does not take is asked for again."""
        await self._bus.publish_report(encode(message))

    async def answer(self, *, check: Callable[[], None]) -> None:
        """For ever: what the manager asks."""
        async for asked in self._bus.asks():
            word, _, argument = asked.decode(errors="replace").strip()[:400].partition(" ")
            with contextlib.suppress(BusAway):  # asked again when it matters
                if word == "check":
                    check()
                elif word == "hello":
                    await self.hello()
                elif word == "inventory":
                    await self.inventory()
                elif word in self.answers:
                    self.answers[word](argument)
                else:
                    log.warning("Asked for %r, which this agent does not know.", word)


def _page(after: tuple[str, str], held: list[Wish], *, is_last: bool) -> Inventory:
    return Inventory(
        after=".".join(after) if after[0] else "",
        upto="" if is_last else ".".join(held[-1].name),
        revisions={".".join(wish.name): wish.revision for wish in held},
        removed=tuple(".".join(wish.name) for wish in held if wish.is_removal),
        due=tuple(".".join(wish.name) for wish in held if wish.state == "due"),
        failing=tuple(".".join(wish.name) for wish in held if wish.drifted or wish.state in ("waiting", "failed")),
    )
