"""Second factors that people lost: two of the team let them go."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import lost_factor_errors as errors
from essaim.manager.people import lost_factors
from essaim.manager.people.grant_errors import PersonUnknown
from essaim.manager.people.models import LostFactor
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["team"])
SCOPE, RIGHT = "people:write", lost_factors.RIGHT


class LossAnswer(Schema):
    """A second factor that somebody lost."""

    id: int
    email: str
    name: str
    reason: str = Field(description="What was lost.")
    state: str = Field(description="asked, confirmed, approved, stopped or lapsed.")
    known_by: str = Field(description="How it is known that it is them; empty while nobody has made sure.")
    asked_by: str
    confirmed_by: str
    approved_by: str
    asked_at: datetime
    open_until: datetime


class LossOrder(Body):
    """Who lost what, and how one knows that it is them."""

    email: Word
    reason: Word
    known_by: Word


class Known(Body):
    """How one knows that it is them."""

    known_by: Word


class Why(Body):
    """A reason, which the person reads."""

    reason: Word


def _answer(lost: LostFactor) -> LossAnswer:
    who = {name: getattr(lost, name) for name in ("asked_by", "confirmed_by", "approved_by")}
    return LossAnswer(
        id=lost.pk,
        email=lost.person.email,
        name=lost.person.name,
        reason=lost.reason,
        state=lost.state,
        known_by=lost.known_by,
        asked_at=lost.asked_at,
        open_until=lost.expires_at,
        **{name: person.email if person else "" for name, person in who.items()},
    )


@operation(
    router,
    "GET",
    "",
    summary="List lost second factors",
    answers=Page[LossAnswer],
    scope=SCOPE,
    right=RIGHT,
)
def list_lost_factors(request: HttpRequest) -> HttpResponse:
    """What waits for somebody of the team, then what was decided last."""
    return listed(request, Page(items=[_answer(lost) for lost in lost_factors.listed(seen_by=asker(request))]))


@operation(
    router,
    "POST",
    "",
    summary="Report a lost second factor",
    answers=LossAnswer,
    scope=SCOPE,
    right=RIGHT,
    status=201,
    refusals=(PersonUnknown, errors.NoFactor, errors.LossThere, errors.LossByTwo, ReasonMissing),
)
def report_lost_factor(request: HttpRequest, order: LossOrder) -> LossAnswer:
    """Asks in the name of somebody whom one knows. The person gets a letter that can stop it; another of the team approves."""
    return _answer(lost_factors.ask(by=asker(request), **order.model_dump()))


@operation(
    router,
    "POST",
    "/{number}/confirm",
    summary="Confirm who lost a second factor",
    answers=LossAnswer,
    scope=SCOPE,
    right=RIGHT,
    refusals=(errors.LossNotFound, errors.LossGone, errors.LossByTwo, ReasonMissing),
)
def confirm_lost_factor(request: HttpRequest, number: int, known: Known) -> LossAnswer:
    """Says how one knows that it is them who asked while signing in."""
    lost = lost_factors.get_lost(number, seen_by=asker(request))
    return _answer(lost_factors.confirm(lost, by=asker(request), known_by=known.known_by))


@operation(
    router,
    "POST",
    "/{number}/approve",
    summary="Take a lost second factor away",
    answers=LossAnswer,
    scope=SCOPE,
    right=RIGHT,
    refusals=(errors.LossNotFound, errors.LossGone, errors.LossByTwo, errors.LossUnconfirmed),
)
def approve_lost_factor(request: HttpRequest, number: int) -> LossAnswer:
    """As the second person: takes every second factor and recovery code of the person away, and ends their sessions."""
    return _answer(lost_factors.approve(lost_factors.get_lost(number, seen_by=asker(request)), by=asker(request)))


@operation(
    router,
    "POST",
    "/{number}/refuse",
    summary="Refuse to take a second factor away",
    answers=LossAnswer,
    scope=SCOPE,
    right=RIGHT,
    refusals=(errors.LossNotFound, errors.LossGone, ReasonMissing),
)
def refuse_lost_factor(request: HttpRequest, number: int, why: Why) -> LossAnswer:
    """Everything stays as it is; the person reads why."""
    lost = lost_factors.get_lost(number, seen_by=asker(request))
    return _answer(lost_factors.refuse(lost, by=asker(request), reason=why.reason))
