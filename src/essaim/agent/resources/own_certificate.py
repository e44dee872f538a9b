"""A certificate that a client brought: the sealed key lies beside the chain, the opened one in memory only, where nginx reads it.

`key.pem` is a link to a file of its own for each key, so that chain and key change in the same step.
"""

import asyncio
import datetime as dt
import hashlib
from pathlib import Path

import msgspec

from essaim.agent.acme.window import Held
from essaim.agent.engines import sealed, users
from essaim.agent.engines.files import clear, exchange
from essaim.agent.errors import AgentError, PermanentError
from essaim.agent.machine import Config, Machine, Paths
from essaim.contract import Certificate, Fqdn, OwnCertificate

OWN = "own"
"""In the place of an authority's directory URL."""
SEALED = "key.sealed"


def is_in_place(spec: Certificate, own: OwnCertificate, machine: Machine) -> Held | None:
    """What the machine knows of `own`, when exactly that is served."""
    place = machine.paths.site_tls(spec.fqdn)
    try:
        held = msgspec.json.decode((place / "facts.json").read_bytes(), type=Held)
        is_it = (
            held.directory == OWN
            and held.chain_sha256 == hashlib.sha256(own.chain.encode()).hexdigest()
            and (place / "fullchain.pem").read_text() == own.chain
            and (place / SEALED).read_text() == own.key
            and (place / "key.pem").readlink() == _key_file(own.key, spec.fqdn, machine.paths)
            and (place / "key.pem").is_file()
        )
    except (OSError, ValueError):
        return None
    return held if is_it else None


async def put(spec: Certificate, own: OwnCertificate, new: Path, machine: Machine) -> Held:
    """Serve `own` from the next handshake on. `new`: an empty directory to build in.

    Raises:
        PermanentError: `certificate.own_sealed_for_another`, `certificate.own_key_wrong`.
    """
    key = sealed.opened(own.key, machine)
    leaf = await machine.run.run_async(
        ["openssl", "x509", "-noout", "-pubkey", "-serial", "-issuer", "-nameopt", "multiline,utf8,-esc_msb", "-startdate", "-enddate", "-dateopt", "iso_8601"],
        stdin=own.chain.encode(),
        check=False,
    )  # fmt: skip
    fits = await machine.run.run_async(["openssl", "pkey", "-pubout"], stdin=key, check=False)
    if leaf.code or fits.code or not fits.out.strip() or fits.out.strip() not in leaf.out:
        raise PermanentError(
            "certificate.own_key_wrong",
            f"The key of the certificate that was uploaded for {spec.fqdn} does not belong to it.",
            "Upload certificate and key once more. What was served before is served on.",
            facts={"fqdn": str(spec.fqdn)},
        )
    held = _held(spec, own, leaf.out.decode(errors="replace"))
    await asyncio.to_thread(_put_in_place, spec, own, key, held, new, machine)
    return held


def _put_in_place(spec: Certificate, own: OwnCertificate, key: bytes, held: Held, new: Path, machine: Machine) -> None:
    opened = _open(key, own.key, spec.fqdn, machine)
    group, files = users.web_group(), machine.files
    files.write(new / "fullchain.pem", own.chain, uid=0, gid=group, durable=True)
    files.write(new / SEALED, own.key, mode=0o600, durable=True)
    files.write(new / "facts.json", msgspec.json.encode(held), durable=True)
    files.symlink(new / "key.pem", opened)
    files.directory(new, mode=0o750, uid=0, gid=group)
    place = machine.paths.site_tls(spec.fqdn)
    if place.is_dir():
        exchange(new, place)
    else:
        new.rename(place)
    forget(spec.fqdn, machine.paths, but=opened)


def forget(fqdn: Fqdn, paths: Paths, *, but: Path | None = None) -> None:
    """No opened key of the site is there, except `but`."""
    for file in paths.tls_keys.glob(f"{fqdn}.*.pem"):
        if file != but and file.name.removeprefix(f"{fqdn}.").count(".") == 1:
            clear(file)


def open_all(machine: Machine) -> list[str]:
    """At boot, before nginx starts: every sealed key is opened. Answers what could not be, in words."""
    wrong = []
    for place in sorted(machine.paths.tls.iterdir() if machine.paths.tls.is_dir() else ()):
        if (place / SEALED).is_file():
            text = (place / SEALED).read_text()
            try:
                _open(sealed.opened(text, machine), text, Fqdn(place.name), machine)
            except (AgentError, OSError) as refused:
                wrong.append(f"{place.name}: {refused}")
    return wrong


def main() -> int:
    """The command `open-keys`. Returns the exit status: 0, also where one cannot be opened, for the others are served."""
    for wrong in open_all(Machine(Config(machine="", roles=("web",)))):
        print(wrong)  # noqa: T201  into the journal
    return 0


def _open(key: bytes, text: str, fqdn: Fqdn, machine: Machine) -> Path:
    group = users.web_group()
    machine.paths.tls_keys.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    machine.files.directory(machine.paths.tls_keys, mode=0o710, uid=0, gid=group)
    file = _key_file(text, fqdn, machine.paths)
    machine.files.write(file, key, mode=0o640, uid=0, gid=group)
    return file


def _key_file(text: str, fqdn: Fqdn, paths: Paths) -> Path:
    return paths.tls_keys / f"{fqdn}.{hashlib.sha256(text.encode()).hexdigest()[:16]}.pem"


def _held(spec: Certificate, own: OwnCertificate, told: str) -> Held:
    words = dict(line.strip().partition("=")[::2] for line in told.splitlines() if "=" in line)
    names = {name.strip(): value.strip() for name, value in words.items()}

    def moment(word: str) -> float:
        return dt.datetime.fromisoformat(names[word]).timestamp()

    return Held(
        directory=OWN,
        names=tuple(str(name) for name in spec.names),
        not_before=moment("notBefore"),
        not_after=moment("notAfter"),
        serial=names.get("serial", "").lower(),
        issuer=names.get("commonName") or names.get("organizationName") or "",
        chain_sha256=hashlib.sha256(own.chain.encode()).hexdigest(),
    )
