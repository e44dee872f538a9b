"""Goes on with roll-outs of builds of PHP that a killed command or a reboot left under way, and looks after PHP that does not stay up."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from essaim.agent.engines import crashes, extensions, php
from essaim.agent.errors import AgentError
from essaim.agent.machine import Machine
from essaim.agent.rollout import Refusal, Rollout
from essaim.contract import Login
from essaim.contract.php import VERSIONS

log = logging.getLogger("essaim.agent")

LOOK_EVERY_S = 5.0


class Tending:
    """Looks every few seconds, which costs a look into a directory and a file a version."""

    def __init__(self, machine: Machine, changed: Callable[[], None]) -> None:
        """`changed`: called when other PHP than before does not stay up, in any thread."""
        self._rollouts = {version: Rollout(version, machine) for version in VERSIONS}
        self._machine, self._changed = machine, changed
        self._looping: set[tuple[Login, str]] = set()

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with contextlib.suppress(AgentError):
                await asyncio.to_thread(self.look)
            for rollout in self._rollouts.values():
                await self._go_on(rollout)

    async def _go_on(self, rollout: Rollout) -> None:
        """Until nothing is left of it, or all that is left is busy. Other roll-outs and looks have their turn between steps."""
        try:
            while (step := await asyncio.to_thread(rollout.step)).login:
                log.info(
                    "PHP %s of %s: %s", rollout.version, step.login, step.refusal.code if step.refusal else "moved"
                )
                await asyncio.to_thread(self.look)
        except AgentError as wrong:
            log.warning("The roll-out of PHP %s goes on later: %s", rollout.version, wrong.sentence)
        except OSError as wrong:
            log.warning("The roll-out of PHP %s goes on later: %s", rollout.version, wrong)

    def look(self) -> list[tuple[Login, str]]:
        """Put back what does not stay up in a new build, and start without the extensions that were chosen what does not with them. Returns what does not stay up in the build that it is left with."""
        looping = set()
        for login, version, times in crashes.looping(self._machine):
            detail = f"it failed {times} times in a row"
            if extensions.set_aside(login, version, self._machine):
                log.warning("PHP %s of %s is started without the extensions it chose: %s", version, login, detail)
                crashes.forget(login, version, self._machine.paths)
                self._machine.run.run(
                    ["systemctl", "kill", "--kill-who=control", php.service_unit(login, version)], check=False
                )  # it waits before it may start again: no need to
                self._changed()
            elif self._rollouts[version].put_back(login, Refusal(code="tree.crashes", detail=detail)):
                crashes.forget(login, version, self._machine.paths)
            else:
                looping.add((login, version))
        if looping != self._looping:
            self._looping = looping
            self._changed()
        return sorted(looping)
