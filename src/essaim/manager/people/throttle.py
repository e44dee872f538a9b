"""Slows down whoever guesses passwords: a few failures by address and e-mail, a few more by address alone.

Counts live in Django's cache and are forgotten after a while; nobody is locked out by somebody else's guesses from
another address.
"""

from contextlib import suppress
from typing import ClassVar

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError

FORGET_AFTER_S = 15 * 60
FAILURES_BY_PAIR = 5
FAILURES_BY_ADDRESS = 50


class TooManyTries(EssaimError):
    """Says nothing about whether the e-mail or the password exists."""

    code = "people.too_many_tries"
    message = _("Too many tries to sign in.")
    hint = _("Wait a quarter of an hour, then try again.")
    http_status: ClassVar[int] = 429


def _keys(address: str, email: str) -> dict[str, int]:
    pair = f"sign-in:{address}:{email.lower()[:254].encode().hex()[:180]}"
    return {pair: FAILURES_BY_PAIR, f"sign-in:{address}": FAILURES_BY_ADDRESS}


def check(*, address: str, email: str) -> None:
    """Let the caller look at the password.

    Raises:
        TooManyTries: from this address, for this e-mail or for many.
    """
    limits = _keys(address, email)
    failures = cache.get_many(limits)
    if any(failures.get(key, 0) >= limit for key, limit in limits.items()):
        raise TooManyTries


def note_failure(*, address: str, email: str) -> None:
    """One more wrong answer."""
    for key in _keys(address, email):
        cache.add(key, 0, FORGET_AFTER_S)
        with suppress(ValueError):  # forgotten between the two lines
            cache.incr(key)


def forget(*, address: str, email: str) -> None:
    """The person signed in: their own failures no longer count. Those of the address do."""
    cache.delete(next(iter(_keys(address, email))))
