"""Secrets on their way to one machine: sealed for its key, so that nobody between can read them, the manager included.

A sealed box of NaCl (X25519, XSalsa20, Poly1305): whoever has the public half can seal, and cannot open what was sealed.
"""

import base64
import binascii
import hashlib

import nacl.exceptions
import nacl.public

from essaim.bus.errors import SealBroken


def new_seal() -> tuple[str, str]:
    """The secret and the public half of a new key, as text."""
    key = nacl.public.PrivateKey.generate()
    return _text(bytes(key)), _text(bytes(key.public_key))


def public_half(secret: str) -> str:
    """What belongs to `secret`.

    Raises:
        SealBroken: it is not one.
    """
    return _text(bytes(_private(secret).public_key))


def seal(secret: bytes, public: str) -> str:
    """`secret` for the machine whose public half is `public`.

    Raises:
        SealBroken: that is not one.
    """
    try:
        return _text(nacl.public.SealedBox(nacl.public.PublicKey(_bytes(public))).encrypt(secret))
    except (ValueError, TypeError, nacl.exceptions.CryptoError) as wrong:
        raise SealBroken("That is no machine's key.") from wrong


def opened(sealed: str, secret: str) -> bytes:
    """What `seal` was given.

    Raises:
        SealBroken: it was sealed for another key, or was changed on the way.
    """
    try:
        return bytes(nacl.public.SealedBox(_private(secret)).decrypt(_bytes(sealed)))
    except (ValueError, TypeError, nacl.exceptions.CryptoError) as wrong:
        raise SealBroken("It was sealed for another machine, or damaged.") from wrong


def fingerprint(public: str) -> str:
    """What a machine's key is told apart by: 16 of 0-9a-f; empty for no key."""
    return hashlib.sha256(public.encode()).hexdigest()[:16] if public else ""


def _private(secret: str) -> nacl.public.PrivateKey:
    try:
        return nacl.public.PrivateKey(_bytes(secret))
    except (ValueError, TypeError, nacl.exceptions.CryptoError) as wrong:
        raise SealBroken("That is no machine's key.") from wrong


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error as wrong:
        raise ValueError(str(wrong)) from wrong
