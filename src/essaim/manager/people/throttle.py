"""Slows down whoever guesses passwords: a few failures by address and e-mail, a few more by address alone.

Each failure is a row, so that all processes count the same, a restart forgets nothing, and two failures at the same instant are two.
Rows are forgotten after a while; nobody is locked out by somebody else's guesses from another address.
"""

import hashlib
import ipaddress
from datetime import datetime, timedelta
from typing import ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError
from essaim.manager.people.models import Person, SignInFailure

FORGET_AFTER = timedelta(minutes=15)
FAILURES_BY_PAIR = 5
FAILURES_BY_ADDRESS = 50
FAILURES_BY_PERSON = 100
"""From anywhere. A browser in which the person signed in before is let through all the same (`gate`): nobody is kept out by others' guesses
where they usually sit, and elsewhere a letter helps.
"""
ASKS_BY_ADDRESS = 10
ASKS_BY_EMAIL = 3
"""Letters with which a password is replaced."""
WRONG_CODES = 10
"""Of one person, from wherever: who sends codes knows the password already."""
IPV6_PREFIX = 64
"""One line of an access provider has at least as many addresses: they count as one."""


class TooManyTries(EssaimError):
    """Says nothing about whether the e-mail or the password exists."""

    code = "people.too_many_tries"
    message = _("Too many tries to sign in.")
    hint = _("Wait a quarter of an hour, then try again.")
    http_status: ClassVar[int] = 429


def origin_of(address: str) -> str:
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


def check(*, address: str, email: str, is_known: bool = False) -> None:
    """Let the caller look at the password. `is_known`: from a browser in which that person signed in before.

    Raises:
        TooManyTries: from this address, for this e-mail or for many; for this e-mail, from anywhere.
    """
    since = timezone.now() - FORGET_AFTER
    recent = SignInFailure.objects.filter(origin=origin_of(address), at__gt=since)
    tried = list(recent.values_list("email_sha256", flat=True)[:FAILURES_BY_ADDRESS])
    if len(tried) >= FAILURES_BY_ADDRESS or tried.count(_digest(email)) >= FAILURES_BY_PAIR:
        raise TooManyTries
    if not is_known:
        _check_person(email, since)


def _check_person(email: str, since: datetime) -> None:
    anywhere = SignInFailure.objects.filter(email_sha256=_digest(email), at__gt=since).exclude(
        origin__startswith="asks "
    )
    if anywhere.count() >= FAILURES_BY_PERSON:
        raise TooManyTries


def note_failure(*, address: str, email: str) -> None:
    """One more wrong answer. What is old is forgotten on the way."""
    SignInFailure.objects.filter(at__lte=timezone.now() - FORGET_AFTER).delete()
    SignInFailure.objects.create(origin=origin_of(address), email_sha256=_digest(email))


def forget(*, address: str, email: str) -> None:
    """The person signed in: their own failures no longer count. Those for other e-mails from that address do."""
    SignInFailure.objects.filter(origin=origin_of(address), email_sha256=_digest(email)).delete()


def check_codes(*, person: Person) -> None:
    """Let the caller look at a code of the second factor.

    Raises:
        TooManyTries: for this person, whoever tried.
    """
    if wrong_codes_of(person) >= WRONG_CODES:
        raise TooManyTries


def wrong_codes_of(person: Person) -> int:
    """How many wrong codes of the second factor there were for `person` lately."""
    since = timezone.now() - FORGET_AFTER
    return SignInFailure.objects.filter(origin=_codes_of(person), at__gt=since).count()


def note_wrong_code(*, person: Person) -> None:
    """One more wrong code."""
    SignInFailure.objects.filter(at__lte=timezone.now() - FORGET_AFTER).delete()
    SignInFailure.objects.create(origin=_codes_of(person), email_sha256="")


def _codes_of(person: Person) -> str:
    return f"codes of {person.pk}"


def check_asks(*, address: str, email: str) -> None:
    """Let the caller ask for a letter: a few from one address, a few to one address.

    Raises:
        TooManyTries.
    """
    since = timezone.now() - FORGET_AFTER
    asked = SignInFailure.objects.filter(at__gt=since, origin__startswith="asks ")
    if asked.filter(origin=f"asks {origin_of(address)}"[:64]).count() >= ASKS_BY_ADDRESS:
        raise TooManyTries
    if asked.filter(email_sha256=_digest(email)).count() >= ASKS_BY_EMAIL:
        raise TooManyTries


def note_ask(*, address: str, email: str) -> None:
    """One more letter asked for."""
    SignInFailure.objects.create(origin=f"asks {origin_of(address)}"[:64], email_sha256=_digest(email))
