"""Clients: persons or organisations that buy services."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import NotAllowed
from essaim.manager.people import actions, errors, queries
from essaim.manager.people.models import Client, Membership
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


class PersonOrder(Body):
    """Someone to give a place at the client. Who has a sign-in already keeps it: name, language and password are not
    changed.
    """

    email: Word
    name: Word = ""
    language: Literal["fr", "en"] = "fr"
    role: Literal["owner", "manager", "reader"] = "owner"
    password: Word = Field("", description="At least 12 characters; empty: nobody signs in until one is set.")


class MemberAnswer(Schema):
    """One person's place at a client."""

    email: str
    name: str
    role: str


@operation(
    router,
    "GET",
    "/{slug}/people",
    summary="List a client's people",
    answers=Page[MemberAnswer],
    scope="sites:read",
    refusals=(errors.ClientNotFound,),
)
def list_people(request: HttpRequest, slug: str) -> HttpResponse:
    """Who belongs to the client, by e-mail, on one page."""
    client = queries.get_client(slug, seen_by=asker(request))
    return listed(request, Page(items=[_member(one) for one in queries.members_of(client)]))


@operation(
    router,
    "POST",
    "/{slug}/people",
    summary="Add a person to a client",
    answers=MemberAnswer,
    scope="sites:write",
    team=True,
    status=201,
    refusals=(
        errors.ClientNotFound,
        errors.EmailMalformed,
        errors.NameMissing,
        errors.PasswordRefused,
        errors.LastOwner,
        NotAllowed,
    ),
)
def add_person(request: HttpRequest, slug: str, order: PersonOrder) -> MemberAnswer:
    """Gives a person a place at the client, or another role there; makes the sign-in if there is none."""
    client, by = queries.get_client(slug, seen_by=asker(request)), asker(request)
    return _member(actions.add_person(client, **order.model_dump(), by=by))


def _member(membership: Membership) -> MemberAnswer:
    person = membership.person
    return MemberAnswer(email=person.email, name=person.name, role=membership.role)
