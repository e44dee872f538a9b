"""The list of clients, searched while somebody types: no count of the whole, no offset, four queries."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, Q

from essaim.manager.people import rights
from essaim.manager.people.folding import folded
from essaim.manager.people.models import Client, Membership, Person
from essaim.manager.people.queries import clients_visible_to, findable

_SERVED = Q(accounts__sites__state="active", accounts__state="active")
_FAILING = _SERVED & Q(accounts__sites__health__in=["failed", "changed"])


class ClientRow(NamedTuple):
    """One client of the list. `sites` and `failing` are None where the reader does not see all of its sites."""

    client: Client
    role: str
    """What the reader is there, in words; empty: the team."""
    accounts: int | None
    sites: int | None
    failing: int | None


class ClientPage(NamedTuple):
    """A page of clients and where the next one starts (empty: the end)."""

    rows: Sequence[ClientRow]
    next_cursor: str

    @property
    def clients(self) -> list[Client]:
        """The clients alone, in the same order."""
        return [row.client for row in self.rows]


def find_clients(
    person: Person, *, text: str = "", after: str = "", failing: bool = False, limit: int = 50
) -> ClientPage:
    """Clients that `person` may see, by name, that have each word of `text` in their names, identifier, city or numbers, whatever
    its accents. `failing`: only those with a site that is not as it should be; `after`: the last one's identifier.
    """
    rows = clients_visible_to(person).order_by("name", "slug")
    for word in folded(text).split():
        rows = rows.filter(findable(), folded__contains=word)
    if failing:
        troubled = Client.objects.filter(_FAILING, pk__in=rights.clients_with(person, "sites.see").values("pk"))
        rows = rows.filter(pk__in=troubled.values("pk"))
    last = clients_visible_to(person).filter(slug=after).values_list("name", flat=True).first() if after else None
    if last is not None:
        rows = rows.filter(Q(name__gt=last) | Q(name=last, slug__gt=after))
    page = list(rows[: limit + 1])
    more = len(page) > limit
    return ClientPage(_with_numbers(page[:limit], person), page[limit - 1].slug if more else "")


def _with_numbers(clients: list[Client], person: Person) -> list[ClientRow]:
    numbers = [client.pk for client in clients]
    whole = rights.clients_with(person, "sites.see").filter(pk__in=numbers).values("pk")
    counted = Client.objects.filter(pk__in=whole).annotate(
        account_count=Count("accounts", distinct=True),
        site_count=Count("accounts__sites", filter=_SERVED, distinct=True),
        failing_count=Count("accounts__sites", filter=_FAILING, distinct=True),
    )
    known = {one.pk: (one.account_count, one.site_count, one.failing_count) for one in counted.order_by()}
    places = Membership.objects.filter(person=person, client__in=numbers)
    roles = {one.client_id: str(one.get_role_display()) for one in places}
    return [ClientRow(one, roles.get(one.pk, ""), *known.get(one.pk, (None, None, None))) for one in clients]
