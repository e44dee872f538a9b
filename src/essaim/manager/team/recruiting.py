"""The way of a candidate: asks, proves the address, is read about, is decided on, joins."""

import hashlib
import secrets
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import audit, mail, masks
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import throttle
from essaim.manager.people.errors import EmailMalformed, NameMissing
from essaim.manager.people.models import Person
from essaim.manager.team import gate, letters
from essaim.manager.team.campaigns import today
from essaim.manager.team.clocks import parse_zone
from essaim.manager.team.errors import (
    AddressUnproved,
    AlreadyDecided,
    CampaignClosed,
    CandidateLinkGone,
    CandidateNotFound,
    TooManyApplications,
)
from essaim.manager.team.models import Campaign, Candidate, CandidateNote

PROVED_WITHIN = timedelta(days=2)
JOINED_WITHIN = timedelta(days=30)
WOULD_DO_MAX = 4000
State = Candidate.State


@masks.read_by(None)  # who applies may be an observer who is signed in
@transaction.atomic
def apply(
    campaign: Campaign, *, name: str, email: str, zone: str, would_do: str, address: str = "", language: str = "fr"
) -> None:
    """Somebody would join: they get a letter, and are a candidate once they open its link. Whoever asks learns nothing of who asked
    before: the same address again gets another letter if the first was not opened, and nothing otherwise.

    Raises:
        CampaignClosed, NameMissing, EmailMalformed, ZoneUnknown, TooManyApplications.
    """
    if not campaign.is_open(today()):
        raise CampaignClosed
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise EmailMalformed(email=email[:80]) from None
    if not name.strip():
        raise NameMissing
    zone = parse_zone(zone).key
    _slow_down(address, email)
    candidate = Candidate.objects.select_for_update().filter(campaign=campaign, email=email).first()
    if candidate is not None and candidate.state != State.UNPROVED:
        return
    candidate = candidate or Candidate(campaign=campaign, email=email)
    candidate.name, candidate.zone, candidate.would_do = name.strip()[:120], zone, would_do.strip()[:WOULD_DO_MAX]
    candidate.language = "en" if language == "en" else "fr"
    text = _new_link(candidate, PROVED_WITHIN)
    candidate.save()
    url = settings.ORIGIN + reverse("join:prove", args=[text])
    mail.write(
        "prove address",
        to=email,
        language=candidate.language,
        letter=lambda: letters.prove_address(
            name=candidate.name, campaign=campaign.title, url=url, until=candidate.link_until
        ),
    )


def _slow_down(address: str, email: str) -> None:
    try:
        throttle.check_asks(address=address, email=email)
    except throttle.TooManyTries:
        raise TooManyApplications from None
    throttle.note_ask(address=address, email=email)


def _new_link(candidate: Candidate, within: timedelta) -> str:
    text = secrets.token_urlsafe(32)
    candidate.sha256, candidate.link_until = _digest(text), timezone.now() + within
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@masks.read_by(None)  # who has the letter reads what is about them
def _of_link(text: str, state: str) -> Candidate:
    """Whose link it is.

    Raises:
        CandidateLinkGone.
    """
    found = Candidate.objects.select_related("campaign").filter(sha256=_digest(text), state=state).first()
    if found is None or found.link_until <= timezone.now():
        raise CandidateLinkGone
    return found


def who_proves(text: str) -> Candidate:
    """Whose address the link of a letter proves.

    Raises:
        CandidateLinkGone: opened, too old, or not one of ours.
    """
    return _of_link(text, State.UNPROVED)


@transaction.atomic
def prove(text: str) -> Candidate:
    """The address is proved: the team reads about the candidate from now on.

    Raises:
        CandidateLinkGone.
    """
    Candidate.objects.select_for_update().filter(sha256=_digest(text)).first()
    candidate = who_proves(text)
    candidate.state, candidate.proved_at = State.WAITING, timezone.now()
    candidate.save(update_fields=["state", "proved_at"])
    audit.record(
        "team.candidate_asked", by=None, about=("candidate", str(candidate.pk)), campaign=candidate.campaign.slug
    )
    return candidate


