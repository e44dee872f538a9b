"""A certificate for a site: the key made here, the rest ordered from the first ACME authority that issues.

`/srv/essaim/tls/<fqdn>/` is exchanged as a whole. nginx reads `fullchain.pem` and `key.pem` at each handshake, one after
the other; so that the two fit whenever the exchange falls between, a renewal keeps the key for a year.
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import ssl
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import msgspec

from essaim.agent.acme.budget import Budget, Urgency
from essaim.agent.acme.helper import AcmeHelper
from essaim.agent.acme.keys import file_of
from essaim.agent.acme.preference import Preference, summed
from essaim.agent.acme.window import Held, Window, renew_at
from essaim.agent.engines import users
from essaim.agent.engines.files import clear, exchange
from essaim.agent.errors import AgentError, TemporaryError, from_os_error
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, Drift, own_certificate
from essaim.contract import AcmeDirectory, Certificate, Fqdn, OwnCertificate

log = logging.getLogger("essaim.certificate")

KEY_LIFE_S = 366 * 86400.0
CLOCK_WRONG_PAUSE_S = 3600.0
"""A clock that has what was signed a moment ago for old or for not yet valid is looked at so often, with one order, not one a site."""
_CLOCK_LEEWAY_S = 86400.0
ENDING_AT_LIFE = 1 / 12
"""A week of ninety days: a renewal this near the end goes before all others."""
_LAST_LINE = "-----END CERTIFICATE-----"
_MAKE_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class CertificateResource:
    """The certificate as wanted."""

    kind: ClassVar[str] = "certificate"
    mends: ClassVar[bool] = True
    slow: ClassVar[bool] = True
    limit: ClassVar[int] = 12

    def __init__(self) -> None:
        self._helper: AcmeHelper | None = None
        self._preference = Preference()
        self._budget: Budget | None = None
        self._failed: set[Fqdn] = set()
        """Those whose last order failed: they let others go first."""
        self._clock_wrong: tuple[float, float] | None = None
        """Until when (monotonic) nothing is ordered because the clock was found wrong, and how it went then."""
        self._suggests_nothing: dict[str, float] = {}
        """Authorities without ARI, by URL, and when (monotonic) to look again whether they have it."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def warm(self, machine: Machine) -> None:
        """A site was ordered here, so a certificate is likely to follow: have the process ready."""
        with contextlib.suppress(AgentError, OSError):  # told when it is needed and not there
            await self._acme(machine).warm()

    async def apply(self, spec: Certificate, revision: int, machine: Machine) -> Applied:  # noqa: ARG002 (of the protocol)
        """A valid certificate for exactly `spec.names` from one of its authorities is in place."""
        async with self._locks.setdefault(spec.fqdn, asyncio.Lock()):  # a comparison may mend while a wish is applied
            try:
                if spec.own is not None:
                    return await _apply_own(spec, spec.own, machine)
                held = _held(machine, spec)
                before = _told(held, spec, machine) if held is not None else None
                is_new = held is None or await self._is_due(held, spec, machine)
                if held is None or is_new:
                    held = await self._issued(spec, machine)
                window = _window(held, spec, machine)
                chain = (machine.paths.site_tls(spec.fqdn) / "fullchain.pem").read_text()
            except OSError as wrong:
                raise from_os_error(wrong, "certificate") from wrong
        renewal = renew_at(held, window, spec.renew_before_s, spec.fqdn)
        again = min(renewal, window.ask_at) - time.time()
        suggested = {name: fact for name, fact in _suggested(window).items() if fact}
        facts = {**_facts(held, chain), **suggested, "renew_at": renewal}
        is_news = is_new or _suggested(before) != _suggested(window)
        return Applied(facts=facts, again_in_s=max(again, 60.0), is_news=is_news)

    async def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        """`erase`: delete certificate and key. Otherwise they are kept for the day the site comes back."""
        if erase:
            machine.files.remove(machine.paths.site_tls(Fqdn(key)))
            own_certificate.forget(Fqdn(key), machine.paths)

    async def drift(self, spec: Certificate, machine: Machine) -> Drift | None:
        """Looks that the files are there, unchanged, for these names, and not due."""
        if spec.own is not None:
            is_there = own_certificate.is_in_place(spec, spec.own, machine) is not None
            return None if is_there else _drift(spec)
        held = _held(machine, spec)
        if held is None or time.time() >= renew_at(held, _told(held, spec, machine), spec.renew_before_s, spec.fqdn):
            return _drift(spec)
        return None

    async def close(self) -> None:
        """End the process, with the agent."""
        if self._helper is not None:
            await self._helper.close()

    async def _issued(self, spec: Certificate, machine: Machine) -> Held:
        if (
            self._clock_wrong
            and time.monotonic() < self._clock_wrong[0]
            and abs(_clock() - self._clock_wrong[1]) < CLOCK_WRONG_PAUSE_S
        ):
            raise _clock_is_wrong()
        place = machine.paths.site_tls(spec.fqdn)
        with _staging(place) as new:
            key = new / "key.pem"
            kept = not _is_replaced(spec, machine) and _keep_key(place / "key.pem", key)
            source = ["-key"] if kept else [*_MAKE_KEY, "-keyout"]
            csr = await _request(spec, [*source, str(key)], machine)
            directory, answer = await self._ordered(spec, csr, machine)
            held = await asyncio.to_thread(_put_in_place, new, place, spec, directory, answer)
            own_certificate.forget(spec.fqdn, machine.paths)
        if not held.not_before - _CLOCK_LEEWAY_S < time.time() < held.not_after:  # it is in place: visitors know better
            self._clock_wrong = (time.monotonic() + CLOCK_WRONG_PAUSE_S, _clock())
            raise _clock_is_wrong()
        self._clock_wrong = None
        return held

    async def _ordered(self, spec: Certificate, csr: str, machine: Machine) -> tuple[str, dict[str, Any]]:
        """The answer of the first authority that issues, and its URL.

        Raises:
            TemporaryError, PermanentError: none does.
        """
        refusals: list[AgentError] = []
        budget = self._budget = self._budget or Budget(machine)
        urgency = Urgency.LATER if spec.fqdn in self._failed else _urgency(machine, spec)
        for directory in self._preference.in_turn(spec.in_order):
            former = _former(machine, spec, directory)
            try:
                budget.spend(directory, spec.fqdn, urgency)
                answer = await self._acme(machine).issue(directory, contact=spec.contact, csr=csr, former=former)
            except AgentError as wrong:
                refusals.append(wrong)
                if wrong.code != "certificate.queued":
                    self._failed.add(spec.fqdn)
                if not self._preference.passes_on(directory, wrong):
                    break
            else:
                self._preference.answered(directory)
                self._failed.discard(spec.fqdn)
                return directory.url, answer
        raise summed(refusals)

    async def _is_due(self, held: Held, spec: Certificate, machine: Machine) -> bool:
        """The next one is to be ordered now. The authority is asked when it is time to; what it suggests is kept."""
        if held.reissue < spec.reissue:
            return True
        now, window = time.time(), _window(held, spec, machine)
        if window.ask_at <= now < held.not_after:
            window = await self._asked(window, held, spec, machine)
            machine.files.write(_window_file(spec, machine), msgspec.json.encode(window))
        return now >= renew_at(held, window, spec.renew_before_s, spec.fqdn)

    async def _asked(self, window: Window, held: Held, spec: Certificate, machine: Machine) -> Window:
        now, directory = time.time(), next(one for one in spec.in_order if one.url == held.directory)
        if time.monotonic() < self._suggests_nothing.get(directory.url, 0.0):
            return window.unanswered(now)
        chain = (machine.paths.site_tls(spec.fqdn) / "fullchain.pem").read_text()
        try:
            told = await self._acme(machine).suggestion(directory, contact=spec.contact, chain=chain)
        except AgentError as wrong:
            log.info("%s: its authority does not say when to renew: %s", spec.fqdn, wrong.sentence)
            return window.unanswered(now)
        if "end" not in told:
            self._suggests_nothing[directory.url] = time.monotonic() + told["ask_in_s"]
        return window.answered(told, now)

    def _acme(self, machine: Machine) -> AcmeHelper:
        if self._helper is None:
            machine.files.directory(machine.paths.challenges)
            self._helper = AcmeHelper(
                machine.run,
                state=machine.paths.state / "acme",
                answers=machine.paths.challenges,
                keys=file_of(machine.paths),
            )
        return self._helper


