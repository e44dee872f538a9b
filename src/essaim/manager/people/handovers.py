"""Ownership of a client is handed over by the consent of both: offered by an owner, taken or declined by who gets it."""

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import audit, mail
from essaim.manager.people import letters_clients as letters
from essaim.manager.people import places
from essaim.manager.people.errors import HandoverGone, HandoverMissing, HandoverToNobody, NotAnOwner
from essaim.manager.people.models import Client, Handover, Membership, Person

OWNER = Membership.Role.OWNER


@transaction.atomic
def offer(client: Client, *, to: str, by: Person, giver_leaves: bool = False) -> Handover:
    """Offer one's own ownership to somebody who has a place at `client`. A former offer of one's own that is open is withdrawn.

    Raises:
        NotAnOwner: only an owner hands over, the team cannot in their name; HandoverToNobody.
    """
    Client.objects.select_for_update().get(pk=client.pk)
    if not client.memberships.filter(person=by, role=OWNER).exists():
        raise NotAnOwner(client=client.name)
    place = client.memberships.select_related("person").filter(person__email=to.strip().lower()).first()
    if place is None or place.person_id == by.pk or not place.person.is_active:
        raise HandoverToNobody(email=to.strip()[:80], client=client.name)
    client.handovers.filter(giver=by, state=Handover.State.OFFERED).update(
        state=Handover.State.WITHDRAWN, answered_at=timezone.now()
    )
    offered = Handover.objects.create(client=client, giver=by, taker=place.person, giver_leaves=giver_leaves)
    _record("people.handover_offered", offered, by=by)
    taker = place.person
    url = settings.ORIGIN + reverse("people:handover", args=[offered.pk])
    mail.write(
        "handover offered",
        to=taker.email,
        language=taker.language,
        letter=lambda: letters.handover_offered(name=taker.name, client=client.name, by=by.name or by.email, url=url),
    )
    return offered


def get_handover(pk: int, *, seen_by: Person) -> Handover:
    """An offer that `seen_by` made or was made.

    Raises:
        HandoverMissing: absent, or of others; the two are not told apart.
    """
    found = Handover.objects.select_related("client", "giver", "taker").filter(pk=pk).first()
    if found is None or seen_by.pk not in (found.giver_id, found.taker_id):
        raise HandoverMissing
    return found


@transaction.atomic
def accept(handover: Handover, *, by: Person) -> Handover:
    """Take the ownership: `by` is owner now, the giver stays as manager or leaves, as was offered. Twice is once.

    Raises:
        HandoverMissing: not offered to `by`; HandoverGone: answered otherwise, or the giver is no longer an owner.
    """
    handover = _open(handover, Handover.State.ACCEPTED, taker=by)
    if handover.state == Handover.State.ACCEPTED:
        return handover
    client = handover.client
    given = client.memberships.filter(person=handover.giver, role=OWNER).first()
    taken = client.memberships.filter(person=by).first()
    if given is None or taken is None:
        raise HandoverGone(client=client.name)
    places.put(taken, OWNER, by=by)
    if handover.giver_leaves:
        places.end(given, by=by)
    else:
        places.put(given, Membership.Role.MANAGER, by=by)
    return _answer(handover, Handover.State.ACCEPTED, by)


@transaction.atomic
def decline(handover: Handover, *, by: Person) -> Handover:
    """Leave the ownership where it is. Twice is once.

    Raises:
        HandoverMissing, HandoverGone.
    """
    handover = _open(handover, Handover.State.DECLINED, taker=by)
    return handover if handover.state != Handover.State.OFFERED else _answer(handover, Handover.State.DECLINED, by)


@transaction.atomic
def withdraw(handover: Handover, *, by: Person) -> Handover:
    """Take the offer back. Twice is once.

    Raises:
        HandoverMissing, HandoverGone.
    """
    handover = _open(handover, Handover.State.WITHDRAWN, giver=by)
    if handover.state != Handover.State.OFFERED:
        return handover
    handover.state, handover.answered_at = Handover.State.WITHDRAWN, timezone.now()
    handover.save(update_fields=["state", "answered_at"])
    _record("people.handover_withdrawn", handover, by=by)
    return handover


def open_handovers(client: Client) -> list[Handover]:
    """Offers at `client` that nobody has answered: one query."""
    return list(client.handovers.select_related("giver", "taker").filter(state=Handover.State.OFFERED))


def offered_to(person: Person) -> list[Handover]:
    """Offers that wait for `person`'s answer: one query."""
    waiting = Handover.objects.select_related("client", "giver").filter(taker=person, state=Handover.State.OFFERED)
    return list(waiting)


def open_of(person: Person) -> list[Handover]:
    """Offers that `person` made or was made, and that nobody has answered: one query."""
    mine = Handover.objects.select_related("client", "giver", "taker").filter(Q(taker=person) | Q(giver=person))
    return list(mine.filter(state=Handover.State.OFFERED))


def _open(handover: Handover, wanted: str, *, taker: Person | None = None, giver: Person | None = None) -> Handover:
    """The offer as it stands, its client locked. One that is already as `wanted` is let through; the caller does nothing more."""
    Client.objects.select_for_update().get(pk=handover.client_id)
    handover = Handover.objects.select_related("client", "giver", "taker").get(pk=handover.pk)
    if (taker and handover.taker_id != taker.pk) or (giver and handover.giver_id != giver.pk):
        raise HandoverMissing
    if handover.state not in (Handover.State.OFFERED, wanted):
        raise HandoverGone(client=handover.client.name)
    return handover


def _answer(handover: Handover, state: Handover.State, by: Person) -> Handover:
    handover.state, handover.answered_at = state, timezone.now()
    handover.save(update_fields=["state", "answered_at"])
    _record(f"people.handover_{state}", handover, by=by)
    giver, client = handover.giver, handover.client
    url = settings.ORIGIN + reverse("people:client", args=[client.slug])
    mail.write(
        "handover answered",
        to=giver.email,
        language=giver.language,
        letter=lambda: letters.handover_answered(
            name=giver.name,
            client=client.name,
            by=by.name or by.email,
            url=url,
            is_accepted=state == Handover.State.ACCEPTED,
            is_left=handover.giver_leaves,
        ),
    )
    return handover


def _record(code: str, handover: Handover, *, by: Person) -> None:
    slug = handover.client.slug
    facts = {"giver": handover.giver.email, "taker": handover.taker.email}
    audit.record(code, by=by, about=("client", slug), client=slug, reason="", **facts)
