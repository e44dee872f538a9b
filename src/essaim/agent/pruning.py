"""Removes builds of PHP that nobody uses: each is some hundred megabytes, and Debian's corrections make one a month.

Kept are the one that new accounts get, those that an account has or a process runs in, those of the last roll-out, and the newest of the
others, to go back to.
"""

import asyncio
import contextlib
import logging
import time
from pathlib import Path

from essaim.agent.engines import trees
from essaim.agent.errors import AgentError
from essaim.agent.machine import Machine
from essaim.agent.rollout import Rollout
from essaim.contract.php import VERSIONS

log = logging.getLogger("essaim.agent")

LOOK_EVERY_S = 3600.0
LEFT_S = 86400.0
"""So old, what is half made or half removed is nobody's work any more."""


class Pruning:
    """Looks each hour: a directory and the accounts' links a version."""

    def __init__(self, machine: Machine, *, proc: Path = Path("/proc")) -> None:
        self._machine, self._proc = machine, proc
        self._rollouts = [Rollout(version, machine) for version in VERSIONS]

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with contextlib.suppress(AgentError, OSError):  # an hour later is soon enough
                await asyncio.to_thread(self.look)

    def look(self) -> list[str]:
        """Look once. Returns what was removed, as `8.2/20260901T080000`."""
        removed: list[str] = []
        for rollout in self._rollouts:
            for path in trees.leftovers(rollout.version, self._machine.paths):
                if time.time() - path.stat().st_mtime > LEFT_S:
                    self._machine.files.remove(path)
            if trees.builds(rollout.version, self._machine.paths):
                removed += self._prune(rollout)
        if removed:
            log.info("Builds of PHP that nobody uses are removed: %s", ", ".join(removed))
        return removed

    def _prune(self, rollout: Rollout) -> list[str]:
        version, paths = rollout.version, self._machine.paths
        with rollout.turn():
            usual, progress = trees.current(version, paths), rollout.progress()
            if usual is None or (progress is not None and progress.state != "done"):
                return []
            used = {usual.name, *(build for _, build in trees.holders(version, paths))}
            others = [build for build in trees.builds(version, paths) if build not in used]
            unused = [
                build for build in others[:-1] if progress is None or build not in (progress.build, progress.before)
            ]
            run_in = self._run_in(version) if unused else set()
            removed = [build for build in unused if build not in run_in]
            for build in removed:
                trees.discard(version, build, self._machine)
        return [f"{version}/{build}" for build in removed]

    def _run_in(self, version: str) -> set[str]:
        """Builds that a process has mounted (proc(5), mountinfo: the fourth word is where in its file system a mount begins)."""
        found: set[str] = set()
        for file in self._proc.glob("[0-9]*/mountinfo"):
            with contextlib.suppress(OSError):  # it may end while we look
                roots = (Path(line.split()[3]) for line in file.read_text().splitlines())
                found |= {root.name for root in roots if root.parts[-3:-1] == ("php", version)}
        return found
