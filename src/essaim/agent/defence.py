"""Tells the manager what nginx held back from sites: reads the file that nginx writes while its counts move (`lua/counts.lua`).

Nothing is kept here: counts are sums since nginx started, so whatever was not told comes out right with the next message.
"""

import asyncio
import contextlib
import logging
import os

import msgspec

from essaim.agent.machine import Machine
from essaim.bus.machine import BusAway, MachineBus
from essaim.contract import ContractError, Defence, HeldBack, decode, encode
from essaim.contract.shield import SITES_MAX

log = logging.getLogger("essaim.agent")

LOOK_EVERY_S = 20.0
FILE_MAX = 1 << 20
"""nginx' workers write it: a file that is larger is not theirs."""

_Sums = tuple[int, int, int]


class _Counted(msgspec.Struct):
    started: str
    at: float
    sites: dict[str, dict[str, int]]


class Defender:
    """Speaks of one machine's floods."""

    def __init__(self, machine: Machine, bus: MachineBus) -> None:
        self._file, self._bus = machine.paths.defence / "counts.json", bus
        self._started = ""
        self._told: dict[str, _Sums] = {}

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            message = await asyncio.to_thread(self.news)
            if message is not None:
                with contextlib.suppress(BusAway):
                    await self._bus.publish_report(encode(message))
                    self.was_told(message)

    def news(self) -> Defence | None:
        """What moved since it was last told, the most first; None: nothing did, or nginx has counted nothing."""
        counted = self._read()
        if counted is None:
            return None
        if counted.started != self._started:
            self._started, self._told = counted.started, {}
        moved = {name: sums for name, found in counted.sites.items() if (sums := _sums(found)) != self._told.get(name)}
        busiest = sorted(moved, key=lambda name: sum(moved[name][:2]) - sum(self._told.get(name, (0, 0))[:2]))
        sites = [one for name in busiest[::-1] if (one := _held_back(name, moved[name])) is not None][:SITES_MAX]
        return Defence(started=counted.started[:40], at=counted.at, sites=tuple(sites)) if sites else None

    def was_told(self, message: Defence) -> None:
        """The bus has it."""
        self._told |= {str(one.name): (one.limited, one.held, one.networks) for one in message.sites}

    def _read(self) -> _Counted | None:
        try:
            with os.fdopen(os.open(self._file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                return msgspec.json.decode(file.read(FILE_MAX), type=_Counted)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as wrong:
            log.warning("What nginx counted cannot be read: %s", wrong)
            return None


def _sums(found: dict[str, int]) -> _Sums:
    return found.get("limited", 0), found.get("held", 0), found.get("networks", 0)


def _held_back(name: str, sums: _Sums) -> HeldBack | None:
    try:
        return decode(
            msgspec.json.encode({"name": name, "limited": sums[0], "held": sums[1], "networks": sums[2]}), HeldBack
        )
    except ContractError:
        return None
