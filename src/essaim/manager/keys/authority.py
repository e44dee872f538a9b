"""The house's SSH authorities: one signs for people, one for machines (PROTOCOL.certkeys of OpenSSH).

Their keys are made when they are first needed and lie encrypted in ESSAIM_STATE/ssh, which is not in the database: a copy of the
database signs nothing. Where ESSAIM_SSH_PKCS11_MODULE names one, they are in a PKCS#11 token instead: `token.py`.
"""

import base64
import os
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
    load_ssh_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from essaim.manager.keys.token import Token, TokenAuthority

Whom = Literal["people", "machines"]


class Signer(Protocol):
    """Signs certificates, wherever its key is."""

    @property
    def public(self) -> str:
        """Its public half, in one line without a comment."""

    def sign(
        self,
        key: Ed25519PublicKey,
        *,
        key_id: str,
        serial: int,
        principals: list[str],
        begins: datetime,
        ends: datetime,
    ) -> str:
        """A certificate about `key`, as OpenSSH reads it. One for a person allows a terminal, and nothing else."""


class Authority:
    """One of the two keys, in a file."""

    def __init__(self, whom: Whom, folder: Path) -> None:
        self.whom = whom
        self._path = folder / whom
        self._key = _kept(self._path)

    @property
    def public(self) -> str:
        """As `ssh-ed25519 AAAA...`."""
        return public_text(self._key.public_key())

    def sign(
        self,
        key: Ed25519PublicKey,
        *,
        key_id: str,
        serial: int,
        principals: list[str],
        begins: datetime,
        ends: datetime,
    ) -> str:
        """A certificate about `key`, as OpenSSH reads it. One for a person allows a terminal, and nothing else."""
        of_machines = self.whom == "machines"
        builder = (
            SSHCertificateBuilder()
            .public_key(key)
            .serial(serial)
            .type(SSHCertificateType.HOST if of_machines else SSHCertificateType.USER)
            .key_id(key_id.encode())
            .valid_principals([name.encode() for name in principals])
            .valid_after(int(begins.timestamp()))
            .valid_before(int(ends.timestamp()))
        )
        if not of_machines:
            builder = builder.add_extension(b"permit-pty", b"")
        return builder.sign(self._key).public_bytes().decode()


def authority(whom: Whom) -> Signer:
    """The authority that signs for people, or for machines."""
    token = Token(*settings.SSH_PKCS11)
    if token.module:
        return TokenAuthority(whom, token, settings.STATE / "ssh")
    return Authority(whom, settings.STATE / "ssh")


def public_text(key: Ed25519PublicKey) -> str:
    """`ssh-ed25519 AAAA...`, without a comment."""
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _kept(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        _make(path)
    try:
        key = load_ssh_private_key(_cipher().decrypt(path.read_bytes()), password=None)
    except InvalidToken:
        raise ImproperlyConfigured(f"{path} was encrypted with another secret key than the Manager has.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"{path} holds no Ed25519 key.")
    return key


def _make(path: Path) -> None:
    """Two processes that both find none end with the same one: a file gets its name only where there is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_cipher().encrypt(text))
        file.flush()
        os.fsync(descriptor)
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def _cipher() -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"essaim ssh authority").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