def _held(machine: Machine, spec: Certificate) -> Held | None:
    """What is in place, when it is what `spec` wants."""
    place = machine.paths.site_tls(spec.fqdn)
    try:
        held = msgspec.json.decode((place / "facts.json").read_bytes(), type=Held)
        chain = (place / "fullchain.pem").read_bytes()
    except (OSError, msgspec.DecodeError):
        return None
    is_it = (
        (place / "key.pem").is_file()
        and held.chain_sha256 == hashlib.sha256(chain).hexdigest()
        and any(held.directory == directory.url for directory in spec.in_order)
        and set(held.names) == set(spec.names)
    )
    return held if is_it else None


def _clock() -> float:
    """Changes when the clock is set, and not as time goes by."""
    return time.time() - time.monotonic()


def _clock_is_wrong() -> TemporaryError:
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return TemporaryError(
        "certificate.clock_wrong",
        f"The clock of this machine is wrong: it says {now} UTC, which does not fit a certificate that was signed a moment ago.",
        "Set the clock, and have it kept right (systemd-timesyncd or chrony).",
        facts={"now": now},
        retry_in_s=CLOCK_WRONG_PAUSE_S,
    )


async def _apply_own(spec: Certificate, own: OwnCertificate, machine: Machine) -> Applied:
    held = own_certificate.is_in_place(spec, own, machine)
    is_new = held is None
    if held is None:
        with _staging(machine.paths.site_tls(spec.fqdn)) as new:
            held = await own_certificate.put(spec, own, new, machine)
    return Applied(facts=_facts(held, own.chain), is_news=is_new)


