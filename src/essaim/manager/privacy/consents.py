"""Consent to what goes beyond the contract: given and withdrawn with one click each, and kept with the text that was read."""

from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import audit
from essaim.manager.people.models import Person
from essaim.manager.privacy.errors import PurposeUnknown
from essaim.manager.privacy.models import Consent


class Purpose(NamedTuple):
    """Something that nobody needs for the contract. A text that changes gets another version, and is asked for anew."""

    title: Promise
    text: Promise
    version: int


PURPOSES = {
    "news": Purpose(
        _("News of the association"),
        _(
            "Send me letters about the life of the association: meetings, calls for help, new offers. Four a year at most."
        ),
        1,
    ),
    "questions": Purpose(
        _("Questions about the service"),
        _(
            "Write to me now and then to ask how I find the service. Answers are read by the team alone, and kept for a year."
        ),
        1,
    ),
}


class Asked(NamedTuple):
    """A purpose, as its person sees it."""

    name: str
    purpose: Purpose
    consent: Consent | None
    """That holds; None: none was given, or to another version of the text."""


def asked_of(person: Person) -> list[Asked]:
    """Every purpose, with the consent that holds."""
    given = {one.purpose: one for one in person.consents.filter(withdrawn_at=None)}
    return [Asked(name, purpose, _holding(given.get(name), purpose)) for name, purpose in PURPOSES.items()]


def _holding(consent: Consent | None, purpose: Purpose) -> Consent | None:
    return consent if consent is not None and consent.version == purpose.version else None


def has_consented(person: Person, purpose: str) -> bool:
    """`person` said yes to the text as it is now, and still does: whoever sends asks this."""
    asked = _purpose(purpose)
    return (
        person.is_active and person.consents.filter(purpose=purpose, version=asked.version, withdrawn_at=None).exists()
    )


def _purpose(name: str) -> Purpose:
    if name not in PURPOSES:
        raise PurposeUnknown(purpose=name[:32], offered=", ".join(PURPOSES))
    return PURPOSES[name]


@transaction.atomic
def give(person: Person, purpose: str) -> Consent:
    """They say yes to the text as it is now. Twice is once.

    Raises:
        PurposeUnknown.
    """
    asked = _purpose(purpose)
    Person.objects.select_for_update().get(pk=person.pk)
    held = person.consents.filter(purpose=purpose, withdrawn_at=None).first()
    if held is not None and held.version == asked.version:
        return held
    if held is not None:
        person.consents.filter(pk=held.pk).update(withdrawn_at=timezone.now())
    given = Consent.objects.create(person=person, purpose=purpose, version=asked.version, text=str(asked.text))
    about = ("person", person.email)
    audit.record("privacy.consent_given", by=person, about=about, purpose=purpose, version=asked.version)
    return given


@transaction.atomic
def withdraw(person: Person, purpose: str) -> None:
    """They say no from now on. Twice is once.

    Raises:
        PurposeUnknown.
    """
    _purpose(purpose)
    if person.consents.filter(purpose=purpose, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        audit.record("privacy.consent_withdrawn", by=person, about=("person", person.email), purpose=purpose)
