"""Reads for the pages of tools."""

from django.db.models import Count, Max, QuerySet

from essaim.manager.openid.errors import ToolNotFound
from essaim.manager.openid.models import Tool, Visit
from essaim.manager.people import rights
from essaim.manager.people.models import Person


def tools(asker: Person) -> QuerySet[Tool]:
    """Every tool, closed ones last, with how many people are signed in there.

    Raises:
        RightMissing.
    """
    rights.require(asker, "openid.manage")
    found = Tool.objects.select_related("client").annotate(
        people=Count("visits__person", distinct=True), last_visit=Max("visits__last_at")
    )
    return found.order_by("closed_at", "client__name")


def get_tool(key: str, *, seen_by: Person) -> Tool:
    """One tool by its identifier.

    Raises:
        ToolNotFound, RightMissing.
    """
    found = tools(seen_by).filter(pk=key[:100]).first()
    if found is None:
        raise ToolNotFound(key=key[:80])
    return found


def visits(tool: Tool) -> list[Visit]:
    """Who is signed in to it, the newest first."""
    return list(tool.visits.select_related("person")[:200])