def candidates(*, seen_by: Person) -> QuerySet[Candidate]:
    """Who asked and proved their address, newest first.

    Raises:
        RightMissing.
    """
    gate.require(seen_by, "team.recruit")
    return Candidate.objects.exclude(state=State.UNPROVED).select_related("campaign", "decided_by", "person")


def get_candidate(pk: int, *, seen_by: Person) -> Candidate:
    """One candidate.

    Raises:
        CandidateNotFound, RightMissing.
    """
    found = candidates(seen_by=seen_by).filter(pk=pk).first()
    if found is None:
        raise CandidateNotFound
    return found


@transaction.atomic
def note(candidate: Candidate, *, text: str, by: Person) -> CandidateNote:
    """Write something about a candidate that the others may read.

    Raises:
        ReasonMissing: nothing is written; RightMissing.
    """
    gate.require(by, "team.recruit")
    if not text.strip():
        raise ReasonMissing
    made = CandidateNote.objects.create(candidate=candidate, by=by, text=text.strip())
    audit.record("team.candidate_noted", by=by, about=("candidate", str(candidate.pk)))
    return made


@transaction.atomic
def accept(candidate: Candidate, *, by: Person, decision: str) -> Candidate:
    """The board takes the candidate as an observer; `decision` says where it is written down. They get a letter with which they join.

    Raises:
        ReasonMissing, AlreadyDecided, AddressUnproved, RightMissing.
    """
    candidate = _decide(candidate, State.ACCEPTED, by=by, decision=decision)
    text = _new_link(candidate, JOINED_WITHIN)
    candidate.save(update_fields=["sha256", "link_until"])
    url = settings.ORIGIN + reverse("join:welcome", args=[text])
    mail.write(
        "accepted",
        to=candidate.email,
        language=candidate.language,
        letter=lambda: letters.accepted(name=candidate.name, url=url, until=candidate.link_until),
    )
    return candidate


@transaction.atomic
def decline(candidate: Candidate, *, by: Person, decision: str, words: str = "") -> Candidate:
    """The board does not take the candidate now; `words` are for them, in their letter. What they wrote is kept six months.

    Raises:
        ReasonMissing, AlreadyDecided, AddressUnproved, RightMissing.
    """
    candidate = _decide(candidate, State.DECLINED, by=by, decision=decision)
    mail.write(
        "declined",
        to=candidate.email,
        language=candidate.language,
        letter=lambda: letters.declined(name=candidate.name, campaign=candidate.campaign.title, words=words.strip()),
    )
    return candidate


def _decide(candidate: Candidate, state: str, *, by: Person, decision: str) -> Candidate:
    gate.require(by, "team.grant")
    if not decision.strip():
        raise ReasonMissing
    candidate = Candidate.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=candidate.pk)
    if candidate.state == State.UNPROVED:
        raise AddressUnproved(name=candidate.name)
    if candidate.state != State.WAITING:
        raise AlreadyDecided(name=candidate.name)
    candidate.state, candidate.decided_at, candidate.decided_by = state, timezone.now(), by
    candidate.decision = decision.strip()
    candidate.save(update_fields=["state", "decided_at", "decided_by", "decision"])
    about = ("candidate", str(candidate.pk))
    audit.record(f"team.candidate_{state}", by=by, about=about, reason=candidate.decision, email=candidate.email)
    return candidate


def who_joins(text: str) -> Candidate:
    """Whom the board's letter lets in.

    Raises:
        CandidateLinkGone.
    """
    return _of_link(text, State.ACCEPTED)


def zone_of(candidate: Candidate) -> ZoneInfo:
    """Where the candidate's clock stands."""
    return ZoneInfo(candidate.zone)
