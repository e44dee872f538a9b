"""Places at a client that are offered by letter, and another role for who has one."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from essaim.manager.people import errors, invitations, places
from essaim.manager.people.models import Client, Invitation
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.clients import MemberAnswer, WhoseOrder
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["clients"])
READ, WRITE = "sites:read", "people:write"
Role = Literal["owner", "manager", "technician", "billing", "reader"]


class InvitationAnswer(Schema):
    """A place that waits for somebody to take it."""

    email: str
    role: str
    expires_at: datetime


class InvitationOrder(Body):
    """A place to offer by letter."""

    email: Word
    role: Role = "owner"
    language: Literal["fr", "en"] = "fr"


class RoleOrder(WhoseOrder):
    """Another role for one of a client's people."""

    role: Role


def _answer(one: Invitation) -> InvitationAnswer:
    return InvitationAnswer(email=one.email, role=one.role, expires_at=one.expires_at)


def _open(request: HttpRequest, client: Client) -> HttpResponse:
    return listed(request, Page(items=[_answer(one) for one in invitations.open_invitations(client)]))


@operation(
    router, "GET", "/{slug}/invitations", summary="List open invitations", answers=Page[InvitationAnswer], scope=READ,
    refusals=(errors.ClientNotFound,),
)  # fmt: skip
def list_invitations(request: HttpRequest, slug: str) -> HttpResponse:
    """Those that may still be accepted, on one page."""
    return _open(request, get_client(slug, seen_by=asker(request)))


@operation(
    router, "POST", "/{slug}/invitations", summary="Invite somebody", answers=InvitationAnswer, scope=WRITE, status=201,
    refusals=(errors.ClientNotFound, errors.EmailMalformed, errors.EmailTooLong, errors.MemberAlready, RightMissing),
)  # fmt: skip
def invite_person(request: HttpRequest, slug: str, order: InvitationOrder) -> InvitationAnswer:
    """Offers a place by a letter, whose link opens for two weeks. A former invitation of that address opens nothing any more."""
    by = asker(request)
    return _answer(invitations.invite(get_client(slug, seen_by=by), **order.model_dump(), by=by))


@operation(
    router, "POST", "/{slug}/invitations/withdraw", summary="Withdraw an invitation", answers=Page[InvitationAnswer], scope=WRITE,
    refusals=(errors.ClientNotFound, RightMissing),
)  # fmt: skip
def withdraw_invitation(request: HttpRequest, slug: str, order: WhoseOrder) -> HttpResponse:
    """Its link opens nothing any more. Twice is once. Answers those that are left."""
    by = asker(request)
    client = get_client(slug, seen_by=by)
    invitations.withdraw_of(client, order.email, by=by)
    return _open(request, client)


@operation(
    router, "POST", "/{slug}/people/role", summary="Give another role", answers=MemberAnswer, scope=WRITE,
    refusals=(errors.ClientNotFound, errors.PlaceMissing, errors.LastOwner, RightMissing),
)  # fmt: skip
def change_role(request: HttpRequest, slug: str, order: RoleOrder) -> MemberAnswer:
    """The person is told by a letter. A client keeps at least one owner."""
    by = asker(request)
    place = places.place_of(get_client(slug, seen_by=by), order.email)
    changed = places.change_role(place, role=order.role, by=by)
    return MemberAnswer(email=changed.person.email, name=changed.person.name, role=changed.role)
