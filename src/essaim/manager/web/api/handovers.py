"""Ownership of a client on its way from one person to another: nothing changes before both have said yes."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.people import errors, handovers
from essaim.manager.people.models import Handover
from essaim.manager.people.queries import get_client
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["clients"])
READ, WRITE = "sites:read", "people:write"
ANSWERED = (errors.HandoverMissing, errors.HandoverGone)


class HandoverOrder(Body):
    """Your ownership of a client, to hand over."""

    client: Word
    to: Word = Field(description="E-mail of somebody who has a place there.")
    giver_leaves: bool = Field(default=False, description="You keep no place; otherwise you stay as manager.")


class HandoverAnswer(Schema):
    """One offer of ownership."""

    id: int
    client: str
    giver: str
    taker: str
    giver_leaves: bool
    state: str = Field(description="`offered`, `accepted`, `declined` or `withdrawn`.")
    offered_at: datetime
    answered_at: datetime | None


def _answer(one: Handover) -> HandoverAnswer:
    return HandoverAnswer(
        id=one.pk,
        client=one.client.slug,
        giver=one.giver.email,
        taker=one.taker.email,
        giver_leaves=one.giver_leaves,
        state=one.state,
        offered_at=one.offered_at,
        answered_at=one.answered_at,
    )


@operation(router, "GET", "", summary="List offers of ownership", answers=Page[HandoverAnswer], scope=READ)
def list_handovers(request: HttpRequest) -> HttpResponse:
    """Those that nobody has answered: that you were made, and that you made."""
    return listed(request, Page(items=[_answer(one) for one in handovers.open_of(asker(request))]))


@operation(
    router,
    "POST",
    "",
    summary="Offer ownership",
    answers=HandoverAnswer,
    scope=WRITE,
    status=201,
    refusals=(errors.ClientNotFound, errors.NotAnOwner, errors.HandoverToNobody),
)
def offer_handover(request: HttpRequest, order: HandoverOrder) -> HandoverAnswer:
    """Your own, to somebody who has a place at the client. They get a letter; an offer that you made before is withdrawn."""
    by = asker(request)
    client = get_client(order.client, seen_by=by)
    return _answer(handovers.offer(client, to=order.to, by=by, giver_leaves=order.giver_leaves))


@operation(
    router, "POST", "/{number}/accept", summary="Take ownership", answers=HandoverAnswer, scope=WRITE, refusals=ANSWERED
)
def accept_handover(request: HttpRequest, number: int) -> HandoverAnswer:
    """You are owner from now on; who gave it stays as manager or leaves, as was offered. Twice is once."""
    by = asker(request)
    return _answer(handovers.accept(handovers.get_handover(min(number, 2**62), seen_by=by), by=by))


@operation(
    router, "POST", "/{number}/decline", summary="Decline ownership", answers=HandoverAnswer, scope=WRITE, refusals=ANSWERED
)  # fmt: skip
def decline_handover(request: HttpRequest, number: int) -> HandoverAnswer:
    """It stays where it is. Twice is once."""
    by = asker(request)
    return _answer(handovers.decline(handovers.get_handover(min(number, 2**62), seen_by=by), by=by))


@operation(
    router, "POST", "/{number}/withdraw", summary="Withdraw an offer of ownership", answers=HandoverAnswer, scope=WRITE, refusals=ANSWERED
)  # fmt: skip
def withdraw_handover(request: HttpRequest, number: int) -> HandoverAnswer:
    """You keep it. Twice is once."""
    by = asker(request)
    return _answer(handovers.withdraw(handovers.get_handover(min(number, 2**62), seen_by=by), by=by))
