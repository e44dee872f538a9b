"""What the house can still do when somebody is missing. Each room says, for each of its matters (a right, a secret, a duty), who can
do it; the fewest people behind any matter is the house's bus factor.

    continuity.register("secrets", _("Secrets"), matters)      in the room's AppConfig.ready
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.utils.functional import Promise

if TYPE_CHECKING:
    from essaim.manager.people.models import Person

HandOver = Callable[["Person", "Person", "Person | None"], int]
"""Leaver, successor, who does it: gives what the leaver alone can do, in the caller's transaction, and says how many matters that were."""


class Matter(NamedTuple):
    """One thing that somebody must be able to do, and who can: the keys of persons who are active."""

    key: str
    name: "str | Promise"
    who: frozenset[int]
    url: str = ""
    """Where more is told of it, or another holder is found."""
    kind: str = ""
    """Filled in by `matters`."""


class Kind(NamedTuple):
    """Matters of one kind; `matters` is asked for all of them at once, in a number of queries that does not grow. Without `hand_over`
    people have to do it by hand, and the page says so.
    """

    name: str
    label: "str | Promise"
    matters: Callable[[], Iterable[Matter]]
    hand_over: HandOver | None = None


_kinds: dict[str, Kind] = {}


def register(
    name: str,
    label: "str | Promise",
    matters: Callable[[], Iterable[Matter]],
    *,
    hand_over: HandOver | None = None,
) -> None:
    """Count the matters of a room, too. Registering a name again replaces it."""
    _kinds[name] = Kind(name, label, matters, hand_over)


def kinds() -> list[Kind]:
    """Every kind, in the order of their names."""
    return [_kinds[name] for name in sorted(_kinds)]


def matters() -> list[Matter]:
    """Every matter of the house, those with the fewest people first."""
    found = [matter._replace(kind=kind.name) for kind in kinds() for matter in kind.matters()]
    return sorted(found, key=lambda matter: (len(matter.who), matter.kind, str(matter.name)))


def bus_factor(among: list[Matter]) -> int | None:
    """How many people are behind the matter that has the fewest; None where there is no matter."""
    return min((len(matter.who) for matter in among), default=None)


def lost_without(people: Iterable[int], among: list[Matter]) -> list[Matter]:
    """What nobody could do any more if `people` left today, and somebody can do now."""
    gone = frozenset(people)
    return [matter for matter in among if matter.who and not matter.who - gone]
