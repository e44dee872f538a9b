"""Who the token belongs to, and whether the platform is well."""

from datetime import datetime

from django.conf import settings
from django.db.models import F, Q
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

import essaim
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.fleet.queries import is_away
from essaim.manager.hosting.queries import public_site_count
from essaim.manager.people.queries import clients_visible_to
from essaim.manager.people.rights import may
from essaim.manager.web.api.door import asker, token
from essaim.manager.web.api.operations import OPEN, operation

router = Router(tags=["me"])
CLIENTS_SHOWN = 50
UNSENT = Q(sent_revision__lt=F("revision"))


class MeAnswer(Schema):
    """The person behind the token, and what the token opens."""

    email: str
    name: str
    language: str
    is_team: bool
    groups: list[str] = Field(description="Groups of the team that you hold; see `/team/rights/`.")
    clients: list[str] = Field(
        description="Identifiers of at most 50 of your clients; empty for the team: it sees all."
    )
    token: str = Field(description="Name of this token.")
    scopes: list[str]
    expires_at: datetime | None


class StatusAnswer(Schema):
    """What anyone may know of the platform."""

    version: str
    house: str
    sites: int = Field(description="Sites that are served now.")
    unsent: int = Field(description="Wishes that the worker has not sent yet: more than a moment says that it is away.")
    machines: int
    away: int


@operation(router, "GET", "/me", summary="Show who you are", answers=MeAnswer, scope="")
def show_me(request: HttpRequest) -> MeAnswer:
    """The person that the token belongs to, and its scopes."""
    person, mine = asker(request), token(request)
    clients = (
        [] if may(person, "clients.see") else clients_visible_to(person).values_list("slug", flat=True)[:CLIENTS_SHOWN]
    )
    return MeAnswer(
        email=person.email,
        name=person.name,
        language=person.language,
        is_team=person.is_team,
        groups=person.groups_in_force,
        clients=list(clients),
        token=mine.name,
        scopes=mine.scopes,
        expires_at=mine.expires_at,
    )


@operation(router, "GET", "/status", summary="Show the platform's state", answers=StatusAnswer, scope=OPEN)
def show_status(request: HttpRequest) -> StatusAnswer:  # noqa: ARG001 - every view is given it
    """Answers without a token: what a monitor asks."""
    machines = list(Machine.objects.filter(state__in=[Machine.State.ACTIVE, Machine.State.DRAINING]))
    return StatusAnswer(
        version=essaim.__version__,
        house=settings.HOUSE,
        sites=public_site_count(),
        unsent=Wanted.objects.filter(UNSENT).count(),
        machines=len(machines),
        away=sum(is_away(machine) for machine in machines),
    )
