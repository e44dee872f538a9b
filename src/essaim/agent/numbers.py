"""What visitors asked for, told to the manager: sums as essaim-logs.service hands them over, and the newest lines when somebody asks.

Sums go the way of reports and wait while the bus is away. Lines hold whole addresses of visitors: they are said on the subject of beats, which
the bus does not store. Whoever asked asks again when they were lost.
"""

import asyncio
import contextlib
import logging
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from essaim.agent.machine import Machine
from essaim.agent.weblog.raw import ACCESS, ERROR
from essaim.agent.weblog.sites import Sites
from essaim.bus.machine import BusAway, MachineBus
from essaim.contract import Fqdn, LogLines, NameRefused, encode

log = logging.getLogger("essaim.agent")

LOOK_EVERY_S = 5.0
MOST_BYTES = 1024 * 1024
"""Of a file's end that is looked at."""
ACCESS_MOST, REFUSED_MOST, ERRORS_MOST = 200, 100, 100
LINE_MOST = 1000
MESSAGE_MOST = 600_000
"""Bytes; the bus carries a million at once."""
_REFUSED = re.compile(r'^\S+ - \S+ \[[^]]*\] "(?:[^"\\]|\\.)*" [45]')


class NumbersTeller:
    """Speaks for essaim-logs.service, which has no bus."""

    def __init__(self, machine: Machine, bus: MachineBus, answers: dict[str, Callable[[str], None]]) -> None:
        self._machine, self._bus = machine, bus
        self._asked: asyncio.Queue[Fqdn] = asyncio.Queue(64)
        answers["log"] = self._ask

    def _ask(self, name: str) -> None:
        with contextlib.suppress(NameRefused, asyncio.QueueFull):  # whoever is passed over asks again
            self._asked.put_nowait(Fqdn(name))

    async def run(self) -> None:
        """For ever."""
        await asyncio.gather(self._tell(), self._answer())

    async def _tell(self) -> None:
        while True:
            for path in await asyncio.to_thread(self._waiting):
                try:
                    await self._bus.publish_report(await asyncio.to_thread(path.read_bytes))
                    await asyncio.to_thread(path.unlink)
                except (BusAway, OSError) as away:  # told twice is told once: it has an id, and sums are whole
                    log.warning("Numbers wait: %s", away)
                    await self._bus.wait_connected(LOOK_EVERY_S)
            await asyncio.sleep(LOOK_EVERY_S)

    def _waiting(self) -> list[Path]:
        folder = self._machine.paths.numbers_told
        return sorted(folder.glob("*.json")) if folder.is_dir() else []

    async def _answer(self) -> None:
        while True:
            fqdn = await self._asked.get()
            lines = await asyncio.to_thread(newest_lines, self._machine, fqdn)
            with contextlib.suppress(BusAway):
                await self._bus.publish_beat(fitting(lines))


def fitting(lines: LogLines) -> bytes:
    """The message, with as many of the newest lines as fit."""
    while len(data := encode(lines)) > MESSAGE_MOST:
        halves = {
            name: getattr(lines, name)[-(len(getattr(lines, name)) // 2) :] for name in ("access", "refused", "errors")
        }
        lines = msgspec.structs.replace(lines, **halves)
    return data


def newest_lines(machine: Machine, fqdn: Fqdn) -> LogLines:
    """The end of a site's files. One that is not here, or was not visited yet, has no lines."""
    owned = Sites(machine.paths.sites).find(fqdn)
    if owned is None:
        return LogLines(fqdn=fqdn, at=time.time())
    folder = machine.paths.logs / owned.login / owned.fqdn
    access = _end_of(folder, ACCESS)
    return LogLines(
        fqdn=fqdn,
        at=time.time(),
        access=tuple(access[-ACCESS_MOST:]),
        refused=tuple([text for text in access if _REFUSED.match(text)][-REFUSED_MOST:]),
        errors=tuple(_end_of(folder, ERROR)[-ERRORS_MOST:]),
    )


def _end_of(folder: Path, sort: str) -> list[str]:
    """The last whole lines of the file that was last written to: its day may be wrong, where a clock was."""
    try:
        days = {path.lstat().st_mtime: path for path in folder.glob(f"{sort}-*.log")}
        descriptor = os.open(days[max(days)], os.O_RDONLY | os.O_NOFOLLOW)
    except (OSError, ValueError):
        return []
    try:
        size = os.fstat(descriptor).st_size
        data = os.pread(descriptor, MOST_BYTES, max(0, size - MOST_BYTES))
    finally:
        os.close(descriptor)
    whole = data.decode("utf-8", "replace").split("\n")
    return [text[:LINE_MOST] for text in whole[1 if size > MOST_BYTES else 0 : -1]]
