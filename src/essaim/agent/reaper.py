"""Puts PHP and Apache to sleep: stops the master of an account that has answered nothing for a while. Its socket goes on listening, unless no
site of the account is in that version any more: then it goes too, as soon as nobody waits for an answer.

Apache the same, whose idleness is that nginx keeps no connection to it: it does so for ten seconds after each request.

Idle means of PHP: the master is alone in its control group (its workers ended by `process_idle_timeout`) and used no processor
time since the last look. A request that arrives while it stops waits in the socket's queue and starts the next one.
"""

import asyncio
import contextlib
import logging
from pathlib import Path

from essaim.agent.engines import apache, php
from essaim.agent.errors import AgentError
from essaim.agent.machine import Machine
from essaim.contract import Login

log = logging.getLogger("essaim.agent")

LOOK_EVERY_S = 60.0
LOOKS = 10
"""So many looks in a row must find it idle: ten minutes."""
_TICK_USEC = 5_000
"""FPM's master wakes each second to look after its workers; that is not work."""


class Reaper:
    """Looks at the control groups of what accounts run."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._groups = machine.paths.account_groups
        self._seen: dict[str, tuple[int, int]] = {}
        self._unused: set[tuple[Login, str]] = set()
        self._unused_apaches: set[Login] = set()

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with contextlib.suppress(AgentError):
                await asyncio.to_thread(self.look)
                await asyncio.to_thread(self.put_away)

    def look(self) -> list[str]:
        """Look once. Returns the units it put to sleep."""
        seen: dict[str, tuple[int, int]] = {}
        for group in self._groups.glob("*.slice/essaim-php-*@*.service"):
            with contextlib.suppress(OSError):  # it may end while we look
                if len((group / "cgroup.procs").read_text().split()) == 1:
                    seen[group.name] = self._times(group)
        visited = apache.visited(self._machine.paths)
        for group in self._groups.glob("*.slice/essaim-apache@*.service"):
            looks = self._seen.get(group.name, (0, 0))[1] + 1
            seen[group.name] = (0, 0 if apache.login_of(group.name) in visited else looks)
        idle = [unit for unit, (_, looks) in seen.items() if looks >= LOOKS and not self._is_kept_warm(unit)]
        self._seen = {unit: found for unit, found in seen.items() if unit not in idle}
        if idle:
            log.info("%d engines of accounts are put to sleep.", len(idle))
            self._machine.systemd.stop(*idle)
        return idle

    def put_away(self) -> list[str]:
        """Silence what no site needed at the look before either, and nobody waits for. Returns its sockets' units."""
        unused = set(php.unused(self._machine.paths))
        gone: list[str] = []
        for login, version in sorted(unused & self._unused):
            if not self._is_at_work(php.service_unit(login, version)):
                php.put_away(login, version, self._machine)
                gone.append(php.socket_unit(login, version))
        self._unused = unused
        apaches = set(apache.unused(self._machine.paths))
        for login in sorted(apaches & self._unused_apaches):
            apache.put_away(login, self._machine)
            gone.append(apache.socket_unit(login))
        self._unused_apaches = apaches
        return gone

    def _is_at_work(self, unit: str) -> bool:
        """Whether it has workers: those end when they had nothing to answer for `process_idle_timeout`."""
        groups = [len((group / "cgroup.procs").read_text().split()) for group in self._groups.glob(f"*.slice/{unit}")]
        return any(processes > 1 for processes in groups)

    def _is_kept_warm(self, unit: str) -> bool:
        """Its account's offer says so: there is a link that starts it at boot."""
        return (self._machine.paths.units / "essaim-accounts.target.wants" / unit).is_symlink()

    def _times(self, group: Path) -> tuple[int, int]:
        """Processor time used, and in how many looks in a row it has not worked."""
        used = int((group / "cpu.stat").read_text().split()[1])
        before, looks = self._seen.get(group.name, (used, 0))
        return used, looks + 1 if used - before <= _TICK_USEC * LOOK_EVERY_S else 0
