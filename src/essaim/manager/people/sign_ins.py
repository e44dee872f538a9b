"""Somebody's sign-in ends, or is given back, by one of the team: what it would mean is shown first. Who is of the team leaves it on its own
page (`team.leaving`), where what only they can do is handed over.
"""

from typing import NamedTuple

from django.db import transaction

from essaim.manager.core import leaving
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.leaving import Door
from essaim.manager.people import actions, rights
from essaim.manager.people.emails import one_form
from essaim.manager.people.grant_errors import PersonUnknown
from essaim.manager.people.models import Client, Membership, Person
from essaim.manager.people.sign_in_errors import PersonErased, PersonNotFound, SignInOfTeam, SignInOwn

RIGHT = "people.change"
GONE = (Client.State.CLOSED, Client.State.MERGED)


class Outlook(NamedTuple):
    """What it would mean that somebody signs in no more."""

    doors: list[tuple[Door, int]]
    """What is open now, and how many of each."""
    places: list[Membership]
    """Where they have a place, which stays in the list and opens nothing."""
    without_owner: list[Client]
    """Clients that nobody could sign in for as an owner."""


def get_person(pk: int, *, seen_by: Person) -> Person:
    """Whose sign-in it is.

    Raises:
        RightMissing, PersonNotFound; PersonErased: nothing is left of them.
    """
    rights.require(seen_by, RIGHT)
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise PersonNotFound
    if person.is_erased:
        raise PersonErased
    return person


def find_person(email: str, *, seen_by: Person) -> Person:
    """Who signs in, or signed in, with `email`.

    Raises:
        RightMissing, PersonUnknown.
    """
    rights.require(seen_by, RIGHT)
    person = Person.objects.filter(email=one_form(email)).first()
    if person is None or person.is_erased:
        raise PersonUnknown(email=email.strip()[:80])
    return person


def outlook(person: Person) -> Outlook:
    """What would close, and what would be left. Changes nothing."""
    places = person.memberships.select_related("client").exclude(client__state__in=GONE).order_by("client__name")
    return Outlook(leaving.open_doors(person), list(places), without_owner(person))


def without_owner(person: Person) -> list[Client]:
    """Clients that have no owner who may sign in but `person`."""
    owners = Membership.objects.filter(role=Membership.Role.OWNER)
    others = owners.filter(person__is_active=True).exclude(person=person)
    owned = Client.objects.filter(pk__in=owners.filter(person=person).values("client")).exclude(state__in=GONE)
    return list(owned.exclude(pk__in=others.values("client")).order_by("name"))


@transaction.atomic
def end(person: Person, *, by: Person, reason: str) -> Person:
    """Let `person` sign in no more: every door closes, their places at clients stay and open nothing, a letter tells them. Twice is once.

    Raises:
        RightMissing, ReasonMissing, SignInOwn, SignInOfTeam.
    """
    rights.require(by, RIGHT)
    if not reason.strip():
        raise ReasonMissing
    person = Person.objects.get(pk=person.pk)
    if person.pk == by.pk:
        raise SignInOwn
    if person.is_team:
        raise SignInOfTeam(name=person.name)
    return actions.deactivate_person(person, by=by, reason=reason.strip())
