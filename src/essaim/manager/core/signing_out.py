"""What ends with a browser's session, when its person signs out or ends it from the list. A room that keeps something for a session writes
a mark into it, and registers here what ends; whoever ends a session knows no room.

    signing_out.register("openid", doors.close_for_session)
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction

if TYPE_CHECKING:
    from essaim.manager.people.models import Person

Ends = Callable[["Person", Mapping[str, Any]], None]
_rooms: dict[str, Ends] = {}


def register(name: str, end: Ends) -> None:
    """Let `end` be called with the person of a session and what stands in it, in the transaction in which it ends."""
    _rooms[name] = end


@transaction.atomic
def ended(person: "Person", session: Mapping[str, Any]) -> None:
    """The session of `person` that holds `session` ends."""
    for name in sorted(_rooms):
        _rooms[name](person, session)
