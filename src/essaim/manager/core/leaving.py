"""The doors that close when somebody leaves the team. A room that opens one registers it in its `AppConfig.ready`; whoever lets a
person go (`team.leaving`) closes all of them in one transaction, without knowing any.

    leaving.register("tokens", label=_("API tokens"), count=doors.count_tokens, close=doors.close_tokens)
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.utils.functional import Promise

if TYPE_CHECKING:
    from essaim.manager.people.models import Person


class Door(NamedTuple):
    """One kind of way in. `count` says how many of them `person` has open now; `close` closes them all, in the caller's transaction,
    and records nothing: whoever lets the person go writes one line with the counts.
    """

    name: str
    label: "str | Promise"
    count: "Callable[[Person], int]"
    close: "Callable[[Person, Person | None], None]"


_doors: dict[str, Door] = {}


def register(
    name: str,
    *,
    count: "Callable[[Person], int]",
    close: "Callable[[Person, Person | None], None]",
    label: "str | Promise" = "",
) -> None:
    """Let the door `name` close with the others. `label`: what people call it, in the plural ("API tokens").

    Raises:
        ValueError: another room has a door of that name.
    """
    if name in _doors and _doors[name].close is not close:
        raise ValueError(f"two doors are called {name}")
    _doors[name] = Door(name, label or name, count, close)


def doors() -> list[Door]:
    """Every door of the house, by name."""
    return [_doors[name] for name in sorted(_doors)]


def open_doors(person: "Person") -> list[tuple[Door, int]]:
    """What `person` has open now, how many of each; a door with none is left out."""
    counted = [(door, door.count(person)) for door in doors()]
    return [(door, number) for door, number in counted if number]


@transaction.atomic
def close_all(person: "Person", by: "Person | None") -> dict[str, int]:
    """Close every door of `person`, and say how many of each there were. Twice closes nothing more. One that cannot be closed undoes
    the others, so that nobody is believed to be out who is not.
    """
    closed = {door.name: number for door, number in open_doors(person)}
    for door in doors():  # also where none was counted: one that opened a moment ago closes, too
        door.close(person, by)
    return closed
