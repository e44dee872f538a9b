"""Somebody leaves the team: what would close is shown first, what only they can do is handed over, then every door closes at once."""

from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from essaim.manager.core import audit, continuity, leaving, mail, masks
from essaim.manager.core.continuity import Kind, Matter
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.leaving import Door
from essaim.manager.people.models import Person
from essaim.manager.team import gate, letters
from essaim.manager.team.errors import LastOfTheTeam, MemberNotFound, SuccessorIsLeaver, SuccessorMissing
from essaim.manager.team.roll import team


class Outlook(NamedTuple):
    """What it would mean that somebody leaves."""

    person: Person
    doors: list[tuple[Door, int]]
    """What is open now, and how many of each."""
    alone: list[Matter]
    """What nobody else can do."""
    by_hand: list[Kind]
    """Kinds among `alone` that the Manager cannot hand over."""
    keeps_sign_in: bool
    """They have a place at a client, for which they go on signing in."""


class Departure(NamedTuple):
    """What was done."""

    person: Person
    closed: dict[str, int]
    handed_over: dict[str, int]
    keeps_sign_in: bool


def outlook(person: Person, *, seen_by: Person) -> Outlook:
    """What would close and what nobody else could do. Changes nothing.

    Raises:
        RightMissing.
    """
    if seen_by.pk != person.pk:
        gate.require(seen_by, "team.manage")
    alone = continuity.lost_without([person.pk], continuity.matters())
    by_hand = [kind for kind in continuity.kinds() if kind.hand_over is None and _has(alone, kind)]
    return Outlook(person, leaving.open_doors(person), alone, by_hand, _keeps_sign_in(person))


def _has(matters: list[Matter], kind: Kind) -> bool:
    return any(matter.kind == kind.name for matter in matters)


def _keeps_sign_in(person: Person) -> bool:
    return person.memberships.exists()


@transaction.atomic
def leave(person: Person, *, by: Person | None, reason: str, successor: Person | None = None) -> Departure:
    """Close every door of `person`, after `successor` was given what nobody else can do. Who has a place at a client keeps their sign-in
    for that; anyone else signs in no more. Both get a letter. Two who let each other go in the same second: the second is refused.

    Raises:
        ReasonMissing, MemberNotFound: not of the team, or no longer; LastOfTheTeam, SuccessorMissing, SuccessorIsLeaver, RightMissing.
    """
    with masks.read_by(None):  # who leaves may be an observer: letters go to whole addresses
        return _leave(person, by=by, reason=reason, successor=successor)


def _leave(person: Person, *, by: Person | None, reason: str, successor: Person | None) -> Departure:
    everybody = {one.pk: one for one in team().order_by("pk").select_for_update()}
    if by is not None and by.pk != person.pk:
        gate.require(everybody.get(by.pk, Person.objects.get(pk=by.pk)), "team.manage")
    if not reason.strip():
        raise ReasonMissing
    if successor is not None:
        successor = Person.objects.get(pk=successor.pk)
    if person.pk not in everybody:
        raise MemberNotFound(email=person.email)
    person = everybody[person.pk]
    if len(everybody) == 1:
        raise LastOfTheTeam(name=person.name)
    handed_over = _hand_over(person, successor, by=by)
    closed = leaving.close_all(person, by)
    keeps = _keeps_sign_in(person)
    Person.objects.filter(pk=person.pk).update(is_active=keeps)
    audit.record(
        "team.left",
        by=by,
        about=("person", person.email),
        reason=reason.strip(),
        closed=closed,
        handed_over=handed_over,
        successor=successor.email if successor else "",
        sign_in_kept=keeps,
    )
    _write_to(person, successor, closed, handed_over)
    person.refresh_from_db()
    return Departure(person, closed, handed_over, keeps)


def _hand_over(person: Person, successor: Person | None, *, by: Person | None) -> dict[str, int]:
    alone = continuity.lost_without([person.pk], continuity.matters())
    if successor is None:
        if alone:
            raise SuccessorMissing(name=person.name)
        return {}
    if successor.pk == person.pk:
        raise SuccessorIsLeaver(name=person.name)
    if not team().filter(pk=successor.pk).exists():
        raise MemberNotFound(email=successor.email)
    kinds = [kind for kind in continuity.kinds() if kind.hand_over is not None and _has(alone, kind)]
    given = {kind.name: kind.hand_over(person, successor, by) for kind in kinds if kind.hand_over}
    return {name: number for name, number in given.items() if number}


def _write_to(person: Person, successor: Person | None, closed: dict[str, int], handed_over: dict[str, int]) -> None:
    labels = {door.name: str(door.label) for door in leaving.doors()}
    mail.write(
        "left the team",
        to=person.email,
        language=person.language,
        letter=lambda: letters.left(
            name=person.name, closed=[(labels[name], number) for name, number in closed.items()]
        ),
    )
    if successor is None or not handed_over:
        return
    url = settings.ORIGIN + reverse("team:bus_factor")
    mail.write(
        "takes over",
        to=successor.email,
        language=successor.language,
        letter=lambda: letters.takes_over(
            name=successor.name, leaver=person.name, count=sum(handed_over.values()), url=url
        ),
    )
