"""systemd: units started and stopped, many in one call.

Fast resources *queue* what they need; the lane settles the queue once a batch, because one `systemctl start` of two
hundred sockets costs little more than one of a single socket.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from essaim.agent.engines.programs import Programs
from essaim.agent.errors import TemporaryError


@dataclass
class Systemd:
    """Speaks to systemd through `systemctl`."""

    run: Programs
    _queue: dict[str, str] = field(default_factory=dict)
    _asked_now: list[str] = field(default_factory=list)

    def queue_start(self, unit: str) -> None:
        """Have `unit` active when the batch is settled."""
        self._ask("start", unit)

    def queue_stop(self, unit: str) -> None:
        """Have `unit` inactive when the batch is settled."""
        self._ask("stop", unit)

    def queue_restart(self, unit: str) -> None:
        """Have `unit` restarted when the batch is settled, if it runs."""
        self._ask("try-restart", unit)

    def queue_reload(self, unit: str) -> None:
        """Have `unit` read its files again when the batch is settled, if it runs."""
        self._ask("try-reload-or-restart", unit)

    def set_properties(self, unit: str, *properties: str) -> None:
        """Change properties of a loaded unit in place. Until the next boot: after it the unit's drop-in says the same."""
        self.run.run(["systemctl", "set-property", "--runtime", unit, *properties])

    def _ask(self, verb: str, unit: str) -> None:
        if not (verb == "try-reload-or-restart" and self._queue.get(unit) == "try-restart"):  # which reads them, too
            self._queue[unit] = verb
        self._asked_now.append(unit)

    def take_asked(self) -> tuple[str, ...]:
        """The units queued since this was last called: whoever applied a wish learns which units it waits for."""
        asked, self._asked_now = tuple(self._asked_now), []
        return asked

    def settle(self) -> dict[str, TemporaryError]:
        """Start and stop what was queued. Returns the units that refused, each with its reason."""
        queue, self._queue, self._asked_now = self._queue, {}, []
        refused: dict[str, TemporaryError] = {}
        for verb in ("stop", "start", "try-restart", "try-reload-or-restart"):
            units = [unit for unit, asked in queue.items() if asked == verb]
            refused |= self._together(verb, units)
        return refused

    def _together(self, verb: str, units: list[str]) -> dict[str, TemporaryError]:
        if not units or self.run.run(["systemctl", verb, *units], timeout_s=120, check=False).code == 0:
            return {}
        return dict(self._one_by_one(verb, units))  # only now is it worth knowing which one

    def _one_by_one(self, verb: str, units: Iterable[str]) -> Iterable[tuple[str, TemporaryError]]:
        for unit in units:
            ran = self.run.run(["systemctl", verb, unit], check=False)
            if ran.code != 0:
                yield (
                    unit,
                    TemporaryError(
                        "systemd.refused",
                        f"systemd did not {verb} {unit}: {ran.said[-300:]}",
                        f"Run `systemctl status {unit}` on the machine.",
                        facts={"verb": verb, "unit": unit, "detail": ran.said[-300:]},
                    ),
                )

    def start(self, *units: str) -> None:
        """Have `units` active now."""
        self.run.run(["systemctl", "start", *units], timeout_s=120)

    def reload_now(self, unit: str) -> None:
        """Have a unit that runs read its files again, and wait until it has."""
        self.run.run(["systemctl", "reload", unit], timeout_s=60, check=False)

    def stop(self, *units: str) -> None:
        """Have `units` inactive now; one that does not exist is inactive."""
        self.run.run(["systemctl", "stop", *units], timeout_s=120, check=False)

    def reload(self) -> None:
        """Read changed unit files again. Costs all units: for `install` only, never for an account."""
        self.run.run(["systemctl", "daemon-reload"], timeout_s=120)

    def is_stopping(self) -> bool:
        """Whether the machine goes down, so that nothing is started any more."""
        return self.run.run(["systemctl", "is-system-running"], check=False).out.strip() == b"stopping"

    def are_active(self, units: list[str]) -> dict[str, bool]:
        """Whether each unit is active, in one call."""
        if not units:
            return {}
        ran = self.run.run(["systemctl", "is-active", *units], check=False)
        words = ran.out.decode().split()
        return {unit: word in ("active", "activating", "reloading") for unit, word in zip(units, words, strict=True)}
