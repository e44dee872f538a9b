"""The team room's own doors, closed when somebody leaves: calendars' addresses, places in the rota."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import leaving
from essaim.manager.people.models import Person


def register() -> None:
    """Let them close with the others."""
    leaving.register("feeds", label=_("addresses of calendars"), count=count_feeds, close=close_feeds)
    leaving.register("rota", label=_("stretches of working hours"), count=count_hours, close=close_hours)
    leaving.register("duties", label=_("duties"), count=count_duties, close=close_duties)


def count_feeds(person: Person) -> int:
    """Addresses that still open."""
    return person.feeds.filter(revoked_at=None).count()


def close_feeds(person: Person, by: Person | None) -> None:  # noqa: ARG001 - a door's signature
    """They open nothing any more."""
    person.feeds.filter(revoked_at=None).update(revoked_at=timezone.now())


def count_hours(person: Person) -> int:
    """Stretches of the week in which others count on them."""
    return person.working_hours.count()


def close_hours(person: Person, by: Person | None) -> None:  # noqa: ARG001 - a door's signature
    """Nobody counts on them any more."""
    person.working_hours.all().delete()
    person.absences.filter(first_day__gt=timezone.localdate()).delete()


def count_duties(person: Person) -> int:
    """Duties that they can do."""
    return person.duties.count()


def close_duties(person: Person, by: Person | None) -> None:  # noqa: ARG001 - a door's signature
    """They can no longer; who takes over was written before."""
    person.duties.all().delete()
