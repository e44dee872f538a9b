"""Clients that are probably one: the same number, the same contact, or a name of the same words. A person decides."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from essaim.manager.people import rights
from essaim.manager.people.folding import folded
from essaim.manager.people.models import Apart, Client, Contact, Membership, Person

_LITTLE = frozenset(
    [
        "a",
        "an",
        "and",
        "the",
        "of",
        "de",
        "des",
        "du",
        "d",
        "la",
        "le",
        "les",
        "l",
        "et",
        "en",
        "au",
        "aux",
        "association",
        "asso",
        "sarl",
        "sas",
        "company",
        "ltd",
    ]
)
"""Words that say nothing of which client it is."""
GROUPS_MAX = 100


class Likeness(NamedTuple):
    """Some clients that have something in common, the oldest first."""

    why: "str | Promise"
    what: str
    clients: list[Client]
    apart: frozenset[tuple[int, int]] = frozenset()
    """Pairs of which somebody said that they are not one."""

    @property
    def rows(self) -> list[tuple[Client, Client | None]]:
        """Each client with the oldest before it that it may be one with."""
        return [
            (client, next((one for one in self.clients[:place] if (one.pk, client.pk) not in self.apart), None))
            for place, client in enumerate(self.clients)
        ]


def find_duplicates(*, by: Person) -> list[Likeness]:
    """Groups of clients that are probably one, the surest reason first; four queries however many clients there are. A client that is no
    duplicate of any other of its group, as somebody said, is left out of it.

    Raises:
        RightMissing.
    """
    rights.require(by, "clients.merge")
    rows = {one.pk: one for one in Client.objects.exclude(state=Client.State.MERGED).order_by("id")}
    apart = frozenset(Apart.objects.values_list("first", "second"))
    found: list[Likeness] = []
    told: set[frozenset[int]] = set()
    ways: tuple[tuple[str | Promise, Iterable[tuple[str, int]]], ...] = (
        (_("the same SIREN"), ((one.siren, one.pk) for one in rows.values())),
        (_("the same RNA number"), ((one.rna, one.pk) for one in rows.values())),
        (_("the same VAT number"), ((one.vat, one.pk) for one in rows.values())),
        (_("the same contact"), Contact.objects.exclude(email="").values_list("email", "client")),
        (_("the same name"), ((_key(one.name), one.pk) for one in rows.values())),
        (_("the same owner"), _owners()),
    )
    for why, pairs in ways:
        groups: dict[str, list[int]] = defaultdict(list)
        for what, number in pairs:
            if what and number in rows and number not in groups[what]:
                groups[what].append(number)
        for what, all_of_it in groups.items():
            numbers = _perhaps_one(sorted(all_of_it), apart)
            if 1 < len(numbers) <= 5 and frozenset(numbers) not in told:  # noqa: PLR2004 - more is an agency, not one client
                told.add(frozenset(numbers))
                found.append(Likeness(why, what, [rows[number] for number in numbers], apart))
    return found[:GROUPS_MAX]


def _perhaps_one(numbers: list[int], apart: frozenset[tuple[int, int]]) -> list[int]:
    """Those of `numbers`, in their order, of which nobody has said that they are apart from every other."""
    near = {pair for pair in combinations(numbers, 2) if pair not in apart}
    return [number for number in numbers if any(number in pair for pair in near)]


def _owners() -> Iterable[tuple[str, int]]:
    owners = Membership.objects.filter(role=Membership.Role.OWNER)
    return owners.values_list("person__email", "client")


def _key(name: str) -> str:
    """The words of a name that tell which one it is, in the order of the alphabet."""
    return " ".join(sorted(word for word in folded(name).split() if word not in _LITTLE))
