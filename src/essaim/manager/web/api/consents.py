"""Consents: a client lets another have a name under its domain, or one that looks like its own."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.hosting import actions, errors, queries
from essaim.manager.hosting.models import NameConsent
from essaim.manager.people.errors import ClientNotFound
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed
from essaim.manager.web.api.sites import NAME_AS_TYPED

router = Router(tags=["clients"])
REFUSALS = (ClientNotFound, RightMissing, errors.GuestUnknown, *NAME_AS_TYPED)


class ConsentOrder(Body):
    """What is consented to, and for whom."""

    name: Word = Field(description="The guest may have it, and names under it.")
    guest: Word = Field(description="Identifier of the client that may have the name.")


class ConsentAnswer(Schema):
    """One consent."""

    name: str = Field(description="A-labels, as DNS has it.")
    name_unicode: str
    owner: str = Field(description="Identifier of the client that consented.")
    guest: str = Field(description="Identifier of the client that may have the name.")
    at: datetime


def _answer(consent: NameConsent) -> ConsentAnswer:
    return ConsentAnswer(
        name=consent.fqdn,
        name_unicode=consent.name_unicode,
        owner=consent.owner.slug,
        guest=consent.guest.slug,
        at=consent.at,
    )


@operation(
    router,
    "GET",
    "/{slug}/consents",
    summary="List a client's consents",
    answers=Page[ConsentAnswer],
    scope="sites:read",
    refusals=(ClientNotFound,),
)
def list_consents(request: HttpRequest, slug: str) -> HttpResponse:
    """What the client consented to and what others consented to for it, by name, on one page."""
    client = get_client(slug, seen_by=asker(request))
    return listed(request, Page(items=[_answer(consent) for consent in queries.consents_of(client)]))


@operation(
    router,
    "POST",
    "/{slug}/consents",
    summary="Consent to a name",
    answers=ConsentAnswer,
    scope="sites:write",
    status=201,
    refusals=(*REFUSALS, errors.ConsentNotYours, errors.ConsentNeedless),
)
def give_consent(request: HttpRequest, slug: str, order: ConsentOrder) -> ConsentAnswer:
    """The client lets `guest` have a name under its own domain, or one that looks like its own. Consenting twice changes
    nothing.
    """
    owner, by = get_client(slug, seen_by=asker(request)), asker(request)
    guest = queries.get_guest(order.guest)
    return _answer(actions.give_consent(fqdn=order.name, owner=owner, guest=guest, by=by))


@operation(
    router,
    "POST",
    "/{slug}/consents/withdraw",
    summary="Withdraw a consent",
    answers=ConsentOrder,
    scope="sites:write",
    refusals=(*REFUSALS, errors.ConsentNotFound),
)
def withdraw_consent(request: HttpRequest, slug: str, order: ConsentOrder) -> ConsentOrder:
    """The guest takes no further names; those it has, it keeps."""
    owner, by = get_client(slug, seen_by=asker(request)), asker(request)
    actions.withdraw_consent(fqdn=order.name, owner=owner, guest=queries.get_guest(order.guest), by=by)
    return order
