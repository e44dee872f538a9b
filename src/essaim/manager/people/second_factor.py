"""Signing in with more than a password: codes of an application (TOTP, RFC 6238), passkeys (WebAuthn), recovery codes.

All of it is django-allauth's. What stands here is where the two meet: how ours says things, what the trail keeps of it, who must have
a second factor, how many tries there are, and that secrets are not readable in a copy of the database.
"""

import base64
from collections.abc import Callable
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django import forms
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from essaim.manager.core import audit, signing_out
from essaim.manager.people import throttle
from essaim.manager.people.models import Person

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts as a second factor. Recovery codes alone are none: they are for the day the others are lost."""
CODES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
"""What a person can type where there is no browser."""
CLOCK_SAID_AFTER = 3
"""Wrong codes in a quarter of an hour, after which the telephone's clock is named."""
ENROL_FIRST = "enrol_first"
"""In the session of somebody who signed in without the second factor that they must have."""


def sign_in(request: HttpRequest, person: Person, target: str) -> HttpResponse:
    """`person` has shown their password: on to their second factor if they have one, else to `target`.

    The session is made anew in either case. One who must have a second factor and has none is told so at `target`.
    """
    record_authentication(request, person, method="password", reauthenticated=True)
    response: HttpResponse = perform_login(request, person, email_verification="none", redirect_url=target)
    if request.user.is_authenticated and must_enrol(person):
        request.session[ENROL_FIRST] = True
    return response


def has_second_factor(person: Person) -> bool:
    """An application of codes, or a passkey."""
    found: bool = Authenticator.objects.filter(user=person, type__in=FACTORS).exists()
    return found


def must_enrol(person: Person) -> bool:
    """`person` is asked for a second factor by the house and has none."""
    return settings.SECOND_FACTOR == "team" and person.is_team and not has_second_factor(person)


def enrols_first(request: HttpRequest) -> bool:
    """Whoever sends this may do nothing before they have a second factor. Asked of the database only while that may be so."""
    if not request.session.get(ENROL_FIRST):
        return False
    if request.user.is_authenticated and must_enrol(request.user):
        return True
    del request.session[ENROL_FIRST]
    return False


def sessions_of(person: Person) -> list[UserSession]:
    """Where `person` is signed in, the newest first. Those that have ended are forgotten on the way."""
    found = UserSession.objects.purge_and_list(person)
    return sorted(found, key=lambda session: session.created_at, reverse=True)


def end_sessions(request: HttpRequest, which: Callable[[UserSession], bool]) -> None:
    """End those of the sender's own sessions that `which` names, with a line in the trail for each."""
    for session in sessions_of(cast("Person", request.user)):
        if which(session):
            with transaction.atomic():
                signing_out.ended(session.user, _held_by(session))
                session.end()
                about = ("person", session.user.email)
                audit.record("people.session_ended", by=session.user, about=about, ip=session.ip)


def _held_by(session: UserSession) -> dict[str, Any]:
    """What stands in the session itself."""
    return dict(SessionStore(session_key=session.session_key).items())


@receiver(user_logged_out)
def _signed_out(request: HttpRequest | None, user: Person | None, **_: object) -> None:
    """Before the session is emptied: whatever is kept for it ends, too."""
    if request is not None and user is not None:
        signing_out.ended(user, dict(request.session.items()))


def is_code_of(person: Person, code: str) -> bool:
    """`code` is one of `person`'s application now, or a recovery code that was not used yet; it is used up by this.

    Raises:
        TooManyTries: for this person, whoever tried.
    """
    throttle.check_codes(person=person)
    for kept in Authenticator.objects.filter(user=person, type__in=CODES):
        if kept.wrap().validate_code(code):
            return True
    throttle.note_wrong_code(person=person)
    return False


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody makes a sign-in by themselves here, and addresses are what our own middleware says."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 (allauth's)
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(request.META.get("REMOTE_ADDR", ""))


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Named for the house, and with secrets that a copy of the database does not give away."""

    def get_totp_issuer(self) -> str:
        return settings.HOUSE

    def _get_site_name(self) -> str:
        return settings.HOUSE

    def encrypt(self, text: str) -> str:
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher().decrypt(encrypted_text.encode()).decode()


def cipher() -> Fernet:
    """Seals what the database may not give away. Its key is derived from the Manager's secret, which is not in the database."""
    derived = HKDF(SHA256(), length=32, salt=None, info=b"essaim second factor").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _tried(form: Any, look: Callable[[], str]) -> str:
    """What `look` made of a code, unless there were too many tries for this person, from wherever."""
    try:
        throttle.check_codes(person=form.user)
    except throttle.TooManyTries as refusal:
        raise forms.ValidationError(f"{refusal} {refusal.advice}", code=refusal.code) from None
    try:
        return look()
    except forms.ValidationError:
        throttle.note_wrong_code(person=form.user)
        words = gettext("This code is not right, or no longer. The application shows a new one every 30 seconds.")
        if throttle.wrong_codes_of(form.user) >= CLOCK_SAID_AFTER:
            words += " " + gettext(
                "If it goes on, look at the clock of your telephone: it has to be right to half a minute. Let it be set by the network, or use a recovery code."
            )
        raise forms.ValidationError(words, code="people.wrong_code") from None


class SecondFactorForm(AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The code that follows a password."""

    def clean_code(self) -> str:
        return _tried(self, super().clean_code)


class AgainForm(ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The code that one is asked for again before something grave."""

    def clean_code(self) -> str:
        return _tried(self, super().clean_code)


def _keep(code: str, user: Person, authenticator: Authenticator) -> None:
    with transaction.atomic():
        audit.record(code, by=user, about=("person", user.email), factor=authenticator.type)


@receiver(authenticator_added)
def _added(user: Person, authenticator: Authenticator, **_: object) -> None:
    _keep("people.factor_added", user, authenticator)


@receiver(authenticator_removed)
def _removed(request: HttpRequest, user: Person, authenticator: Authenticator, **_: object) -> None:
    _keep("people.factor_removed", user, authenticator)
    if must_enrol(user):
        request.session[ENROL_FIRST] = True


@receiver(authenticator_reset)
def _reset(user: Person, authenticator: Authenticator, **_: object) -> None:
    _keep("people.factor_renewed", user, authenticator)
