"""The team's search: clients and people by what somebody remembers of a name, an address or a number. Accents and typing errors are
forgiven; the number of queries does not grow with what is found.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from django.db.models import Prefetch

from essaim.manager.people import rights
from essaim.manager.people.emails import one_form
from essaim.manager.people.folding import as_words, folded
from essaim.manager.people.models import Client, Contact, Membership, Person
from essaim.manager.people.search_index import near

LOOKED_AT = 80
SHOWN = 12
WORDS_MAX = 6
CLOSE = 0.72
"""How like a word must be to one of the row, from 0 to 1."""


class Found(NamedTuple):
    """What fits best, best first."""

    clients: list[Client]
    people: list[Person]


class _Likeness(dict[str, float]):
    """How like one typed word is to each other word that was asked about, from 0 to 1; rows share many words, so each is compared once."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word
        self._matcher = SequenceMatcher(None, "", word, autojunk=False)  # what it works out beforehand is of the second

    def __missing__(self, other: str) -> float:
        self[other] = likeness = self._of(other)
        return likeness

    def _of(self, other: str) -> float:
        """1 for the same, a little less where the word only begins it, else the share of letters in the same order."""
        word = self._word
        if word == other:
            return 1.0
        if other.startswith(word):
            return 0.98
        if len(word) >= 3 and word in other:  # noqa: PLR2004 - two letters are in too many words
            return 0.9
        if len(word) < 3:  # noqa: PLR2004 - a typing error in two letters is another word
            return 0.0
        self._matcher.set_seq1(other[: len(word) + 1])  # what is still being typed
        if self._matcher.real_quick_ratio() < CLOSE or self._matcher.quick_ratio() < CLOSE:
            return 0.0
        return 0.95 * self._matcher.ratio()


def find(text: str, *, by: Person) -> Found:
    """Clients and people that fit each word of `text`, at most `SHOWN` of both. Nothing typed finds nothing.

    Raises:
        RightMissing: for who reads names of everybody.
    """
    rights.require(by, "people.see_personal")
    words = folded(text[:120]).split()[:WORDS_MAX]
    if not words or len("".join(words)) < 2:  # noqa: PLR2004 - one letter is in every name
        return Found([], [])
    contacts = _clients_of_contacts(text)
    clients = _best("people_client", words)
    people = _best("people_person", words)
    chosen = [*contacts, *(number for number in clients if number not in contacts)][:SHOWN]
    rows = Client.objects.in_bulk(chosen)
    places = Prefetch("memberships", queryset=Membership.objects.select_related("client"))
    persons = Person.objects.prefetch_related(places).in_bulk(people)
    return Found(
        [rows[number] for number in chosen if number in rows],
        [persons[number] for number in people if number in persons],
    )


def _clients_of_contacts(text: str) -> list[int]:
    """Clients that named this very address as a contact."""
    if "@" not in text:
        return []
    return list(Contact.objects.filter(email=one_form(text)).values_list("client_id", flat=True).distinct()[:SHOWN])


def _best(table: str, words: Sequence[str]) -> list[int]:
    candidates = near(table, as_words(" ".join(words)), limit=LOOKED_AT)
    texts = dict(
        (Client if table == "people_client" else Person).objects.filter(pk__in=candidates).values_list("pk", "folded")
    )
    likenesses = [_Likeness(word) for word in words]
    scored = [
        (_fit(likenesses, texts[number].split()), -at, number)
        for at, number in enumerate(candidates)
        if number in texts
    ]
    return [number for fit, _at, number in sorted(scored, reverse=True) if fit > 0][:SHOWN]


def _fit(likenesses: Sequence[_Likeness], of: Sequence[str]) -> float:
    """How well every word fits its likest in the row; 0 where one fits none."""
    total = 0.0
    for likeness in likenesses:
        likest = max((likeness[other] for other in of), default=0.0)
        if likest < CLOSE:
            return 0.0
        total += likest
    return total / len(likenesses)
