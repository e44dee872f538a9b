"""Two of five: the secret that opens the break-glass key, as shares of words (SLIP-0039, Shamir's scheme), each with its own checksum.

The secret is 128 random bits; written in hexadecimal it is the passphrase under which the age key is locked in the kit.
"""

import secrets

import shamir_mnemonic
from shamir_mnemonic import MnemonicError

THRESHOLD, SHARES = 2, 5
SECRET_BYTES = 16


class ShareError(ValueError):
    """Words that are no share, too few shares, or shares of different keys. The message is for people."""


def new_secret() -> str:
    """What is split: a passphrase that nobody ever types."""
    return secrets.token_hex(SECRET_BYTES)


def split(secret: str) -> list[str]:
    """The secret as five shares of 20 words; any two of them give it back, one alone tells nothing."""
    [found] = shamir_mnemonic.generate_mnemonics(1, [(THRESHOLD, SHARES)], bytes.fromhex(secret))
    return [str(share) for share in found]


def join(shares: list[str]) -> str:
    """The secret of two or more shares.

    Raises:
        ShareError.
    """
    cleaned = list(dict.fromkeys(" ".join(share.lower().split()) for share in shares if share.strip()))
    if len(cleaned) < THRESHOLD:
        raise ShareError(f"{THRESHOLD} different shares are needed, here is {len(cleaned)}")
    try:
        found: bytes = shamir_mnemonic.combine_mnemonics(cleaned[:THRESHOLD])
    except MnemonicError as wrong:
        raise ShareError(f"these shares do not go together: {wrong}") from None
    return found.hex()


def check(share: str) -> None:
    """Refuse words that are no share: each has its own checksum.

    Raises:
        ShareError.
    """
    try:
        shamir_mnemonic.Share.from_mnemonic(" ".join(share.lower().split()))
    except MnemonicError as wrong:
        raise ShareError(f"this is not a share: {wrong}") from None
