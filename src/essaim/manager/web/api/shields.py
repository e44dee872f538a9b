"""A site's shield against floods, what it held back, and the site's limits."""

from datetime import datetime, timedelta
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from essaim.contract.shield import WAYS_MAX
from essaim.manager.hosting import actions, errors, queries, shield_errors
from essaim.manager.hosting.defence import held_from
from essaim.manager.hosting.models import Site
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation

router = Router(tags=["sites"])
READ, WRITE = "sites:read", "sites:write"
CHANGE = (errors.SiteNotFound, RightMissing, errors.SiteNotActive)


class ShieldAnswer(Schema):
    """A site's shield, and what its machine held back."""

    level: str = Field(description="calm or checked; empty: it is down.")
    until: datetime | None = Field(description="When it comes down by itself; null: when somebody takes it down.")
    ways: list[str] = Field(description="What it leaves out, also of the last time.")
    limits: int = Field(description="How many times the usual a visitor, and all of them, may ask for.")
    is_flooded: bool = Field(description="So much is refused, and has been for minutes, that people should look.")
    per_second: float = Field(description="Requests refused a second, when that was last counted.")
    since: datetime | None = Field(description="Since when the three sums count; null: nothing was counted yet.")
    limited: int = Field(description="Requests that were more than a visitor, or all, may ask for.")
    held: int = Field(description="Requests that the shield answered in the site's place.")
    networks: int = Field(description="Of about so many networks: /24 of IPv4, /48 of IPv6.")


class ShieldOrder(Body):
    """How to raise a shield."""

    level: Literal["calm", "checked"] = Field(
        "checked",
        description="`calm`: each visitor may ask for much less than usual. `checked`: besides, who comes first gets a page "
        "that sets a cookie and leads on.",
    )
    lasts_seconds: int | None = Field(None, description="Null: until it is taken down.", ge=0, le=10**8)
    ways: list[Word] | None = Field(
        None,
        max_length=WAYS_MAX,
        description="What it leaves out: how a path begins, with methods before it where they matter. Null: as the last time.",
        examples=[["/api/", "POST /webhook"]],
    )


class LimitsOrder(Body):
    """How many times the usual."""

    times: int = Field(description="1 gives the usual limits back.", examples=[5])


def _answer(request: HttpRequest, site: Site) -> ShieldAnswer:
    site = queries.get_site(site.fqdn, seen_by=asker(request))
    held = held_from(site)
    row = held.defence
    return ShieldAnswer(
        level=site.shield,
        until=site.shield_until,
        ways=site.shield_ways,
        limits=site.limits,
        is_flooded=held.is_flooded,
        per_second=row.per_second if row else 0,
        since=row.since if row else None,
        limited=row.limited if row else 0,
        held=row.held if row else 0,
        networks=row.networks if row else 0,
    )


@operation(
    router,
    "GET",
    "/{fqdn}/shield",
    summary="Show a site's shield",
    answers=ShieldAnswer,
    scope=READ,
    refusals=(errors.SiteNotFound,),
)
def show_shield(request: HttpRequest, fqdn: str) -> ShieldAnswer:
    """Whether it is raised, and what was held back since it was last raised or taken down."""
    return _answer(request, queries.get_site(fqdn, seen_by=asker(request)))


@operation(
    router,
    "POST",
    "/{fqdn}/shield",
    summary="Raise a site's shield",
    answers=ShieldAnswer,
    scope=WRITE,
    refusals=(
        *CHANGE,
        shield_errors.ShieldWayMalformed,
        shield_errors.ShieldWaysTooMany,
        shield_errors.ShieldTimeOdd,
    ),
)
def raise_shield(request: HttpRequest, fqdn: str, order: ShieldOrder) -> ShieldAnswer:
    """Raises it, or changes how it is raised."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    lasts = None if order.lasts_seconds is None else timedelta(seconds=order.lasts_seconds)
    actions.raise_shield(site, by=asker(request), level=order.level, lasts=lasts, ways=order.ways)
    return _answer(request, site)


@operation(
    router,
    "POST",
    "/{fqdn}/shield/lower",
    summary="Take a site's shield down",
    answers=ShieldAnswer,
    scope=WRITE,
    refusals=(errors.SiteNotFound, RightMissing),
)
def lower_shield(request: HttpRequest, fqdn: str) -> ShieldAnswer:
    """Lets visitors come as ever. What is down stays down; the story says what was held back."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.lower_shield(site, by=asker(request))
    return _answer(request, site)


@operation(
    router,
    "POST",
    "/{fqdn}/limits",
    summary="Widen a site's limits",
    answers=ShieldAnswer,
    scope=WRITE,
    right="sites.limits",
    refusals=(*CHANGE, shield_errors.LimitsOutOfRange),
)
def widen_limits(request: HttpRequest, fqdn: str, order: LimitsOrder) -> ShieldAnswer:
    """Lets each visitor, and all of them, ask for so many times the usual."""
    site = queries.get_site(fqdn, seen_by=asker(request))
    actions.widen_limits(site, by=asker(request), times=order.times)
    return _answer(request, site)
