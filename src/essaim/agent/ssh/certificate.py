"""What an OpenSSH certificate says (PROTOCOL.certkeys of OpenSSH). sshd has checked its signature before we are asked."""

import base64
import binascii
import hashlib
import struct
from typing import NamedTuple


class CertificateUnreadable(ValueError):
    """Not a certificate for an Ed25519 key, or not a whole one."""


class Said(NamedTuple):
    """Serial, key id, principals, until when, and the fingerprint of the authority that signed it."""

    serial: int
    key_id: str
    principals: tuple[str, ...]
    valid_before: int
    authority: str


def read(encoded: str) -> Said:
    """The certificate `encoded` in base64.

    Raises:
        CertificateUnreadable.
    """
    try:
        data = base64.b64decode(encoded, validate=True)
        kind, data = _string(data)
        if kind != b"ssh-ed25519-cert-v01@openssh.com":
            raise CertificateUnreadable("It is not about an Ed25519 key.")
        _nonce, data = _string(data)
        _key, data = _string(data)
        serial, of_whom = struct.unpack_from(">QI", data)
        key_id, data = _string(data[12:])
        packed, data = _string(data)
        _after, before = struct.unpack_from(">QQ", data)
        data = data[16:]
        for _part in ("critical options", "extensions", "reserved"):
            _unread, data = _string(data)
        authority, _signature = _string(data)
        names = []
        while packed:
            name, packed = _string(packed)
            names.append(name.decode())
        if of_whom != 1:
            raise CertificateUnreadable("It is about a host.")
        return Said(serial, key_id.decode(), tuple(names), before, fingerprint(authority))
    except (struct.error, binascii.Error, UnicodeDecodeError, IndexError) as wrong:
        raise CertificateUnreadable(str(wrong)) from None


def fingerprint(blob: bytes) -> str:
    """Of a public key in the wire's form, as OpenSSH writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _string(data: bytes) -> tuple[bytes, bytes]:
    (length,) = struct.unpack_from(">I", data)
    if len(data) < 4 + length:
        raise CertificateUnreadable("It is cut off.")
    return data[4 : 4 + length], data[4 + length :]
