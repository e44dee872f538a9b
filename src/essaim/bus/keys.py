"""NKEYs: Ed25519 keys in NATS' encoding, made, kept in files and used to sign. No claims here.

Source: github.com/nats-io/nkeys. The first letter of a public key tells its role (O, A, U); a seed starts with S.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import Literal

import nkeys

from essaim.bus.errors import AuthorityError

Role = Literal["operator", "account", "user"]
_PREFIXES: dict[Role, int] = {
    "operator": nkeys.PREFIX_BYTE_OPERATOR,
    "account": nkeys.PREFIX_BYTE_ACCOUNT,
    "user": nkeys.PREFIX_BYTE_USER,
}
_PUBLIC_LENGTH = 1 + 32 + 2  # role, key, CRC-16


class Key:
    """A key pair. Printing it shows the public half only."""

    def __init__(self, seed: bytes) -> None:
        try:
            self._pair = nkeys.from_seed(bytearray(seed.strip()))
            self.public = str(self._pair.public_key.decode())
        except (nkeys.NkeysError, ValueError, IndexError) as wrong:
            raise AuthorityError("This is not the seed of a key.") from wrong

    def __repr__(self) -> str:
        return f"Key({self.public})"

    @property
    def seed(self) -> bytes:
        """The secret half, `S...`."""
        return bytes(self._pair.seed)

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature."""
        return bytes(self._pair.sign(data))


def new_key(role: Role) -> Key:
    """A key from the system's randomness."""
    return Key(nkeys.encode_seed(secrets.token_bytes(32), _PREFIXES[role]))


def load_key(path: Path) -> Key:
    """The key whose seed is in `path`.

    Raises:
        AuthorityError: no such file, not ours to read, or not a seed.
    """
    try:
        return Key(path.read_bytes())
    except OSError as wrong:
        raise AuthorityError(f"The key {path} cannot be read: {wrong.strerror}.") from wrong


def save_key(key: Key, path: Path) -> None:
    """Write the seed to a new file that only its owner may read. A file that is there is never replaced."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.seed + b"\n")
        file.flush()
        os.fsync(file.fileno())


def load_or_make_user_key(path: Path) -> Key:
    """A machine's own key: made at the first call, read afterwards."""
    if not path.exists():
        save_key(new_key("user"), path)
    return load_key(path)


def public_bytes(public: str, role: Role) -> bytes:
    """The 32 bytes behind a public key.

    Raises:
        AuthorityError: not a public key of that role, or mistyped (the checksum differs).
    """
    try:
        raw = base64.b32decode(public)
    except (binascii.Error, ValueError):
        raw = b""
    checksum = nkeys.crc16_checksum(raw[:-2])
    if len(raw) != _PUBLIC_LENGTH or raw[0] != _PREFIXES[role] or checksum != raw[-2:]:
        raise AuthorityError(f"{public[:80]!r} is not the public key of {role}.")
    return raw[1:-2]
