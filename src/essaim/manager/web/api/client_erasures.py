"""Erasing a whole client after its end; for the team."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people.errors import ClientNotFound
from essaim.manager.people.models import Client
from essaim.manager.people.queries import get_client
from essaim.manager.privacy import client_erasing, errors
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.privacy import ErasureLine

router = Router(tags=["privacy"])
SCOPE, RIGHT = "people:write", "clients.end"


class ClientErasureOrder(Body):
    """Erase this client."""

    confirm: Word = Field(description="The client's identifier.")
    reason: Word


class ClientErasureAnswer(Schema):
    """What erasing a client does, and when."""

    client: str
    is_under_way: bool
    due_at: datetime = Field(description="When it is done, or would be if it were asked now.")
    kept_until: datetime = Field(description="Until when who it was is kept, sealed.")
    refused_because: str = Field(description="What has to be done first; empty: nothing.")
    people: list[str] = Field(description="Who has a place there; their sign-ins stay.")
    lines: list[ErasureLine]


def _answer(client: Client, request: HttpRequest) -> ClientErasureAnswer:
    seen, erasure = client_erasing.preview(client, seen_by=asker(request)), client_erasing.under_way(client)
    return ClientErasureAnswer(
        client=client.slug,
        is_under_way=erasure is not None,
        due_at=erasure.due_at if erasure else seen.due_at,
        kept_until=seen.kept_until,
        refused_because=f"{seen.refusal} {seen.refusal.advice}" if seen.refusal else "",
        people=seen.people,
        lines=[
            ErasureLine(purpose=str(line.purpose), rows=line.rows, how=line.erase.value, law=str(line.law))
            for line in seen.lines
        ],
    )


@operation(
    router,
    "GET",
    "/{slug}/erasure",
    summary="Show what erasing a client would do",
    answers=ClientErasureAnswer,
    scope=SCOPE,
    right=RIGHT,
    refusals=(ClientNotFound,),
)
def show_client_erasure(request: HttpRequest, slug: str) -> ClientErasureAnswer:
    """What goes, what the law has us keep and until when, and what has to be done first."""
    return _answer(get_client(slug, seen_by=asker(request)), request)


@operation(
    router,
    "POST",
    "/{slug}/erasure",
    summary="Erase a client",
    answers=ClientErasureAnswer,
    scope=SCOPE,
    right=RIGHT,
    status=202,
    refusals=(
        ClientNotFound,
        errors.IdentifierWrong,
        errors.ServicesStill,
        errors.AccountsStill,
        errors.ClientErasureThere,
        ReasonMissing,
    ),
)
def ask_client_erasure(request: HttpRequest, slug: str, order: ClientErasureOrder) -> ClientErasureAnswer:
    """It is done after two weeks, in which it can be stopped. Its people have a letter at once."""
    client = get_client(slug, seen_by=asker(request))
    client_erasing.ask(client, confirm=order.confirm, reason=order.reason, by=asker(request))
    return _answer(client, request)


@operation(
    router,
    "POST",
    "/{slug}/erasure/stop",
    summary="Stop the erasure of a client",
    answers=ClientErasureAnswer,
    scope=SCOPE,
    right=RIGHT,
    refusals=(ClientNotFound, errors.ClientErasureMissing),
)
def stop_client_erasure(request: HttpRequest, slug: str) -> ClientErasureAnswer:
    """Everything stays."""
    client = get_client(slug, seen_by=asker(request))
    client_erasing.stop(client, by=asker(request))
    return _answer(client, request)
