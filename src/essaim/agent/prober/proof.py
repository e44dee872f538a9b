"""One proof: the names resolved, then every request in parallel."""

import asyncio
import secrets
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from essaim.agent.errors import Fact
from essaim.agent.prober.checks import (
    OF_MAINTENANCE,
    Check,
    Fault,
    advice_for,
    checks_of,
    failed,
    judge,
    where_it_leads,
)
from essaim.agent.prober.http import BadAnswer, get
from essaim.agent.prober.resolve import Addresses, ResolverAway, resolve
from essaim.contract import Fqdn, Probe, ProbeResult

REQUEST_TIMEOUT_S = 10.0
FRONT_TIMEOUT_S = 2.0
"""The front page is a client's own, and only a fact: a slow one does not hold up the proof."""
FRESH_REQUESTS = 24
GENTLE_REQUESTS = 8
_SYSTEM_CA = Path("/etc/ssl/certs/ca-certificates.crt")
LookUp = Callable[[str], Awaitable[Addresses]]


class Ports(NamedTuple):
    """Where sites listen."""

    http: int = 80
    https: int = 443


WEB = Ports()


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was seen. `code` is empty when all is as expected."""

    code: str = ""
    sentence: str = ""
    probes: tuple[ProbeResult, ...] = ()
    facts: dict[str, Fact] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Everything expected was seen."""
        return not self.code

    @property
    def advice(self) -> str:
        """What a volunteer can do."""
        return advice_for(self.code) if self.code else ""


class Prover:
    """Proves sites. Fresh and gentle proofs have connections of their own: neither waits for the other."""

    def __init__(self, extra_ca: Path | None = None, *, look_up: LookUp = resolve, ports: Ports = WEB) -> None:
        """`extra_ca`: PEM of authorities to trust beside the system's, where the file exists."""
        self._extra_ca = extra_ca
        self._look_up = look_up
        self._ports = ports
        self._tls: ssl.SSLContext | None = None
        self._tls_of: tuple[float, ...] = ()
        self._fresh = asyncio.Semaphore(FRESH_REQUESTS)
        self._gentle = asyncio.Semaphore(GENTLE_REQUESTS)

    def _context(self) -> ssl.SSLContext:
        """Who is trusted, read again when one of the files changed: an agent runs for months."""
        files = [path for path in (_SYSTEM_CA, self._extra_ca) if path is not None and path.exists()]
        now = tuple(path.stat().st_mtime for path in files)
        if self._tls is None or now != self._tls_of:
            # By the folder: each authority is read when a site needs it, a megabyte less than all of them at once.
            self._tls, self._tls_of = ssl.create_default_context(capath=str(_SYSTEM_CA.parent)), now
            if self._extra_ca in files:
                self._tls.load_verify_locations(self._extra_ca)
        return self._tls

    async def prove(self, spec: Probe, *, gentle: bool = False) -> Proof:
        """Look at the site as a visitor of each of its names would. Never raises for what a site or a name is."""
        began = time.monotonic()
        names = (spec.fqdn, *spec.aliases, *spec.wildcards)
        try:
            answers = await asyncio.gather(*(self._look_up(name) for name in names))
        except ResolverAway as away:
            return Proof(code="probe.resolver_away", sentence=str(away), facts=away.facts, seconds=_since(began))
        found = dict(zip(names, answers, strict=True))
        misled = _misled(spec, found)
        if spec.expect == "gone":  # a name that leads away, or nowhere, is gone from us
            found = {name: led for name, led in found.items() if where_it_leads(spec, name, led) is None}
            misled = None
        if misled is not None:
            return Proof(code=misled.code, sentence=misled.sentence, facts=misled.facts, seconds=_since(began))
        nonce = "" if gentle else secrets.token_hex(16)
        gate = self._gentle if gentle else self._fresh
        checks = checks_of(spec, found, nonce=nonce)
        probes = tuple(await asyncio.gather(*(self._request(spec, check, gate) for check in checks)))
        return _summed(probes, began)

    async def _request(self, spec: Probe, check: Check, gate: asyncio.Semaphore) -> ProbeResult:
        is_front = check.check == "front"
        async with gate:
            began = time.monotonic()
            tls, port = (self._context(), self._ports.https) if check.scheme == "https" else (None, self._ports.http)
            try:
                async with asyncio.timeout(FRONT_TIMEOUT_S if is_front else REQUEST_TIMEOUT_S):
                    path = check.path(spec.expect)
                    answer = await get(check.address, check.name, path, port=port, tls=tls, want_body=not is_front)
            except (OSError, BadAnswer) as wrong:  # TimeoutError and ssl.SSLError are OSErrors
                return failed(check, wrong, _since(began))
            return judge(spec, check, answer, _since(began))


def _misled(spec: Probe, found: Mapping[Fqdn, Addresses]) -> Fault | None:
    faults = (where_it_leads(spec, name, addresses) for name, addresses in found.items())
    return next((fault for fault in faults if fault is not None), None)


def _summed(probes: tuple[ProbeResult, ...], began: float) -> Proof:
    wrong = next((one for one in probes if not one.ok and (one.check != "front" or one.code in OF_MAINTENANCE)), None)
    facts: dict[str, Fact] = {"requests": len(probes)}
    facts |= next(({"front_status": probe.status} for probe in probes if probe.check == "front" and probe.status), {})
    facts |= wrong.facts if wrong else {}
    ends = [float(probe.facts["certificate_not_after"]) for probe in probes if "certificate_not_after" in probe.facts]
    facts |= {"certificate_not_after": min(ends)} if ends else {}
    return Proof(
        code=wrong.code if wrong else "",
        sentence=wrong.sentence if wrong else "",
        probes=probes,
        facts=facts,
        seconds=_since(began),
    )


def _since(began: float) -> float:
    return time.monotonic() - began
