"""The last step of a candidate: a sign-in, and the group of observers, proposed by who recorded the board's decision."""

from contextlib import suppress

from django.db import transaction

from essaim.manager.core import audit
from essaim.manager.core.errors import EssaimError
from essaim.manager.people import actions, grants
from essaim.manager.people.errors import InvitationForAnother, PersonExists
from essaim.manager.people.models import Grant, Person
from essaim.manager.team.models import Candidate, Zone
from essaim.manager.team.recruiting import _digest, who_joins


@transaction.atomic
def join(text: str, *, by: Person) -> Candidate:
    """`by`, who has a sign-in, takes the place that the board offered to their address. Opened by two at once, one gets it.

    Raises:
        CandidateLinkGone; InvitationForAnother: `by` signs in with another address.
    """
    candidate = _locked(text)
    if by.email != candidate.email:
        raise InvitationForAnother(email=candidate.email, yours=by.email)
    return _join(candidate, by)


@transaction.atomic
def join_anew(text: str, *, password: str) -> Person:
    """Take the place with a sign-in that is made for it.

    Raises:
        CandidateLinkGone, PasswordRefused; PersonExists: they have a sign-in and use that.
    """
    candidate = _locked(text)
    if Person.objects.filter(email=candidate.email).exists():
        raise PersonExists(email=candidate.email)
    person = actions.create_person(
        email=candidate.email,
        name=candidate.name,
        language=candidate.language,
        password=actions.require_password(password),
        by=None,
    )
    _join(candidate, person)
    return person


def _locked(text: str) -> Candidate:
    Candidate.objects.select_for_update().filter(sha256=_digest(text)).first()
    return who_joins(text)


def _join(candidate: Candidate, person: Person) -> Candidate:
    candidate.state, candidate.person = Candidate.State.JOINED, person
    candidate.save(update_fields=["state", "person"])
    Zone.objects.get_or_create(person=person, defaults={"name": candidate.zone})
    audit.record("team.joined", by=person, about=("candidate", str(candidate.pk)), campaign=candidate.campaign.slug)
    if candidate.decided_by is not None:
        with suppress(
            EssaimError
        ):  # who recorded the decision may grant no more, or the group is held: others see to it
            grants.propose(person, Grant.Group.OBSERVER, by=candidate.decided_by, reason=candidate.decision)
    return candidate
