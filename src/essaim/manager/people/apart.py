"""Clients that look like one and are two: said by somebody who looked, remembered for that pair, and taken back."""

from django.db import transaction

from essaim.manager.core import audit
from essaim.manager.people import rights
from essaim.manager.people.client_errors import ApartMissing, MergeWithItself
from essaim.manager.people.models import Apart, Client, Person

SHOWN = 200


@transaction.atomic
def tell_apart(one: Client, other: Client, *, by: Person, reason: str = "") -> Apart:
    """Say that the two are no duplicates: their pair is no longer looked at. Said twice it is once.

    Raises:
        RightMissing, MergeWithItself.
    """
    rights.require(by, "clients.merge")
    if one.pk == other.pk:
        raise MergeWithItself(slug=one.slug)
    first, second = sorted((one, other), key=lambda client: client.pk)
    told, is_new = Apart.objects.get_or_create(
        first=first, second=second, defaults={"by": by, "reason": reason.strip()[:500]}
    )
    if is_new:
        _record("people.told_apart", told, by=by, reason=told.reason)
    return told


@transaction.atomic
def take_back(told: Apart, *, by: Person) -> None:
    """Look at the pair again. Twice is once.

    Raises:
        RightMissing.
    """
    rights.require(by, "clients.merge")
    if Apart.objects.filter(pk=told.pk).delete()[0]:
        _record("people.apart_taken_back", told, by=by, reason="")


def listed(*, seen_by: Person) -> list[Apart]:
    """The pairs, the newest first: one query.

    Raises:
        RightMissing.
    """
    rights.require(seen_by, "clients.merge")
    return list(Apart.objects.select_related("first", "second", "by")[:SHOWN])


def get_apart(pk: int, *, seen_by: Person) -> Apart:
    """One pair.

    Raises:
        RightMissing, ApartMissing.
    """
    rights.require(seen_by, "clients.merge")
    found = Apart.objects.select_related("first", "second").filter(pk=pk).first()
    if found is None:
        raise ApartMissing
    return found


def _record(code: str, told: Apart, *, by: Person, reason: str) -> None:
    slugs = {"first": told.first.slug, "second": told.second.slug}
    for slug in slugs.values():
        audit.record(code, by=by, about=("client", slug), client=slug, reason=reason, **slugs)
