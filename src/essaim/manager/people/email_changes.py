"""Another e-mail address: both the old and the new one say yes by the link of a letter, in whichever order; the old one may stop it."""

import hashlib
import secrets
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import audit, mail
from essaim.manager.people import letters, rights
from essaim.manager.people.email_change_model import EmailChange
from essaim.manager.people.emails import read_email
from essaim.manager.people.errors import EmailSame, LinkGone, PersonExists
from essaim.manager.people.models import Person

OPEN_FOR = timedelta(hours=24)


class Opened(NamedTuple):
    """What a link is about, and which of the two letters it came with."""

    change: EmailChange
    is_old: bool


@transaction.atomic
def ask(person: Person, *, email: str, by: Person) -> EmailChange:
    """Write to both addresses. A change that was asked before ends. An address that somebody signs in with gets a letter that says so, and
    whoever asked learns nothing of it.

    Raises:
        EmailMalformed, EmailTooLong, EmailSame, RightMissing.
    """
    rights.require_self(person, by)
    person = Person.objects.select_for_update().get(pk=person.pk)
    new = read_email(email)
    if new == person.email:
        raise EmailSame(email=new)
    _under_way(person).update(stopped_at=timezone.now())
    texts = [secrets.token_urlsafe(32) for _address in ("old", "new")]
    change = EmailChange.objects.create(
        person=person,
        old=person.email,
        new=new,
        old_sha256=_digest(texts[0]),
        new_sha256=_digest(texts[1]),
        expires_at=timezone.now() + OPEN_FOR,
    )
    _write_to_both(change, *(settings.ORIGIN + reverse("people:email_link", args=[text]) for text in texts))
    audit.record("people.email_change_asked", by=by, about=("person", person.email), new=new)
    return change


def _write_to_both(change: EmailChange, old_url: str, new_url: str) -> None:
    name, language = change.person.name, change.person.language
    mail.write(
        "e-mail change, old",
        to=change.old,
        language=language,
        letter=lambda: letters.email_change_old(name=name, new=change.new, url=old_url),
    )
    if Person.objects.filter(email=change.new).exists():
        mail.write("e-mail taken", to=change.new, language=language, letter=letters.email_taken)
        return
    mail.write(
        "e-mail change, new",
        to=change.new,
        language=language,
        letter=lambda: letters.email_change_new(name=name, old=change.old, url=new_url),
    )


def _under_way(person: Person) -> "QuerySet[EmailChange]":
    return EmailChange.objects.filter(person=person, stopped_at=None, done_at=None)


def under_way(person: Person) -> EmailChange | None:
    """The change that waits for a yes."""
    return EmailChange.objects.filter(
        person=person, stopped_at=None, done_at=None, expires_at__gt=timezone.now()
    ).first()


def find(text: str) -> Opened:
    """What a link is about.

    Raises:
        LinkGone: none of ours, done, stopped or too old.
    """
    digest = _digest(text)
    for field, is_old in (("old_sha256", True), ("new_sha256", False)):
        found = EmailChange.objects.select_related("person").filter(**{field: digest}).first()
        if found is not None and found.is_open:
            return Opened(found, is_old)
    raise LinkGone


@transaction.atomic
def agree(text: str) -> EmailChange:
    """Say yes. With the second yes the address is another one; twice from one address is once.

    Raises:
        LinkGone; PersonExists: somebody signs in with it by now.
    """
    change, is_old = _locked(text)
    field = "old_agreed_at" if is_old else "new_agreed_at"
    if getattr(change, field) is None:
        setattr(change, field, timezone.now())
        change.save(update_fields=[field])
    if change.old_agreed_at and change.new_agreed_at:
        _do(change)
    return change


def _locked(text: str) -> Opened:
    opened = find(text)
    EmailChange.objects.select_for_update().get(pk=opened.change.pk)
    return find(text)


def _do(change: EmailChange) -> None:
    person = Person.objects.select_for_update().get(pk=change.person_id)
    if Person.objects.filter(email=change.new).exists():
        raise PersonExists(email=change.new)
    person.email, change.done_at = change.new, timezone.now()
    person.save(update_fields=["email", "folded"])
    change.save(update_fields=["done_at"])
    audit.record("people.email_changed", by=person, about=("person", change.new), old=change.old)
    mail.write(
        "e-mail changed",
        to=change.old,
        language=person.language,
        letter=lambda: letters.email_changed(name=person.name, new=change.new),
    )


@transaction.atomic
def stop(text: str) -> EmailChange:
    """The old address, or the new one, says no: both links open nothing any more.

    Raises:
        LinkGone.
    """
    change = _locked(text).change
    change.stopped_at = timezone.now()
    change.save(update_fields=["stopped_at"])
    audit.record("people.email_change_stopped", by=None, about=("person", change.old))
    return change


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
