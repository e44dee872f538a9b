"""Machines: what runs an agent. For the team."""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.fleet import actions, errors, queries
from essaim.manager.fleet.models import Wanted
from essaim.manager.web.api.answers import Body, Reason, Story, Word, story_of
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import After, Limit, Page, listed

router = Router(tags=["machines"])
READ, WRITE = "fleet:read", "fleet:write"
UNKNOWN = (errors.MachineNotFound,)


class MachineOrder(Body):
    """A machine to expect."""

    name: Word = Field(description="One DNS label, for example web1.")
    roles: list[Word] = Field(max_length=8, description="Of web, prober.")
    address4: IPv4Address | None = None
    address6: IPv6Address | None = None
    capacity_accounts: int = Field(1000, ge=0, le=1_000_000)


class MachineAnswer(Schema):
    """One machine: what is wanted of it and how far it has come."""

    name: str
    state: str = Field(description="expected, active, draining or revoked")
    is_away: bool = Field(description="Enrolled, and not heard lately.")
    roles: list[str]
    address4: str | None
    address6: str | None
    capacity_accounts: int
    accounts: int
    sites: int
    wishes: int
    waiting: int
    failing: int
    drifted: int
    last_seen_at: datetime | None
    facts: dict[str, Any]
    beat: dict[str, Any] = Field(description="Load, as it was last heard.")
    strangers: dict[str, int] = Field(
        description="What the machine holds and nobody here wants, `kind.key` to revision: never erased by itself."
    )


class WishAnswer(Schema):
    """One wish: what this machine should hold under `kind` and `key`, and its answer."""

    kind: str
    key: str
    revision: int
    is_removal: bool
    erase: bool
    changed_at: datetime
    sent_at: datetime | None
    outcome: str = Field(description="applied, failed, drifted, too_new; empty: no answer yet.")
    applied_revision: int
    applied_at: datetime | None
    seconds: float | None
    code: str
    sentence: str
    advice: str
    retry_at: datetime | None


class EnrolmentTokenAnswer(Schema):
    """A one-time token, shown this once."""

    machine: str
    token: str


def _answer(row: queries.MachineRow) -> MachineAnswer:
    machine = row.machine
    return MachineAnswer(
        name=machine.name,
        state=machine.state,
        is_away=row.is_away,
        roles=machine.roles,
        address4=machine.address4,
        address6=machine.address6,
        capacity_accounts=machine.capacity_accounts,
        accounts=row.accounts,
        sites=row.sites,
        wishes=row.wishes,
        waiting=row.waiting,
        failing=row.failing,
        drifted=row.drifted,
        last_seen_at=machine.last_seen_at,
        facts=machine.facts,
        beat=machine.beat,
        strangers=machine.strangers,
    )


def _wish(wish: Wanted) -> WishAnswer:
    return WishAnswer(
        kind=wish.kind,
        key=wish.key,
        revision=wish.revision,
        is_removal=wish.spec is None,
        erase=wish.erase,
        changed_at=wish.changed_at,
        sent_at=wish.sent_at,
        outcome=wish.outcome,
        applied_revision=wish.applied_revision,
        applied_at=wish.applied_at,
        seconds=wish.seconds,
        code=wish.code,
        sentence=wish.said,
        advice=wish.advised,
        retry_at=wish.retry_at,
    )


def _shown(request: HttpRequest, name: str) -> MachineAnswer:
    return _answer(queries.machine_summary(queries.get_machine(name, seen_by=asker(request))))


@operation(router, "GET", "", summary="List machines", answers=Page[MachineAnswer], scope=READ, right="fleet.see")
def list_machines(request: HttpRequest, after: After, limit: Limit) -> HttpResponse:
    """The fleet, by name."""
    rows = [row for row in queries.fleet_rows(asker(request)) if row.machine.name > after]
    following = rows[limit - 1].machine.name if len(rows) > limit else ""
    return listed(request, Page(items=[_answer(row) for row in rows[:limit]], next=following))


@operation(
    router,
    "POST",
    "",
    summary="Add a machine",
    answers=MachineAnswer,
    scope=WRITE,
    right="fleet.change",
    status=201,
    refusals=(errors.MachineNameRefused, errors.RoleUnknown, errors.MachineExists),
)
def add_machine(request: HttpRequest, order: MachineOrder) -> MachineAnswer:
    """Expects a machine. It enrols with a token from `POST /machines/{name}/enrolment-token`."""
    actions.add_machine(
        name=order.name,
        roles=list(order.roles),
        by=asker(request),
        address4=str(order.address4) if order.address4 else None,
        address6=str(order.address6) if order.address6 else None,
        capacity_accounts=order.capacity_accounts,
    )
    return _shown(request, order.name)


