"""A site's shield against floods, and how much more than usual its visitors may ask for."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from essaim.contract import Way
from essaim.contract.shield import TIMES_MAX, WAYS_MAX
from essaim.manager.hosting import wishes
from essaim.manager.hosting.actions.locks import lock_site, record_about
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Defence, Site
from essaim.manager.hosting.shield_errors import LimitsOutOfRange, ShieldTimeOdd, ShieldWayMalformed, ShieldWaysTooMany
from essaim.manager.people import rights
from essaim.manager.people.models import Person

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=90)
AUTOMATIC_FOR = timedelta(hours=1)
"""How long a shield stays up that nobody raised by hand."""
FIELDS = ["shield", "shield_until", "shield_ways"]


@transaction.atomic
def raise_shield(
    site: Site,
    *,
    by: Person | None,
    level: str,
    lasts: timedelta | None = None,
    ways: Iterable[str] | None = None,
) -> Site:
    """Have visitors of `site` limited (`calm`) or looked at first (`checked`), for as long as `lasts`; None: until it is taken
    down. `ways` are left out; None: those of the last time. Raising a raised shield changes it and goes on counting.

    Raises:
        ShieldWayMalformed, ShieldWaysTooMany, ShieldTimeOdd, NotAllowed, SiteNotActive: it is not in service.
    """
    parsed = None if ways is None else parse_ways(ways)
    if lasts is not None and not SHORTEST <= lasts <= LONGEST:
        raise ShieldTimeOdd
    site = lock_site(site, by)
    if site.state != Site.State.ACTIVE:
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    was_down = not site.shield
    before = (site.shield, site.shield_until, site.shield_ways)
    site.shield = Site.Shield(level)
    site.shield_until = None if lasts is None else timezone.now() + lasts
    site.shield_ways = site.shield_ways if parsed is None else parsed
    if (site.shield, site.shield_until, site.shield_ways) == before:
        return site
    site.save(update_fields=FIELDS)
    if was_down:
        _count_anew(site)
    until = site.shield_until.isoformat() if site.shield_until else ""
    line = record_about(site, "hosting.shield_raised", by=by, level=level, until=until, ways=site.shield_ways)
    wishes.wish(site, line)
    return site


def parse_ways(ways: Iterable[str]) -> list[str]:
    """Each once, as `contract.Way` writes it.

    Raises:
        ShieldWayMalformed, ShieldWaysTooMany.
    """
    parsed: dict[str, None] = {}
    for way in filter(str.strip, ways):
        try:
            parsed[str(Way.read(way))] = None
        except ValueError:
            raise ShieldWayMalformed(way=way.strip()[:80]) from None
    if len(parsed) > WAYS_MAX:
        raise ShieldWaysTooMany(most=WAYS_MAX)
    return list(parsed)


@transaction.atomic
def lower_shield(site: Site, *, by: Person | None) -> Site:
    """Let visitors come as ever. What is down stays down."""
    site = lock_site(site, by)
    if site.shield:
        _lower(site, "hosting.shield_lowered", by)
    return site


def _lower(site: Site, code: str, by: Person | None) -> None:
    counted = Defence.objects.filter(site=site).first()
    sums = (counted.held + counted.limited, counted.networks) if counted else (0, 0)
    site.shield, site.shield_until = "", None
    site.save(update_fields=FIELDS)
    wishes.wish(site, record_about(site, code, by=by, requests=sums[0], networks=sums[1]))
    _count_anew(site)


def _count_anew(site: Site) -> None:
    fresh = {"since": timezone.now(), "limited": 0, "held": 0, "networks": 0}
    Defence.objects.update_or_create(site=site, defaults=fresh)


def end_shields() -> int:
    """Note that shields are down whose time is over; their machines took them down by themselves."""
    ended = 0
    over = Site.objects.exclude(shield="").filter(shield_until__lte=timezone.now())
    for pk in list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            rows = over.filter(pk=pk).select_for_update(of=("self",))
            site = rows.select_related("account__client", "account__machine").first()
            if site is not None:
                _lower(site, "hosting.shield_ended", None)
                ended += 1
    return ended


def raise_by_itself(site: Site) -> None:
    """Raise the shield of a flooded site for an hour, if the operator chose so and nobody did already."""
    level = settings.SHIELD_AUTOMATIC
    if level and not site.shield and site.state == Site.State.ACTIVE:
        raise_shield(site, by=None, level=level, lasts=AUTOMATIC_FOR)


@transaction.atomic
def widen_limits(site: Site, *, by: Person | None, times: int) -> Site:
    """Let each visitor, and all of them, ask for so many times the usual; the team decides.

    Raises:
        LimitsOutOfRange, NotAllowed, SiteNotActive: it is closed.
    """
    rights.require(by, "sites.limits")
    if not 1 <= times <= TIMES_MAX:
        raise LimitsOutOfRange(most=TIMES_MAX)
    site = lock_site(site, by)
    if site.state == Site.State.CLOSED:
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    if site.limits != times:
        before, site.limits = site.limits, times
        site.save(update_fields=["limits"])
        wishes.wish(site, record_about(site, "hosting.limits_changed", by=by, times=times, times_before=before))
    return site
