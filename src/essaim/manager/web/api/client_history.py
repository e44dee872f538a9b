"""What happened to a client and to what is its own, as its owners read it on its page."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.models import AuditLine
from essaim.manager.core.trail import find_lines
from essaim.manager.people.errors import ClientNotFound
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import RightMissing, require
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import After, Limit, Page, listed

router = Router(tags=["clients"])


class HistoryLine(Schema):
    """One act."""

    id: int
    at: datetime
    code: str = Field(examples=["people.role_changed"])
    who: str = Field(description="The person's e-mail at that time, or essaim: the platform itself.")
    about_kind: str
    about_key: str
    reason: str
    facts: dict[str, Any] = Field(description="What stood there before, among others.")


def _line(line: AuditLine) -> HistoryLine:
    return HistoryLine(
        id=line.pk,
        at=line.at,
        code=line.code,
        who=line.who,
        about_kind=line.about_kind,
        about_key=line.about_key,
        reason=line.reason,
        facts=line.facts,
    )


@operation(
    router, "GET", "/{slug}/history", summary="Tell what happened to a client", answers=Page[HistoryLine], scope="sites:read",
    refusals=(ClientNotFound, RightMissing),
)  # fmt: skip
def tell_client_history(request: HttpRequest, slug: str, after: After, limit: Limit) -> HttpResponse:
    """Who did what to a client and to what is its own, who saw as it, newest first. For its owners, and for the team."""
    person = asker(request)
    client = get_client(slug, seen_by=person)
    require(person, "clients.people", client)
    page = find_lines(client=client.slug, after=after, limit=limit)
    return listed(request, Page(items=[_line(line) for line in page.lines], next=page.next_cursor))
