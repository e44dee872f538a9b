"""Sealing with age (age-encryption.org/v1): what the vault, the command line and the break-glass kit have in common. No Django and no
network stands here, so that a kit opens where neither the Manager nor its database is.

A *key* is an age identity (`AGE-SECRET-KEY-1…`), its *recipient* the public half (`age1…`). A key may be *locked* with a passphrase.
"""

import re
from collections.abc import Iterable

import pyrage

HEADER = "-----BEGIN AGE ENCRYPTED FILE-----"
FOOTER = "-----END AGE ENCRYPTED FILE-----"
SEALED_MAX = 200_000
_LINE = re.compile(r"[A-Za-z0-9+/=]{1,64}")


class AgeError(ValueError):
    """What was given is not what it should be, or does not open. The message is for people, and has no secret in it."""


def new_key() -> tuple[str, str]:
    """A new key: its recipient, and its secret text."""
    made = pyrage.x25519.Identity.generate()
    return str(made.to_public()), str(made)


def recipient_of(key: str) -> str:
    """The public half of a key.

    Raises:
        AgeError: not a key.
    """
    return str(_identity(key).to_public())


def parse_recipient(text: str) -> str:
    """A recipient as age writes it.

    Raises:
        AgeError: not a recipient of the kind X25519.
    """
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except (pyrage.RecipientError, ValueError) as wrong:
        raise AgeError("not a public key of age: it begins with age1") from wrong


def seal(text: str, recipients: Iterable[str]) -> str:
    """`text` sealed so that each of `recipients` opens it, as ASCII.

    Raises:
        AgeError: no recipient, or one that is none.
    """
    parsed = [pyrage.x25519.Recipient.from_str(parse_recipient(one)) for one in recipients]
    if not parsed:
        raise AgeError("nobody to seal it for")
    sealed: bytes = pyrage.encrypt(text.encode(), parsed, armored=True)
    return sealed.decode()


def unseal(sealed: str, key: str) -> str:
    """What was sealed for the recipient of `key`.

    Raises:
        AgeError: not for this key, or changed on the way.
    """
    try:
        opened: bytes = pyrage.decrypt(sealed.encode(), [_identity(key)])
        return opened.decode()
    except pyrage.DecryptError as wrong:
        raise AgeError("this key does not open it") from wrong


def lock(key: str, passphrase: str) -> str:
    """A key that opens with `passphrase` (scrypt, as age chooses its cost: about a second)."""
    locked: bytes = pyrage.passphrase.encrypt(key.encode(), passphrase, armored=True)
    return locked.decode()


def unlock(locked: str, passphrase: str) -> str:
    """The key that `passphrase` locks.

    Raises:
        AgeError: another passphrase.
    """
    try:
        key: bytes = pyrage.passphrase.decrypt(locked.encode(), passphrase)
        return key.decode()
    except pyrage.DecryptError as wrong:
        raise AgeError("this is not its passphrase") from wrong


def is_sealed(text: str) -> bool:
    """Whether `text` has the shape of something sealed, in ASCII; nobody without a key can say more."""
    lines = text.strip().splitlines()
    if len(text) > SEALED_MAX or len(lines) < 3 or (lines[0], lines[-1]) != (HEADER, FOOTER):  # noqa: PLR2004 - something stands between
        return False
    return all(_LINE.fullmatch(line) for line in lines[1:-1])


def _identity(key: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(key.strip())
    except (pyrage.IdentityError, ValueError) as wrong:
        raise AgeError("not a key of age: it begins with AGE-SECRET-KEY-1") from wrong
