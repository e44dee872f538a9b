"""A second factor that was lost: asked for, confirmed by one of the team who made sure who it is, approved by another. The person hears of
it at once and can stop it; what they had opens until it is approved.
"""

import hashlib
import secrets
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import doors, rights, second_factor
from essaim.manager.people import lost_factor_letters as tell
from essaim.manager.people.errors import LinkGone
from essaim.manager.people.grant_errors import PersonUnknown
from essaim.manager.people.lost_factor_errors import (
    LossByTwo,
    LossGone,
    LossNotFound,
    LossThere,
    LossUnconfirmed,
    NoFactor,
)
from essaim.manager.people.lost_factor_model import LostFactor
from essaim.manager.people.models import Person

OPEN_FOR = timedelta(days=3)
RIGHT = "people.change"
SHOWN = 30


def ask(*, email: str, reason: str, known_by: str, by: Person) -> LostFactor:
    """Ask in the name of who signs in with `email`, of whom `by` knows by `known_by` that it is them. Another approves.

    Raises:
        RightMissing, PersonUnknown, NoFactor, LossThere, LossByTwo: their own; ReasonMissing.
    """
    rights.require(by, RIGHT)
    person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise PersonUnknown(email=email.strip()[:80])
    if not known_by.strip():
        raise ReasonMissing
    with transaction.atomic():
        return _confirm(_ask(person, reason=reason, by=by), by=by, known_by=known_by)


@transaction.atomic
def ask_for_oneself(person: Person, *, reason: str) -> LostFactor:
    """Ask for oneself, once the password was shown. Asked again it is the same one.

    Raises:
        ReasonMissing, NoFactor.
    """
    found = LostFactor.objects.filter(person=person, approved_at=None, stopped_at=None, expires_at__gt=timezone.now())
    return found.first() or _ask(person, reason=reason, by=person)


def _ask(person: Person, *, reason: str, by: Person) -> LostFactor:
    person = Person.objects.select_for_update().get(pk=person.pk)
    now, text = timezone.now(), secrets.token_urlsafe(32)
    if not reason.strip():
        raise ReasonMissing
    if not second_factor.has_second_factor(person):
        raise NoFactor(email=person.email)
    waiting = LostFactor.objects.filter(person=person, approved_at=None, stopped_at=None)
    waiting.filter(expires_at__lte=now).update(stopped_at=now)
    try:
        with transaction.atomic():
            lost = LostFactor.objects.create(
                person=person, reason=reason.strip()[:400], asked_by=by, expires_at=now + OPEN_FOR, stop_sha256=_digest(text)
            )  # fmt: skip
    except IntegrityError:
        raise LossThere(email=person.email) from None
    audit.record("people.factor_lost", by=by, about=("person", person.email), reason=lost.reason)
    tell.asked(lost, text)
    return lost


@transaction.atomic
def confirm(lost: LostFactor, *, by: Person, known_by: str) -> LostFactor:
    """Say how one knows that it is them who ask.

    Raises:
        RightMissing, ReasonMissing, LossGone, LossByTwo.
    """
    rights.require(by, RIGHT)
    if not known_by.strip():
        raise ReasonMissing
    return _confirm(_locked(lost), by=by, known_by=known_by)


def _confirm(lost: LostFactor, *, by: Person, known_by: str) -> LostFactor:
    if by.pk == lost.person_id or (lost.confirmed_by_id and lost.confirmed_by_id != by.pk):
        raise LossByTwo
    lost.confirmed_by, lost.confirmed_at, lost.known_by = by, timezone.now(), known_by.strip()[:400]
    lost.save(update_fields=["confirmed_by", "confirmed_at", "known_by"])
    audit.record("people.factor_loss_confirmed", by=by, about=("person", lost.person.email), reason=lost.known_by)
    return lost


@transaction.atomic
def approve(lost: LostFactor, *, by: Person) -> LostFactor:
    """Take every second factor of the person away, with the recovery codes, and end their sessions. Approving twice is once.

    Raises:
        RightMissing, LossUnconfirmed, LossByTwo, LossGone.
    """
    rights.require(by, RIGHT)
    again = LostFactor.objects.select_for_update(of=("self",)).select_related("person").get(pk=lost.pk)
    if again.approved_at:
        return again
    lost = _locked(lost)
    if lost.confirmed_by_id is None:
        raise LossUnconfirmed(email=lost.person.email)
    if by.pk in (lost.confirmed_by_id, lost.person_id):
        raise LossByTwo
    lost.approved_by, lost.approved_at = by, timezone.now()
    lost.save(update_fields=["approved_by", "approved_at"])
    factors = Authenticator.objects.filter(user=lost.person)
    kinds, sessions = sorted(factors.values_list("type", flat=True)), doors.count_sessions(lost.person)
    factors.delete()
    doors.close_sessions(lost.person, by)
    about = ("person", lost.person.email)
    audit.record("people.factor_taken_away", by=by, about=about, reason=lost.reason, factors=kinds, sessions=sessions)
    tell.approved(lost)
    return lost


@transaction.atomic
def refuse(lost: LostFactor, *, by: Person, reason: str) -> LostFactor:
    """Say no: everything stays as it is.

    Raises:
        RightMissing, ReasonMissing, LossGone.
    """
    rights.require(by, RIGHT)
    if not reason.strip():
        raise ReasonMissing
    lost = _stop(_locked(lost), by=by, reason=reason.strip())
    tell.refused(lost)
    return lost


@transaction.atomic
def stop(text: str) -> LostFactor:
    """The person says by the link of the letter that it was not they. Twice is once.

    Raises:
        LinkGone: none of ours, approved, or too old.
    """
    lost = find_by_link(text)
    return lost if lost.stopped_at else _stop(_locked(lost), by=None, reason="")


def _stop(lost: LostFactor, *, by: Person | None, reason: str) -> LostFactor:
    lost.stopped_by, lost.stopped_at, lost.stopped_reason = by, timezone.now(), reason[:400]
    lost.save(update_fields=["stopped_by", "stopped_at", "stopped_reason"])
    audit.record("people.factor_loss_stopped", by=by, about=("person", lost.person.email), reason=reason)
    return lost


def find_by_link(text: str) -> LostFactor:
    """What a link is about.

    Raises:
        LinkGone.
    """
    lost = LostFactor.objects.select_related("person").filter(stop_sha256=_digest(text)).first()
    if lost is None or not (lost.is_open or lost.stopped_at):
        raise LinkGone
    return lost


def listed(*, seen_by: Person) -> list[LostFactor]:
    """What waits, then what was decided last: one query.

    Raises:
        RightMissing.
    """
    rights.require(seen_by, RIGHT)
    people = ("person", "asked_by", "confirmed_by", "approved_by", "stopped_by")
    found = list(LostFactor.objects.select_related(*people)[:SHOWN])
    return sorted(found, key=lambda lost: not lost.is_open)


def get_lost(pk: int, *, seen_by: Person) -> LostFactor:
    """One of them.

    Raises:
        RightMissing, LossNotFound.
    """
    rights.require(seen_by, RIGHT)
    found = LostFactor.objects.select_related("person").filter(pk=pk).first()
    if found is None:
        raise LossNotFound
    return found


def waiting_count() -> int:
    """How many wait for somebody of the team."""
    return LostFactor.objects.filter(Q(approved_at=None, stopped_at=None, expires_at__gt=timezone.now())).count()


def _locked(lost: LostFactor) -> LostFactor:
    lost = LostFactor.objects.select_for_update(of=("self",)).select_related("person").get(pk=lost.pk)
    if not lost.is_open:
        raise LossGone
    return lost


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
