"""Who is of the team now, in one place."""

from django.db.models import QuerySet

from essaim.manager.people.models import Person
from essaim.manager.team.errors import MemberNotFound


def team() -> QuerySet[Person]:
    """Everybody of the team who may sign in, by name."""
    return Person.objects.team().order_by("name", "pk")


def get_member(email: str) -> Person:
    """One of the team.

    Raises:
        MemberNotFound.
    """
    found = team().filter(email=email.strip().lower()).first()
    if found is None:
        raise MemberNotFound(email=email.strip()[:254])
    return found
