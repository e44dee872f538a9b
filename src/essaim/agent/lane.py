"""The fast lane: wishes of fast kinds, one after the other in one thread, so that no two ever change the same file.

systemd is asked once a batch; a unit that refuses fails the wishes that asked for it, and no other.
"""

import time
from collections.abc import Callable, Iterable

from essaim.agent import verdicts
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, Drift, Resource
from essaim.agent.store import Wish
from essaim.agent.verdicts import Verdict
from essaim.contract import KINDS, Spec, decode


def spec_of(wish: Wish) -> Spec:
    """The typed spec of a wish that was read before it was stored."""
    return decode(wish.spec, KINDS[wish.kind])


class Lane:
    """Applies and compares. Everything here blocks; call it in the lane's own thread only."""

    def __init__(self, resources: dict[str, Resource], machine: Machine) -> None:
        self._resources = resources
        self._machine = machine
        self.busy_since: float | None = None
        """Monotonic; None: idle. The watchdog looks at it."""

    def apply(self, wishes: Iterable[Wish]) -> list[Verdict]:
        """Make each wish real. Never raises for a wish's sake."""
        return self._batch([(wish, None) for wish in wishes])

    def check(self, wishes: Iterable[Wish]) -> list[Verdict]:
        """Compare each wish with real, and mend or tell."""
        found: list[Verdict] = []
        to_mend: list[tuple[Wish, Drift | None]] = []
        for wish in wishes:
            resource = self._resources[wish.kind]
            try:
                drift = resource.drift(spec_of(wish), self._machine)
            except Exception as wrong:  # noqa: BLE001  told as what it is
                found.append(verdicts.failed(wish, wrong, 0.0))
                continue
            if drift is not None and resource.mends:
                to_mend.append((wish, drift))
            elif (told := verdicts.unchanged(wish, drift)) is not None:
                found.append(told)
        return found + self._batch(to_mend)

    def _batch(self, wishes: list[tuple[Wish, Drift | None]]) -> list[Verdict]:
        self.busy_since = time.monotonic()
        found: list[Verdict] = []
        askers: dict[str, list[int]] = {}
        for place, (wish, mended) in enumerate(wishes):
            found.append(self._one(wish, mended))
            for unit in self._machine.systemd.take_asked():
                askers.setdefault(unit, []).append(place)
        for unit, refused in self._machine.systemd.settle().items():
            for place in askers.get(unit, ()):
                found[place] = verdicts.failed(wishes[place][0], refused, 0.0)
        self.busy_since = None
        return found

    def _one(self, wish: Wish, mended: Drift | None) -> Verdict:
        began = time.perf_counter()
        try:
            done = self._call(wish)()
        except Exception as wrong:  # noqa: BLE001  told as what it is
            return verdicts.failed(wish, wrong, time.perf_counter() - began)
        return verdicts.applied(wish, done, time.perf_counter() - began, mended=mended)

    def _call(self, wish: Wish) -> Callable[[], Applied]:
        resource, machine = self._resources[wish.kind], self._machine

        def remove() -> Applied:
            resource.remove(wish.key, erase=wish.erase, machine=machine)
            return Applied()

        return remove if wish.is_removal else lambda: resource.apply(spec_of(wish), wish.revision, machine)
