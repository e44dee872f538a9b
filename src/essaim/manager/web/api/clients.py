"""Clients: persons or organisations that buy services."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import NotAllowed
from essaim.manager.people import actions, errors, queries
from essaim.manager.people.models import Client
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import After, Limit, Page, listed, page_of

router = Router(tags=["clients"])


class ClientOrder(Body):
    """A client to make."""

    name: Word
    slug: Word = Field("", description="Its identifier; empty: one is made from the name.")
    language: Literal["fr", "en"] = "fr"


class ClientAnswer(Schema):
    """One client."""

    slug: str
    name: str
    language: str
    created_at: datetime


def _answer(client: Client) -> ClientAnswer:
    return ClientAnswer.from_orm(client)


@operation(router, "GET", "", summary="List clients", answers=Page[ClientAnswer], scope="sites:read")
def list_clients(request: HttpRequest, after: After, limit: Limit) -> HttpResponse:
    """The clients that you may see, by identifier: every client for the team, your own for anyone else."""
    clients = queries.clients_visible_to(asker(request))
    items, following = page_of(clients, "slug", _answer, after=after, limit=limit)
    return listed(request, Page(items=items, next=following))


@operation(
    router,
    "POST",
    "",
    summary="Create a client",
    answers=ClientAnswer,
    scope="sites:write",
    team=True,
    status=201,
    refusals=(errors.NameMissing, errors.SlugMalformed, errors.ClientExists, NotAllowed),
)
def create_client(request: HttpRequest, order: ClientOrder) -> ClientAnswer:
    """A new client, without members yet."""
    client = actions.create_client(name=order.name, slug=order.slug, language=order.language, by=asker(request))
    return _answer(client)


@operation(
    router,
    "GET",
    "/{slug}",
    summary="Show a client",
    answers=ClientAnswer,
    scope="sites:read",
    refusals=(errors.ClientNotFound,),
)
def show_client(request: HttpRequest, slug: str) -> ClientAnswer:
    """One client."""
    return _answer(queries.get_client(slug, seen_by=asker(request)))
