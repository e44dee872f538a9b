"""Places of people at a client: another role, an end, one's own leaving. A client keeps at least one owner."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from essaim.manager.core import audit, mail
from essaim.manager.people import letters_clients as letters
from essaim.manager.people import rights
from essaim.manager.people.emails import one_form
from essaim.manager.people.errors import LastOwner, PlaceMissing, RoleUnknown
from essaim.manager.people.models import Client, Membership, Person

OWNER = Membership.Role.OWNER


def get_place(client: Client, pk: int) -> Membership:
    """Somebody's place at `client`.

    Raises:
        PlaceMissing.
    """
    place = client.memberships.select_related("person", "client").filter(pk=pk).first()
    if place is None:
        raise PlaceMissing(client=client.name)
    return place


def place_of(client: Client, email: str) -> Membership:
    """The place at `client` of who has that address.

    Raises:
        PlaceMissing.
    """
    place = client.memberships.select_related("person", "client").filter(person__email=one_form(email)).first()
    if place is None:
        raise PlaceMissing(client=client.name)
    return place


@transaction.atomic
def change_role(place: Membership, *, role: str, by: Person | None) -> Membership:
    """Give somebody another role; they are told by a letter.

    Raises:
        RoleUnknown, LastOwner, PlaceMissing: they have left meanwhile; NotAllowed.
    """
    if role not in Membership.Role.values:
        raise RoleUnknown(role=role)
    place = _locked(place)
    rights.require(by, "clients.people", place.client)
    if place.role == role:
        return place
    _keep_an_owner(place)
    return put(place, role, by=by)


@transaction.atomic
def remove(place: Membership, *, by: Person | None) -> None:
    """Take somebody's place away; they are told by a letter.

    Raises:
        LastOwner, PlaceMissing, NotAllowed.
    """
    place = _locked(place)
    rights.require(by, "clients.people", place.client)
    _keep_an_owner(place)
    end(place, by=by)


@transaction.atomic
def leave(client: Client, *, by: Person) -> None:
    """Give up one's own place at `client`.

    Raises:
        PlaceMissing; LastOwner: hand the ownership over first.
    """
    place = client.memberships.filter(person=by).first()
    if place is None:
        raise PlaceMissing(client=client.name)
    place = _locked(place)
    _keep_an_owner(place)
    end(place, by=by)


def _locked(place: Membership) -> Membership:
    """The place as it stands, its client locked until the transaction ends: rights are asked after this, so that two owners who
    remove each other in the same second do it one after the other.
    """
    Client.objects.select_for_update().get(pk=place.client_id)
    found = Membership.objects.select_related("person", "client").filter(pk=place.pk).first()
    if found is None:
        raise PlaceMissing(client=place.client.name)
    return found


def _keep_an_owner(place: Membership) -> None:
    if place.role != OWNER:
        return
    if not Membership.objects.filter(client=place.client, role=OWNER).exclude(pk=place.pk).exists():
        raise LastOwner(person=place.person.email, client=place.client.name)


def put(place: Membership, role: str, *, by: Person | None) -> Membership:
    """Write another role down, with its line and its letter. The caller has locked the client and asked for the right."""
    before, place.role = place.role, role
    if before == role:
        return place
    place.save(update_fields=["role"])
    client, person = place.client, place.person
    facts = {"member": person.email, "before": {"role": before}, "after": {"role": role}}
    audit.record("people.role_changed", by=by, about=("client", client.slug), client=client.slug, reason="", **facts)
    if by is None or by.pk != person.pk:
        url = settings.ORIGIN + reverse("people:client", args=[client.slug])
        mail.write(
            "role changed",
            to=person.email,
            language=person.language,
            letter=lambda: letters.role_changed(
                name=person.name, client=client.name, role=str(place.get_role_display()), url=url
            ),
        )
    return place


def end(place: Membership, *, by: Person | None) -> None:
    """Take a place away, with its line and its letter. The caller has locked the client and asked for the right."""
    client, person = place.client, place.person
    is_own = by is not None and by.pk == person.pk
    place.delete()
    code = "people.member_left" if is_own else "people.member_removed"
    audit.record(code, by=by, about=("client", client.slug), client=client.slug, member=person.email, role=place.role)
    if not is_own:
        mail.write(
            "place ended",
            to=person.email,
            language=person.language,
            letter=lambda: letters.place_ended(name=person.name, client=client.name),
        )
