"""A site proved from outside: at once when it is wanted, and then for as long as it is wanted, at a gentle rate."""

import asyncio
import hashlib
import random
from collections import OrderedDict
from typing import ClassVar

from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Machine
from essaim.agent.prober.proof import Proof, Prover
from essaim.agent.resources import Applied, Drift, Seen
from essaim.contract import Probe

SILENT_RETRIES_S = (0.1, 0.2, 0.4)
"""A site that was made a moment ago may need as long; only then is it told that the proof does not hold."""
LONGEST_RETRY_S = 60.0
CONFIRM_S = (1.0, 3.0)
"""What does not hold once is looked at twice more before anybody is told: one lost packet is no drift."""
DRIFTED_EVERY_S = 60.0
RESOLVER_AWAY_S = 30.0
JITTER = 0.05
_PHP_REMEMBERED = 1_000


class ProbeResource:
    """The proof of one site."""

    kind: ClassVar[str] = "probe"
    mends: ClassVar[bool] = False
    slow: ClassVar[bool] = True
    limit: ClassVar[int] = 32
    looks: ClassVar[int] = 8

    def __init__(self, prover: Prover | None = None) -> None:
        self._prover = prover
        self._php_proved: OrderedDict[str, int] = OrderedDict()

    async def apply(self, spec: Probe, revision: int, machine: Machine) -> Applied:  # noqa: ARG002 (of the protocol)
        """The site is as expected, seen just now."""
        with_php = self._php_proved.get(spec.fqdn) != spec.site_revision
        proof = await self._proved(spec, machine, with_php=with_php)
        if not proof.holds:
            raise TemporaryError(
                proof.code,
                proof.sentence,
                proof.advice,
                facts=proof.facts,
                probes=proof.probes,
                retry_at_most_s=LONGEST_RETRY_S,
            )
        if with_php:
            self._remember(spec)
        facts = {**proof.facts, "proof_seconds": round(proof.seconds, 4), "site_revision": spec.site_revision}
        return Applied(facts=facts, probes=proof.probes, again_in_s=_first_look_s(spec))

    async def _proved(self, spec: Probe, machine: Machine, *, with_php: bool) -> Proof:
        prover = self._of(machine)
        proof = await prover.prove(spec, with_php=with_php)
        for pause in SILENT_RETRIES_S:
            if proof.holds:
                break
            await asyncio.sleep(pause)
            proof = await prover.prove(spec, with_php=with_php)
        return proof

    async def look(self, spec: Probe, machine: Machine, *, drifted: bool) -> Seen:
        """See gently whether the site still is what it was. `drifted`: it was not when last looked at."""
        prover = self._of(machine)
        proof = await prover.prove(spec, gentle=True)
        for pause in () if drifted else CONFIRM_S:
            if proof.holds:
                break
            await asyncio.sleep(pause)
            proof = await prover.prove(spec, gentle=True)
        if proof.code == "probe.resolver_away":
            return Seen(as_before=True, again_in_s=RESOLVER_AWAY_S)  # nothing is known of the site
        every = spec.every_s if proof.holds else min(DRIFTED_EVERY_S, spec.every_s)
        return Seen(
            code=proof.code,
            sentence=proof.sentence,
            advice=proof.advice,
            facts={**proof.facts, "proof_seconds": round(proof.seconds, 4)},
            probes=proof.probes,
            again_in_s=every * random.uniform(1 - JITTER, 1 + JITTER),  # noqa: S311 (spreading, not a secret)
        )

    async def remove(self, key: str, *, erase: bool, machine: Machine) -> None:  # noqa: ARG002 (of the protocol)
        """It is not looked at any more."""
        self._php_proved.pop(key, None)

    async def drift(self, spec: Probe, machine: Machine) -> Drift | None:  # noqa: ARG002 (of the protocol)
        """Not asked: `look` goes on by itself."""
        return None

    def _of(self, machine: Machine) -> Prover:
        if self._prover is None:
            self._prover = Prover(machine.paths.etc / "prober-ca.pem")
        return self._prover

    def _remember(self, spec: Probe) -> None:
        """So that a later proof of the same site, for its certificate, does not wake PHP once more."""
        self._php_proved[str(spec.fqdn)] = spec.site_revision
        self._php_proved.move_to_end(str(spec.fqdn))
        while len(self._php_proved) > _PHP_REMEMBERED:
            self._php_proved.popitem(last=False)


def _first_look_s(spec: Probe) -> float:
    """The first gentle look falls anywhere in the interval, by name: sites wanted in one minute are spread over all of it."""
    share = int.from_bytes(hashlib.sha256(spec.fqdn.encode()).digest()[:4], "big") / 2**32
    return max(1.0, spec.every_s * (0.1 + 0.9 * share))
