"""Registration by oneself, where the operator opened it: nothing is made before the e-mail address was proved.

Robots are slowed down without asking anybody else, and without a script: a form is signed with its time, good once, not before a person
could have filled it and not after two hours; a field that nobody sees stays empty; addresses and networks may ask a few times each.
"""

import hashlib
import ipaddress
import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import audit, mail
from essaim.manager.people import actions, letters_clients
from essaim.manager.people.emails import read_email
from essaim.manager.people.errors import (
    NameMissing,
    RegistrationClosed,
    RegistrationFormOld,
    RegistrationGone,
    RegistrationTooQuick,
)
from essaim.manager.people.models import Client, Membership, Person, Registration, SignInFailure
from essaim.manager.people.throttle import FORGET_AFTER, TooManyTries, check_asks, note_ask

OPEN_FOR = timedelta(hours=24)
FILLED_IN_S = 3
FORM_GOOD_S = 7200
ASKS_BY_NETWORK = 20
"""In a quarter of an hour; by one address and to one address, see `throttle`."""
NETWORKS = {4: 24, 6: 48}
_SALT = "essaim.registration"


def is_open() -> bool:
    """Anybody may register; otherwise clients come by invitation."""
    return bool(settings.REGISTRATION == "open")


def new_form() -> str:
    """What a form carries: a number of its own, signed with the time."""
    return signing.TimestampSigner(salt=_SALT).sign(secrets.token_urlsafe(12))


def is_good(signed: str) -> bool:
    """The mark is ours and not too old: a form that was refused for something else may keep it."""
    try:
        signing.TimestampSigner(salt=_SALT).unsign(signed, max_age=FORM_GOOD_S)
    except signing.BadSignature:
        return False
    return True


def _read_form(signed: str) -> str:
    signer = signing.TimestampSigner(salt=_SALT)
    try:
        number = signer.unsign(signed, max_age=FORM_GOOD_S)
    except signing.BadSignature:
        raise RegistrationFormOld from None
    try:
        signer.unsign(signed, max_age=FILLED_IN_S)
    except signing.SignatureExpired:
        return hashlib.sha256(number.encode()).hexdigest()
    raise RegistrationTooQuick


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return f"net {address}"[:64]
    return f"net {ipaddress.ip_network((known, NETWORKS[known.version]), strict=False)}"


def _slow_down(*, address: str, email: str) -> None:
    """One more try of this address and its network.

    Raises:
        TooManyTries.
    """
    check_asks(address=address, email=email)
    since, network = timezone.now() - FORGET_AFTER, _network(address)
    if SignInFailure.objects.filter(origin=network, at__gt=since).count() >= ASKS_BY_NETWORK:
        raise TooManyTries
    note_ask(address=address, email=email)
    SignInFailure.objects.create(origin=network, email_sha256="")


def ask(*, form: str, address: str, email: str, name: str, client_name: str, kind: str, language: str) -> None:
    """Write a letter with which the registration goes on. Whoever asks learns nothing of who signs in here: an address that somebody
    has gets a letter, too, which says so.

    Raises:
        RegistrationClosed, RegistrationFormOld, RegistrationTooQuick, TooManyTries, EmailMalformed, NameMissing.
    """
    if not is_open():
        raise RegistrationClosed
    number, email = _read_form(form), read_email(email)
    name, client_name = " ".join(name.split())[:120], " ".join(client_name.split())[:160]
    if not name or not client_name:
        raise NameMissing
    _slow_down(address=address, email=email)  # counted also when the rest is undone
    with transaction.atomic():
        _write(number, email=email, name=name, client_name=client_name, kind=kind, language=language)


def _write(number: str, *, email: str, name: str, client_name: str, kind: str, language: str) -> None:
    if Registration.objects.filter(form=number).exists():
        return  # sent twice: one letter
    text, language = secrets.token_urlsafe(32), "en" if language == "en" else "fr"
    Registration.objects.create(
        email=email, name=name, client_name=client_name, language=language,
        kind=Client.Kind.PERSON if kind == Client.Kind.PERSON else Client.Kind.ORGANISATION,
        sha256=_digest(text), form=number, expires_at=timezone.now() + OPEN_FOR,
    )  # fmt: skip
    if Person.objects.filter(email=email).exists():
        known = settings.ORIGIN + reverse("people:sign_in")
        mail.write(
            "sign-in there", to=email, language=language, letter=lambda: letters_clients.sign_in_there(url=known)
        )
        return
    url = settings.ORIGIN + reverse("people:registration", args=[text])
    mail.write(
        "registration",
        to=email,
        language=language,
        letter=lambda: letters_clients.registration(name=name, client=client_name, url=url, hours=24),
    )


def find(text: str) -> Registration:
    """The registration that the letter's link opens.

    Raises:
        RegistrationClosed; RegistrationGone: used, too old, or none.
    """
    if not is_open():
        raise RegistrationClosed
    found = Registration.objects.filter(sha256=_digest(text)).first()
    if found is None or found.used_at is not None or found.expires_at <= timezone.now():
        raise RegistrationGone
    if Person.objects.filter(email=found.email).exists():
        raise RegistrationGone
    return found


@transaction.atomic
def complete(text: str, *, password: str) -> tuple[Person, Client]:
    """The address is proved: make the sign-in, the client, and the place as its owner. Opened by two at once, it is made once.

    Raises:
        RegistrationClosed, RegistrationGone, PasswordRefused.
    """
    Registration.objects.select_for_update().filter(sha256=_digest(text)).first()
    found = find(text)
    person = actions.create_person(
        email=found.email,
        name=found.name,
        language=found.language,
        password=actions.require_password(password),
        by=None,
    )
    client = actions.create_client(name=found.client_name, language=found.language, by=None)
    client.kind = found.kind
    client.save()
    actions.add_member(client, person, role=Membership.Role.OWNER, by=None)
    found.used_at = timezone.now()
    found.save(update_fields=["used_at"])
    audit.record("people.registered", by=person, about=("client", client.slug), client=client.slug, reason="")
    return person, client


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
