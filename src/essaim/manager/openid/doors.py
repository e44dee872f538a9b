"""Who may sign in to which tool, and what is taken back when they no longer may, or sign out."""

import secrets
from collections.abc import Mapping, MutableMapping
from typing import Any

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Token
from django.db import transaction
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.openid.models import Farewell, Tool, Visit
from essaim.manager.people.models import Person

SID = "openid_sid"
"""In the session of a browser from which somebody went on to a tool."""


def may_enter(person: Person | None, tool: Tool | None) -> bool:
    """`person` may sign in to `tool`: it is open, and for one of their groups."""
    if person is None or tool is None or tool.closed_at is not None or not person.is_active:
        return False
    return bool(set(person.groups_in_force) & set(tool.groups))


def count_open(person: Person) -> int:
    """Tools that `person` has signed in to."""
    return Visit.objects.filter(person=person).values("tool").distinct().count()


def close_for(person: Person, by: Person | None) -> None:  # noqa: ARG001 - a door's signature
    """Take back every token of `person`, and have the tools told."""
    close(Visit.objects.filter(person=person).values_list("pk", flat=True))
    Token.objects.filter(user=person).delete()


def mark(session: MutableMapping[str, Any]) -> str:
    """By which tools know this browser's session: random, and kept in it."""
    if not isinstance(session.get(SID), str):
        session[SID] = secrets.token_urlsafe(16)
    return str(session[SID])


def close_for_session(person: Person, session: Mapping[str, Any]) -> None:
    """The session that holds `session` ends: the tools that `person` went on to from it are told, and what they were given is taken back.
    Other browsers of theirs stay signed in everywhere.
    """
    sid = session.get(SID)
    visits = Visit.objects.select_related("tool__client").filter(person=person, sid=sid) if sid else ()
    if not visits:
        return
    tools = sorted(visit.tool.client.name for visit in visits)
    close([visit.pk for visit in visits])
    audit.record("openid.signed_out", by=person, about=("person", person.email), tools=tools)


def close(visits: object) -> None:
    """Take back the tokens of these visits, and have their tools told that they ended; in the caller's transaction."""
    for visit in Visit.objects.select_related("tool__client", "person").filter(pk__in=visits):  # type: ignore[misc]
        given = Token.objects.filter(user=visit.person, client=visit.tool.client)
        (given.filter(data__grant_id__in=visit.grants) if visit.sid else given).delete()
        if visit.tool.logout_url:
            sub = get_adapter().get_user_sub(visit.tool.client, visit.person)
            again = {"due_at": timezone.now(), "tries": 0}
            Farewell.objects.update_or_create(tool=visit.tool, sub=sub, sid=visit.sid, defaults=again)
        visit.delete()


@transaction.atomic
def close_where_over() -> int:
    """Whoever lost the group that a tool is for, or may sign in no more, is signed out of it. Says how many."""
    over = [
        visit.pk for visit in Visit.objects.select_related("tool", "person") if not may_enter(visit.person, visit.tool)
    ]
    close(over)
    return len(over)
