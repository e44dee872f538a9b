"""Who may do what in the team room: rights of the people room's table, asked by name; and one page that comes before any right."""

from essaim.manager.core.errors import NotAllowed
from essaim.manager.people.models import Person
from essaim.manager.people.rights import may, require

__all__ = ["may", "require", "require_team"]


def require_team(person: Person) -> None:
    """Refuse who is not of the team. Whether they have signed is not asked: this leads to where they do.

    Raises:
        NotAllowed.
    """
    if not person.is_team:
        raise NotAllowed
