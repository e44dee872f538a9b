"""The people room's own doors, closed when somebody leaves the team: API tokens, sessions, links that replace a password."""

from collections.abc import Iterator

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import leaving, signing_out
from essaim.manager.people.models import Person


def register() -> None:
    """Let them close with the others."""
    leaving.register("tokens", label=_("API tokens"), count=count_tokens, close=close_tokens)
    leaving.register("sessions", label=_("sessions"), count=count_sessions, close=close_sessions)


def count_tokens(person: Person) -> int:
    """Tokens that still open."""
    return person.api_tokens.filter(revoked_at=None).count()


def close_tokens(person: Person, by: Person | None) -> None:  # noqa: ARG001 - a door's signature
    """Revoke them all."""
    person.api_tokens.filter(revoked_at=None).update(revoked_at=timezone.now())


def count_sessions(person: Person) -> int:
    """Browsers that are signed in."""
    return sum(1 for _session in _sessions(person))


def close_sessions(person: Person, by: Person | None) -> None:  # noqa: ARG001 - a door's signature
    """End every session, also one that allauth's list has not seen."""
    keys = []
    for session in _sessions(person):
        signing_out.ended(person, session.get_decoded())
        keys.append(session.session_key)
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user=person).delete()


def _sessions(person: Person) -> Iterator[Session]:
    """A session's person stands only inside its data: each that has not expired is read."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(chunk_size=1000):
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            yield session
