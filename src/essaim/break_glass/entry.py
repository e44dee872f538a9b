"""Coming into machines with the Manager dead: an SSH authority that comes from the break-glass key alone, and certificates that it signs.

Machines believe it because the Manager told them its public half while it lived. They ask neither for a lease nor for a word of anybody;
expiry, role and machine they check as always.
"""

import secrets
import time
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
)

LOGIN = "break-glass"
"""The one user that this authority opens, on every machine."""
MACHINES_AT_ONCE = 256
"""OpenSSH reads no more principals (SSHKEY_CERT_MAX_PRINCIPALS)."""
BEFORE_S = 120
_INFO = b"essaim break-glass ssh authority 1"


class Pass(NamedTuple):
    """A new key, its certificate, and until when it is good (seconds of the epoch)."""

    key: str
    certificate: str
    serial: int
    until: int

    def __repr__(self) -> str:
        return f"Pass({self.serial}, ***)"


def public_of(key: str) -> str:
    """The authority's public half, as `ssh-ed25519 AAAA...`, of the break-glass key (`AGE-SECRET-KEY-1...`)."""
    return _authority(key).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def signed(key: str, *, name: str, machines: list[str], seconds: int, role: str = "root") -> Pass:
    """A pass to `machines` for whoever calls themselves `name`."""
    own = Ed25519PrivateKey.generate()
    serial, now = secrets.randbelow(2**63 - 1) + 1, int(time.time())
    certificate = (
        SSHCertificateBuilder()
        .public_key(own.public_key())
        .serial(serial)
        .type(SSHCertificateType.USER)
        .key_id(f"{LOGIN}/{role}/{serial}/{_plain(name)}".encode())
        .valid_principals([f"{LOGIN}:{role}@{machine}".encode() for machine in machines[:MACHINES_AT_ONCE]])
        .valid_after(now - BEFORE_S)
        .valid_before(now + seconds)
        .add_extension(b"permit-pty", b"")
        .sign(_authority(key))
    )
    private = own.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return Pass(private, certificate.public_bytes().decode(), serial, now + seconds)


def door_of(kit: dict[str, Any], machine: str) -> dict[str, Any]:
    """Where the kit says that a machine is; empty: it does not know it."""
    return next((one for one in kit.get("machines", ()) if one.get("name") == machine), {})


def _plain(name: str) -> str:
    return "".join(letter for letter in name.strip() if letter.isprintable())[:60]


def _authority(key: str) -> Ed25519PrivateKey:
    """Always the same one of the same key (HKDF, RFC 5869): no sheet and no kit has to hold it beside."""
    derived = HKDF(SHA256(), length=32, salt=None, info=_INFO).derive(key.strip().encode())
    return Ed25519PrivateKey.from_private_bytes(derived)
