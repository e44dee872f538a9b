"""Slows down whoever guesses passwords: a few failures by address and e-mail, a few more by address alone.

Each failure is a row, so that all processes count the same, a restart forgets nothing, and two failures at the same instant are two.
Rows are forgotten after a while; nobody is locked out by somebody else's guesses from another address.
"""

import hashlib
import ipaddress
from datetime import timedelta
from typing import ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError
from essaim.manager.people.models import SignInFailure

FORGET_AFTER = timedelta(minutes=15)
FAILURES_BY_PAIR = 5
FAILURES_BY_ADDRESS = 50
IPV6_PREFIX = 64
"""One line of an access provider has at least as many addresses: they count as one."""


class TooManyTries(EssaimError):
    """Says nothing about whether the e-mail or the password exists."""

    code = "people.too_many_tries"
    message = _("Too many tries to sign in.")
    hint = _("Wait a quarter of an hour, then try again.")
    http_status: ClassVar[int] = 429


def _origin(address: str) -> str:
    """Whose failures count together: an IPv4 address, an IPv6 /64."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if known.version == 4:  # noqa: PLR2004 - the protocol's name
        return str(known)
    return str(ipaddress.ip_network((known, IPV6_PREFIX), strict=False))


def _digest(email: str) -> str:
    """What is typed in the field of an e-mail may be a password: it is not kept."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def check(*, address: str, email: str) -> None:
    """Let the caller look at the password.

    Raises:
        TooManyTries: from this address, for this e-mail or for many.
    """
    since = timezone.now() - FORGET_AFTER
    recent = SignInFailure.objects.filter(origin=_origin(address), at__gt=since)
    tried = list(recent.values_list("email_sha256", flat=True)[:FAILURES_BY_ADDRESS])
    if len(tried) >= FAILURES_BY_ADDRESS or tried.count(_digest(email)) >= FAILURES_BY_PAIR:
        raise TooManyTries


def note_failure(*, address: str, email: str) -> None:
    """One more wrong answer. What is old is forgotten on the way."""
    SignInFailure.objects.filter(at__lte=timezone.now() - FORGET_AFTER).delete()
    SignInFailure.objects.create(origin=_origin(address), email_sha256=_digest(email))


def forget(*, address: str, email: str) -> None:
    """The person signed in: their own failures no longer count. Those for other e-mails from that address do."""
    SignInFailure.objects.filter(origin=_origin(address), email_sha256=_digest(email)).delete()
