"""Rights and groups of the team: the table, who holds what, and giving it by two people."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import grant_errors as errors
from essaim.manager.people import grant_queries, grants
from essaim.manager.people.models import Grant
from essaim.manager.people.rights import GROUPS, RIGHTS, ROLES, RightMissing
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["team"])
READ, WRITE = "team:read", "team:write"
ACT = (errors.GrantNotFound, RightMissing)


class RightAnswer(Schema):
    """One right, and who has it."""

    name: str = Field(examples=["sites.change"])
    lets: str
    needs_agreement: bool
    granted_by: list[str] = Field(description="Groups whose people give it.")
    groups: list[str] = Field(description="Groups of the team that have it, at every client.")
    roles: list[str] = Field(description="Roles that have it at their client.")


class GrantAnswer(Schema):
    """A group that somebody holds, held, or is proposed for."""

    id: int
    email: str
    name: str
    group: str
    reason: str
    state: str = Field(description="proposed, in_force, lapsed, refused or withdrawn.")
    granted_by: str = Field(description="Who proposed it; empty: the platform itself.")
    confirmed_by: str
    since: datetime | None
    until: datetime | None
    last_used_at: datetime | None
    review_due_at: datetime | None
    ended_reason: str


class GrantOrder(Body):
    """A group to propose."""

    email: Word
    group: Word
    reason: Word
    until: datetime | None = None


class Why(Body):
    """A reason, which whoever it is about reads."""

    reason: Word


def _state(grant: Grant) -> str:
    if grant.ended_how:
        return grant.ended_how
    if grant.is_past:
        return "lapsed"
    return "in_force" if grant.confirmed_at else "proposed"


def _answer(grant: Grant) -> GrantAnswer:
    return GrantAnswer(
        id=grant.pk,
        email=grant.person.email,
        name=grant.person.name,
        group=grant.group,
        reason=grant.reason,
        state=_state(grant),
        granted_by=grant.granted_by.email if grant.granted_by else "",
        confirmed_by=grant.confirmed_by.email if grant.confirmed_by else "",
        since=grant.confirmed_at,
        until=grant.until,
        last_used_at=grant.last_used_at,
        review_due_at=grant.review_due_at,
        ended_reason=grant.ended_reason,
    )


@operation(router, "GET", "/rights", summary="List rights", answers=Page[RightAnswer], scope=READ, right="team.see")
def list_rights(request: HttpRequest) -> HttpResponse:
    """What each right lets one do, and which groups and roles have it."""
    items = [
        RightAnswer(
            name=right.name,
            lets=str(right.lets),
            needs_agreement=right.needs_agreement,
            granted_by=list(right.granted_by),
            groups=[group.name for group in GROUPS.values() if right.name in group.rights],
            roles=[role.name for role in ROLES.values() if right.name in role.rights],
        )
        for right in RIGHTS.values()
    ]
    return listed(request, Page(items=items))


@operation(router, "GET", "/grants", summary="List grants", answers=Page[GrantAnswer], scope=READ, right="team.see")
def list_grants(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, then who holds what."""
    rows = grant_queries.proposed() + grant_queries.held()
    return listed(request, Page(items=[_answer(grant) for grant in rows]))


@operation(
    router,
    "POST",
    "/grants",
    summary="Propose a group",
    answers=GrantAnswer,
    scope=WRITE,
    right="team.grant",
    status=201,
    refusals=(
        errors.PersonUnknown,
        errors.GroupUnknown,
        errors.GrantHeld,
        errors.GrantToSelf,
        errors.UntilPast,
        ReasonMissing,
    ),
)
def propose_grant(request: HttpRequest, order: GrantOrder) -> GrantAnswer:
    """Asks that somebody holds a group. It is in force once another who may grant confirms it."""
    return _answer(grants.propose_to(**order.model_dump(), by=asker(request)))


@operation(
    router,
    "POST",
    "/grants/{number}/confirm",
    summary="Confirm a grant",
    answers=GrantAnswer,
    scope=WRITE,
    right="team.grant",
    refusals=(*ACT, errors.SecondPersonNeeded, errors.GrantToSelf, errors.GrantEnded, errors.UntilPast),
)
def confirm_grant(request: HttpRequest, number: int) -> GrantAnswer:
    """Puts into force what another proposed."""
    return _answer(grants.confirm(grant_queries.get_grant(number, seen_by=asker(request)), by=asker(request)))


@operation(
    router,
    "POST",
    "/grants/{number}/refuse",
    summary="Refuse a grant",
    answers=GrantAnswer,
    scope=WRITE,
    right="team.grant",
    refusals=(*ACT, errors.GrantConfirmed, ReasonMissing),
)
def refuse_grant(request: HttpRequest, number: int, why: Why) -> GrantAnswer:
    """Says no to what another proposed, or takes one's own proposal back."""
    grant = grant_queries.get_grant(number, seen_by=asker(request))
    return _answer(grants.refuse(grant, by=asker(request), reason=why.reason))


@operation(
    router,
    "POST",
    "/grants/{number}/withdraw",
    summary="Withdraw a grant",
    answers=GrantAnswer,
    scope=WRITE,
    refusals=(*ACT, errors.LastGrantor, ReasonMissing),
)
def withdraw_grant(request: HttpRequest, number: int, why: Why) -> GrantAnswer:
    """Takes a group away at once; who holds it may lay it down."""
    grant = grant_queries.get_grant(number, seen_by=asker(request))
    return _answer(grants.withdraw(grant, by=asker(request), reason=why.reason))


@operation(
    router,
    "POST",
    "/grants/{number}/review",
    summary="Review a grant",
    answers=GrantAnswer,
    scope=WRITE,
    right="team.grant",
    refusals=(*ACT, errors.GrantNotInForce, errors.GrantToSelf),
)
def review_grant(request: HttpRequest, number: int) -> GrantAnswer:
    """Says that somebody goes on holding a group; the next look is due half a year later."""
    return _answer(grants.review(grant_queries.get_grant(number, seen_by=asker(request)), by=asker(request)))