def _drift(spec: Certificate) -> Drift:
    return Drift(
        "certificate.due",
        f"The certificate of {spec.fqdn} was missing, changed, or due for renewal.",
        {"fqdn": str(spec.fqdn)},
    )


def _is_replaced(spec: Certificate, machine: Machine) -> bool:
    """What is in place is to be replaced before its time: its key is not used again."""
    held = _held(machine, spec)
    return held is not None and held.reissue < spec.reissue


def _urgency(machine: Machine, spec: Certificate) -> Urgency:
    held = _held(machine, spec)
    if held is None or held.not_after <= time.time():
        return Urgency.NEW
    if held.not_after - time.time() < (held.not_after - held.not_before) * ENDING_AT_LIFE:
        return Urgency.ENDING
    return Urgency.REPLACED if held.reissue < spec.reissue else Urgency.LATER


def _former(machine: Machine, spec: Certificate, directory: AcmeDirectory) -> str:
    """The chain in place, when it is of `directory`: an order there takes its place, whatever its names."""
    place = machine.paths.site_tls(spec.fqdn)
    try:
        held = msgspec.json.decode((place / "facts.json").read_bytes(), type=Held)
        return (place / "fullchain.pem").read_text() if held.directory == directory.url else ""
    except (OSError, ValueError):  # none, or damaged
        return ""


def _window_file(spec: Certificate, machine: Machine) -> Path:
    return machine.paths.site_tls(spec.fqdn) / "renewal.json"


def _told(held: Held, spec: Certificate, machine: Machine) -> Window | None:
    """What is known of when to renew `held`."""
    try:
        window = msgspec.json.decode(_window_file(spec, machine).read_bytes(), type=Window)
    except (OSError, msgspec.DecodeError):
        return None
    return window if window.chain_sha256 == held.chain_sha256 else None


def _window(held: Held, spec: Certificate, machine: Machine) -> Window:
    """The same; where nothing is known, that is noted with the time of the first question."""
    window = _told(held, spec, machine)
    if window is None:
        window = Window.first(held, spec.fqdn, time.time())
        machine.files.write(_window_file(spec, machine), msgspec.json.encode(window))
    return window


def _suggested(window: Window | None) -> dict[str, str | int | float | bool]:
    """What the authority suggests of the renewal (RFC 9773, section 4.2), as it is told; empty: nothing."""
    if window is None or not window.end:
        return {}
    return {"window_start": window.start, "window_end": window.end, "window_why": window.explanation}


def _fingerprint(chain: str) -> str:
    """SHA-256 of the chain's first certificate, as browsers show it."""
    first = chain.partition(_LAST_LINE)[0] + _LAST_LINE
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first[first.index("-----BEGIN") :])).hexdigest()


def _facts(held: Held, chain: str) -> dict[str, str | int | float | bool]:
    return {
        "not_before": held.not_before,
        "not_after": held.not_after,
        "serial": held.serial,
        "fingerprint": _fingerprint(chain),
        "issuer": held.issuer,
        "directory": AcmeDirectory(url=held.directory).host,
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
        found = former.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(found.st_mode):  # the client's own, which was theirs alone
        return False
    made = found.st_mtime
    if time.time() - made >= KEY_LIFE_S:
        return False
    descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(former.read_bytes())
    os.utime(key, (made, made))
    return True


def _put_in_place(new: Path, place: Path, spec: Certificate, directory: str, answer: dict[str, Any]) -> Held:
    held = _write(new, spec, directory, answer)
    if place.is_dir():
        exchange(new, place)
    else:
        new.rename(place)
    return held


def _write(new: Path, spec: Certificate, directory: str, answer: dict[str, Any]) -> Held:
    """Fill `new`, all of it on the disk, for nginx to read and nobody else."""
    chain = answer["chain"].encode()
    held = Held(
        directory=directory,
        names=tuple(str(name) for name in spec.names),
        chain_sha256=hashlib.sha256(chain).hexdigest(),
        reissue=spec.reissue,
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
