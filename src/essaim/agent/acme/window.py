"""When a certificate is renewed: in the window that its authority suggests (RFC 9773), else some time before its end.

Both are spread by name: sites made in one hour are not all renewed in one hour.
"""

import hashlib
from typing import Any

import msgspec

RENEW_AT_LIFE = 1 / 3
"""Where the authority suggests nothing, short-lived certificates are renewed in the last third of their life, however early the
wish says."""
SPREAD = 0.2
"""Of that time before the end."""
LATEST_AT_LIFE = 0.05
"""However late the suggested window is: there must be time to try again."""
FIRST_QUESTION_S = (3600.0, 6 * 3600.0)
QUESTION_FAILED_S = 6 * 3600.0
"""RFC 9773, section 4.3.3."""


class Held(msgspec.Struct, frozen=True):
    """What `facts.json` beside a certificate says of it."""

    directory: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    serial: str
    issuer: str
    chain_sha256: str
    reissue: int = 0
    """The wish's number when it was made: a wish with a greater one wants another."""


class Window(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `renewal.json` beside a certificate says: when to ask its authority next, and what it suggested."""

    chain_sha256: str
    """Of the certificate that it is about."""
    ask_at: float
    start: float = 0.0
    end: float = 0.0
    """Zero: nothing is suggested."""
    explanation: str = ""
    """Address of a page where the authority says why."""

    @classmethod
    def first(cls, held: Held, fqdn: str, now: float) -> "Window":
        """Of a certificate whose authority was not asked yet."""
        soonest, latest = FIRST_QUESTION_S
        pause = min(soonest + (latest - soonest) * share_of(fqdn), (held.not_after - held.not_before) * SPREAD)
        return cls(held.chain_sha256, now + pause)

    def answered(self, told: dict[str, Any], now: float) -> "Window":
        """With what the authority told: see `ari.suggestion`."""
        window = {name: told[name] for name in ("start", "end", "explanation") if name in told}
        return Window(self.chain_sha256, now + told["ask_in_s"], **window)

    def unanswered(self, now: float) -> "Window":
        """The authority could not be asked: what it suggested last stands."""
        return msgspec.structs.replace(self, ask_at=now + QUESTION_FAILED_S)


def renew_at(held: Held, window: Window | None, renew_before_s: float, fqdn: str) -> float:
    """When to order the next one, in seconds since the epoch. It stays the same as long as the window does."""
    life = held.not_after - held.not_before
    if window is not None and window.end:
        suggested = window.start + (window.end - window.start) * share_of(f"{fqdn} {window.start:.0f} {window.end:.0f}")
        return min(suggested, held.not_after - life * LATEST_AT_LIFE)
    before = min(renew_before_s, life * RENEW_AT_LIFE)
    return held.not_after - before * (1 - SPREAD * share_of(fqdn))


def share_of(text: str) -> float:
    """A number from 0 to 1 that is evenly spread over texts and always the same for one."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32
