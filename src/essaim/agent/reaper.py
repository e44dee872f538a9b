"""Puts PHP to sleep: stops the master of an account that has answered nothing for a while. Its socket goes on listening.

Idle means: the master is alone in its control group (its workers ended by `process_idle_timeout`) and used no processor
time since the last look. A request that arrives while it stops waits in the socket's queue and starts the next one.
"""

import asyncio
import contextlib
import logging
from pathlib import Path

from essaim.agent.errors import AgentError
from essaim.agent.machine import Machine

log = logging.getLogger("essaim.agent")

LOOK_EVERY_S = 60.0
LOOKS = 10
"""So many looks in a row must find it idle: ten minutes."""
GROUPS = Path("sys/fs/cgroup/essaim.slice/essaim-accounts.slice")
_TICK_USEC = 5_000
"""FPM's master wakes each second to look after its workers; that is not work."""


class Reaper:
    """Looks at the control groups of what accounts run."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._groups = machine.paths.root / GROUPS
        self._seen: dict[str, tuple[int, int]] = {}

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with contextlib.suppress(AgentError):
                await asyncio.to_thread(self.look)

    def look(self) -> list[str]:
        """Look once. Returns the units it put to sleep."""
        seen: dict[str, tuple[int, int]] = {}
        for group in self._groups.glob("*.slice/essaim-php@*.service"):
            with contextlib.suppress(OSError):  # it may end while we look
                if len((group / "cgroup.procs").read_text().split()) == 1:
                    seen[group.name] = self._times(group)
        idle = [unit for unit, (_, looks) in seen.items() if looks >= LOOKS]
        self._seen = {unit: found for unit, found in seen.items() if unit not in idle}
        if idle:
            log.info("PHP of %d accounts is put to sleep.", len(idle))
            self._machine.systemd.stop(*idle)
        return idle

    def _times(self, group: Path) -> tuple[int, int]:
        """Processor time used, and in how many looks in a row it has not worked."""
        used = int((group / "cpu.stat").read_text().split()[1])
        before, looks = self._seen.get(group.name, (used, 0))
        return used, looks + 1 if used - before <= _TICK_USEC * LOOK_EVERY_S else 0
