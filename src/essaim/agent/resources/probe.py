"""A site proved from outside: at once when it is wanted, and then for as long as it is wanted, at a gentle rate."""

import asyncio
import hashlib
import random
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


class ProbeResource:
    """The proof of one site."""

    kind: ClassVar[str] = "probe"
    mends: ClassVar[bool] = False
    slow: ClassVar[bool] = True
    limit: ClassVar[int] = 32
    looks: ClassVar[int] = 8

    def __init__(self, prover: Prover | None = None) -> None:
        self._prover = prover

    async def apply(self, spec: Probe, revision: int, machine: Machine) -> Applied:  # noqa: ARG002 (of the protocol)
        """The site is as expected, seen just now."""
        proof = await self._proved(spec, machine)
        if not proof.holds:
            raise TemporaryError(
                proof.code,
                proof.sentence,
                proof.advice,
                facts=proof.facts,
                probes=proof.probes,
                retry_at_most_s=LONGEST_RETRY_S,
            )
        facts = {**proof.facts, "proof_seconds": round(proof.seconds, 4), "site_revision": spec.site_revision}
        return Applied(facts=facts, probes=proof.probes, again_in_s=_first_look_s(spec))

    async def _proved(self, spec: Probe, machine: Machine) -> Proof:
        """PHP is asked every time: an earlier answer may belong to a report that the manager had to pass over."""
        prover = self._of(machine)
        proof = await prover.prove(spec)
        for pause in SILENT_RETRIES_S:
            if proof.holds:
                break
            await asyncio.sleep(pause)
            proof = await prover.prove(spec)
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

    async def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        """It is not looked at any more."""

    async def drift(self, spec: Probe, machine: Machine) -> Drift | None:  # noqa: ARG002 (of the protocol)
        """Not asked: `look` goes on by itself."""
        return None

    def _of(self, machine: Machine) -> Prover:
        if self._prover is None:
            self._prover = Prover(machine.paths.etc / "prober-ca.pem")
        return self._prover


def _first_look_s(spec: Probe) -> float:
    """The first gentle look falls anywhere in the interval, by name: sites wanted in one minute are spread over all of it."""
    share = int.from_bytes(hashlib.sha256(spec.fqdn.encode()).digest()[:4], "big") / 2**32
    return max(1.0, spec.every_s * (0.1 + 0.9 * share))
