"""A certificate for a site: the key made here, the rest ordered from an ACME authority by a process of its own.

`/srv/essaim/tls/<fqdn>/` is exchanged as a whole. nginx reads `fullchain.pem` and `key.pem` at each handshake, one after
the other; so that the two fit whenever the exchange falls between, a renewal keeps the key for a year.
"""

import asyncio
import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import msgspec

from essaim.agent.acme.helper import AcmeHelper
from essaim.agent.engines import users
from essaim.agent.engines.files import clear, exchange
from essaim.agent.errors import AgentError, from_os_error
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, Drift
from essaim.contract import Certificate, Fqdn

KEY_LIFE_S = 366 * 86400.0
RENEW_AT_LIFE = 1 / 3
"""Short-lived certificates are renewed in the last third of their life, however early the wish says."""
SPREAD = 0.2
"""Of the renewal window: sites made in one hour are not all renewed in one hour."""
_MAKE_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Held(msgspec.Struct, frozen=True):
    """What `facts.json` beside a certificate says of it."""

    directory: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    serial: str
    issuer: str
    chain_sha256: str

    def renew_at(self, renew_before_s: float, fqdn: str) -> float:
        """When to order the next one, in seconds since the epoch."""
        window = min(renew_before_s, (self.not_after - self.not_before) * RENEW_AT_LIFE)
        share = int.from_bytes(hashlib.sha256(fqdn.encode()).digest()[:4], "big") / 2**32
        return self.not_after - window * (1 - SPREAD * share)  # ARI (RFC 9773) would be asked here


class CertificateResource:
    """The certificate as wanted."""

    kind: ClassVar[str] = "certificate"
    mends: ClassVar[bool] = True
    slow: ClassVar[bool] = True
    limit: ClassVar[int] = 12

    def __init__(self) -> None:
        self._helper: AcmeHelper | None = None
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def warm(self, machine: Machine) -> None:
        """A site was ordered here, so a certificate is likely to follow: have the process ready."""
        with contextlib.suppress(AgentError, OSError):  # told when it is needed and not there
            await self._acme(machine).warm()

    async def apply(self, spec: Certificate, revision: int, machine: Machine) -> Applied:  # noqa: ARG002 (of the protocol)
        """A valid certificate for exactly `spec.names` from `spec.directory` is in place."""
        async with self._locks.setdefault(spec.fqdn, asyncio.Lock()):  # a comparison may mend while a wish is applied
            held = _held(machine, spec)
            if held is None:
                try:
                    held = await self._issued(spec, machine)
                except OSError as wrong:
                    raise from_os_error(wrong, "certificate") from wrong
        again = held.renew_at(spec.renew_before_s, spec.fqdn) - time.time()
        return Applied(facts=_facts(held), again_in_s=max(again, 60.0))

    async def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        """`erase`: delete certificate and key. Otherwise they are kept for the day the site comes back."""
        if erase:
            machine.files.remove(machine.paths.site_tls(Fqdn(key)))

    async def drift(self, spec: Certificate, machine: Machine) -> Drift | None:
        """Looks that the files are there, unchanged, for these names, and not due."""
        if _held(machine, spec) is None:
            return Drift(
                "certificate.due",
                f"The certificate of {spec.fqdn} was missing, changed, or due for renewal.",
                {"fqdn": str(spec.fqdn)},
            )
        return None

    async def close(self) -> None:
        """End the process, with the agent."""
        if self._helper is not None:
            await self._helper.close()

    async def _issued(self, spec: Certificate, machine: Machine) -> Held:
        place = machine.paths.site_tls(spec.fqdn)
        with _staging(place) as new:
            key = new / "key.pem"
            source = ["-key"] if _keep_key(place / "key.pem", key) else [*_MAKE_KEY, "-keyout"]
            csr = await _request(spec, [*source, str(key)], machine)
            answer = await self._acme(machine).issue(directory=spec.directory, contact=spec.contact, csr=csr)
            return await asyncio.to_thread(_put_in_place, new, place, spec, answer)

    def _acme(self, machine: Machine) -> AcmeHelper:
        if self._helper is None:
            machine.files.directory(machine.paths.challenges)
            self._helper = AcmeHelper(machine.run, state=machine.paths.state / "acme", answers=machine.paths.challenges)
        return self._helper


def _held(machine: Machine, spec: Certificate) -> Held | None:
    """What is in place, when it is what `spec` wants and not due for renewal."""
    place = machine.paths.site_tls(spec.fqdn)
    try:
        held = msgspec.json.decode((place / "facts.json").read_bytes(), type=Held)
        chain = (place / "fullchain.pem").read_bytes()
    except (OSError, msgspec.DecodeError):
        return None
    is_it = (
        (place / "key.pem").is_file()
        and held.chain_sha256 == hashlib.sha256(chain).hexdigest()
        and held.directory == spec.directory
        and set(held.names) == set(spec.names)
    )
    is_due = time.time() >= held.renew_at(spec.renew_before_s, spec.fqdn)
    return held if is_it and not is_due else None


def _facts(held: Held) -> dict[str, str | int | float | bool]:
    return {
        "not_before": held.not_before,
        "not_after": held.not_after,
        "serial": held.serial,
        "issuer": held.issuer,
        "names": " ".join(held.names),
    }


@contextlib.contextmanager
def _staging(place: Path) -> Iterator[Path]:
    """A directory to build in, on the same file system as `place` and never found by nginx."""
    new = place.parent / ".new" / place.name
    new.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    clear(new)
    new.mkdir(mode=0o700)
    try:
        yield new
    finally:
        clear(new)


async def _request(spec: Certificate, key: list[str], machine: Machine) -> str:
    """A signing request (PEM). `key`: openssl's words for the key to use or to make."""
    names = ",".join(f"DNS:{name}" for name in spec.names)
    asked = await machine.run.run_async(
        ["openssl", "req", "-new", "-sha256", *key, "-subj", "/", "-addext", f"subjectAltName={names}"]
    )
    return asked.out.decode()


def _keep_key(former: Path, key: Path) -> bool:
    """Make `key` the `former` one. False: there is none that may serve on."""
    try:
        made = former.stat().st_mtime
    except FileNotFoundError:
        return False
    if time.time() - made >= KEY_LIFE_S:
        return False
    descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(former.read_bytes())
    os.utime(key, (made, made))
    return True


def _put_in_place(new: Path, place: Path, spec: Certificate, answer: dict[str, Any]) -> Held:
    held = _write(new, spec, answer)
    if place.is_dir():
        exchange(new, place)
    else:
        new.rename(place)
    return held


def _write(new: Path, spec: Certificate, answer: dict[str, Any]) -> Held:
    """Fill `new`, all of it on the disk, for nginx to read and nobody else."""
    chain = answer["chain"].encode()
    held = Held(
        directory=spec.directory,
        names=tuple(str(name) for name in spec.names),
        chain_sha256=hashlib.sha256(chain).hexdigest(),
        **{fact: answer[fact] for fact in ("not_before", "not_after", "serial", "issuer")},
    )
    (new / "fullchain.pem").write_bytes(chain)
    (new / "facts.json").write_bytes(msgspec.json.encode(held))
    group = users.web_group() if os.geteuid() == 0 else -1
    for name, mode in (("fullchain.pem", 0o644), ("facts.json", 0o644), ("key.pem", 0o640), (".", 0o750)):
        descriptor = os.open(new / name, os.O_RDONLY)
        try:
            os.fchown(descriptor, -1, group)
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return held
