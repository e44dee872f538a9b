"""Keys of people: made here and locked with a passphrase that is not kept, or made elsewhere and only their public half registered."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from essaim import age
from essaim.manager.core import audit
from essaim.manager.people import throttle
from essaim.manager.people.models import Person
from essaim.manager.vault import queries, rights
from essaim.manager.vault.errors import (
    KeyElsewhere,
    KeyExists,
    KeyMissing,
    PassphraseRefused,
    PassphraseWrong,
    RecipientRefused,
)
from essaim.manager.vault.models import Key


@transaction.atomic
def make_key(person: Person, *, passphrase: str) -> Key:
    """A key whose other half is kept under `passphrase`. The Manager forgets the passphrase with the answer.

    Raises:
        KeyExists, PassphraseRefused, NotAllowed.
    """
    rights.require_see(person)
    _require_good(passphrase, person)
    recipient, secret = age.new_key()
    return _keep(person, recipient=recipient, locked=age.lock(secret, passphrase))


@transaction.atomic
def register_key(person: Person, *, recipient: str) -> Key:
    """A key that its owner keeps: the Manager learns the public half alone.

    Raises:
        RecipientRefused, KeyExists, NotAllowed.
    """
    rights.require_see(person)
    try:
        parsed = age.parse_recipient(recipient)
    except age.AgeError:
        raise RecipientRefused from None
    if Key.objects.filter(recipient=parsed).exists():
        raise RecipientRefused
    return _keep(person, recipient=parsed, locked="")


def _keep(person: Person, *, recipient: str, locked: str) -> Key:
    Person.objects.select_for_update().get(pk=person.pk)
    if queries.key_of(person):
        raise KeyExists
    key = Key.objects.create(person=person, recipient=recipient, locked=locked)
    about = ("person", person.email)
    audit.record("vault.key_made", by=person, about=about, recipient=recipient, is_kept_here=bool(locked))
    return key


@transaction.atomic
def end_key(person: Person, *, by: Person | None) -> None:
    """Nothing is sealed for this key any more. Twice is once. Values stay sealed for it until they are sealed anew or replaced."""
    key = Key.objects.select_for_update().filter(person=person, ended_at=None).first()
    if key is None:
        return
    key.ended_at = timezone.now()
    key.locked = ""
    key.save(update_fields=["ended_at", "locked"])
    audit.record("vault.key_ended", by=by, about=("person", person.email), recipient=key.recipient)


def change_passphrase(person: Person, *, old: str, passphrase: str) -> Key:
    """Another passphrase for the same key: nothing needs to be sealed anew.

    Raises:
        KeyMissing, KeyElsewhere, PassphraseWrong, PassphraseRefused, TooManyTries.
    """
    secret = unlocked(person, old)  # outside of the transaction: a wrong try must stay counted
    _require_good(passphrase, person)
    locked = age.lock(secret, passphrase)
    with transaction.atomic():
        key = Key.objects.select_for_update().get(person=person, ended_at=None)
        key.locked = locked
        key.save(update_fields=["locked"])
        audit.record("vault.passphrase_changed", by=person, about=("person", person.email))
    return key


def unlocked(person: Person, passphrase: str) -> str:
    """The secret half of the person's key, for the length of a request.

    Raises:
        KeyMissing, KeyElsewhere, PassphraseWrong, TooManyTries.
    """
    key = queries.key_of(person)
    if key is None:
        raise KeyMissing
    if not key.locked:
        raise KeyElsewhere
    throttle.check_codes(person=person)
    try:
        return age.unlock(key.locked, passphrase)
    except age.AgeError:
        note = PassphraseWrong()
    throttle.note_wrong_code(person=person)
    raise note


def _require_good(passphrase: str, person: Person) -> None:
    try:
        validate_password(passphrase, person)
    except ValidationError as wrong:
        raise PassphraseRefused(why=" ".join(wrong.messages)) from None
    if person.check_password(passphrase):
        raise PassphraseRefused(why=_("it is the password with which you sign in."))