@operation(
    router,
    "GET",
    "/{name}",
    summary="Show a machine",
    answers=MachineAnswer,
    scope=READ,
    right="fleet.see",
    refusals=UNKNOWN,
)
def show_machine(request: HttpRequest, name: str) -> MachineAnswer:
    """One machine as it is now."""
    return _shown(request, name)


@operation(
    router,
    "GET",
    "/{name}/wishes",
    summary="List a machine's wishes",
    answers=Page[WishAnswer],
    scope=READ,
    right="fleet.see",
    refusals=UNKNOWN,
)
def list_wishes(
    request: HttpRequest,
    name: str,
    state: Annotated[
        Literal["", "applied", "waiting", "failing", "drifted"], Query("", description="Only these; empty: all.")
    ],
    after: After,
    limit: Limit,
) -> HttpResponse:
    """What is wanted of the machine, by kind and key, and what it answered."""
    machine = queries.get_machine(name, seen_by=asker(request))
    page = queries.wishes(machine, state=state, after=after, limit=limit)
    return listed(request, Page(items=[_wish(wish) for wish in page.wishes], next=page.next_cursor))


@operation(
    router,
    "GET",
    "/{name}/story",
    summary="Tell a machine's story",
    answers=Story,
    scope=READ,
    right="fleet.see",
    refusals=UNKNOWN,
)
def tell_machine_story(request: HttpRequest, name: str, limit: Limit) -> Story:
    """What happened to the machine, newest first."""
    machine = queries.get_machine(name, seen_by=asker(request))
    return story_of(queries.story_of("machine", machine.name, limit=limit))


@operation(
    router,
    "POST",
    "/{name}/enrolment-token",
    summary="Issue an enrolment token",
    answers=EnrolmentTokenAnswer,
    scope=WRITE,
    right="fleet.change",
    status=201,
    is_secret=True,
    refusals=UNKNOWN,
)
def issue_enrolment_token(request: HttpRequest, name: str) -> EnrolmentTokenAnswer:
    """A one-time token, good for an hour; earlier unused ones stop working. It is shown this once."""
    machine = queries.get_machine(name, seen_by=asker(request))
    return EnrolmentTokenAnswer(machine=machine.name, token=actions.issue_enrolment_token(machine, by=asker(request)))


@operation(
    router,
    "POST",
    "/{name}/drain",
    summary="Drain a machine",
    answers=MachineAnswer,
    scope=WRITE,
    right="fleet.change",
    refusals=(*UNKNOWN, errors.MachineRevoked, ReasonMissing),
)
def drain_machine(request: HttpRequest, name: str, why: Reason) -> MachineAnswer:
    """Places no new account on it. What it serves, it goes on serving."""
    actions.drain_machine(queries.get_machine(name, seen_by=asker(request)), by=asker(request), reason=why.reason)
    return _shown(request, name)


@operation(
    router,
    "POST",
    "/{name}/resume",
    summary="Resume a machine",
    answers=MachineAnswer,
    scope=WRITE,
    right="fleet.change",
    refusals=(*UNKNOWN, errors.MachineRevoked),
)
def resume_machine(request: HttpRequest, name: str) -> MachineAnswer:
    """Places accounts on it again."""
    actions.resume_machine(queries.get_machine(name, seen_by=asker(request)), by=asker(request))
    return _shown(request, name)


@operation(
    router,
    "POST",
    "/{name}/revoke",
    summary="Revoke a machine",
    answers=MachineAnswer,
    scope=WRITE,
    right="fleet.change",
    refusals=(*UNKNOWN, ReasonMissing),
)
def revoke_machine(request: HttpRequest, name: str, why: Reason) -> MachineAnswer:
    """Takes its credentials away: the bus drops its connection at once. What it serves, it still serves."""
    actions.revoke_machine(queries.get_machine(name, seen_by=asker(request)), by=asker(request), reason=why.reason)
    return _shown(request, name)


@operation(
    router,
    "POST",
    "/{name}/check",
    summary="Check a machine",
    answers=MachineAnswer,
    scope=WRITE,
    right="fleet.change",
    refusals=(*UNKNOWN, errors.MachineRevoked),
)
def check_machine(request: HttpRequest, name: str) -> MachineAnswer:
    """Asks the agent to compare wanted with real now. What it finds stands in the wishes and the stories."""
    actions.check_machine(queries.get_machine(name, seen_by=asker(request)), by=asker(request))
    return _shown(request, name)
