"""The list of clients, searched while somebody types: no count, no offset, one query."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, Q

from essaim.manager.people.models import Client, Person
from essaim.manager.people.queries import clients_visible_to


class ClientPage(NamedTuple):
    """A page of clients and where the next one starts (empty: the end)."""

    clients: Sequence[Client]
    next_cursor: str


def find_clients(person: Person, *, text: str = "", after: str = "", limit: int = 50) -> ClientPage:
    """Clients that `person` may see, by name, whose name or identifier contains `text`. `after`: the last one's identifier."""
    rows = clients_visible_to(person).annotate(account_count=Count("accounts")).order_by("name", "slug")
    if text.strip():
        rows = rows.filter(Q(name__icontains=text.strip()) | Q(slug__icontains=text.strip()))
    last = clients_visible_to(person).filter(slug=after).values_list("name", flat=True).first() if after else None
    if last is not None:
        rows = rows.filter(Q(name__gt=last) | Q(name=last, slug__gt=after))
    page = list(rows[: limit + 1])
    more = len(page) > limit
    return ClientPage(page[:limit], page[limit - 1].slug if more else "")
