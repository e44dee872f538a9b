"""What machines held back from sites: taken in as they count it, and told to people.

Machines say sums, so a message that is lost, late or said twice changes nothing but when it is seen.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from essaim import contract
from essaim.manager.fleet import story
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.actions import shields
from essaim.manager.hosting.models import Defence, DefenceSample, Site

FLOOD_PER_S = 20.0
"""So many requests a second above a site's limits are no crowd."""
FLOOD_LASTS = timedelta(minutes=2)
"""Before people are told: most floods are over by then."""
QUIET = timedelta(minutes=5)
"""Without news for so long, a flood is over."""
FIRST_STRETCH_S = 20.0
KEPT = timedelta(hours=48)
FLOODED = "hosting.flooded"


def take_in(machine: Machine, message: contract.Defence) -> None:
    """A machine counted. Inside the worker's transaction: a few queries, however many sites it is about."""
    said = {str(one.name): one for one in message.sites}
    sites = _sites(machine, list(said))
    known = {row.site_id: row for row in Defence.objects.select_for_update().filter(site__in=set(sites.values()))}
    at = datetime.fromtimestamp(message.at, UTC)
    for site in set(sites.values()):
        row = known.get(site.pk) or Defence(site=site, since=at)
        grown = [_grown(row, message.started, said[name]) for name, whose in sites.items() if whose == site]
        _note(site, row, at, _Grown(*map(sum, zip(*grown, strict=True))))


def _sites(machine: Machine, names: list[str]) -> dict[str, Site]:
    """The sites of this machine by the names that are said, aliases too."""
    ours = Site.objects.filter(account__machine=machine)
    rows = ours.filter(Q(fqdn__in=names) | Q(aliases__fqdn__in=names)).prefetch_related("aliases").distinct()
    found = {}
    for site in rows.select_related("account__client", "account__machine"):
        for name in (site.fqdn, *(alias.fqdn for alias in site.aliases.all())):
            if name in names:
                found[name] = site
    return found


class _Grown(NamedTuple):
    limited: int
    held: int
    networks: int


def _grown(row: Defence, started: str, now: contract.HeldBack) -> _Grown:
    """By how much the sums of one name grew; a machine that counts anew begins at nought."""
    sums = [now.limited, now.held, now.networks]
    before = row.counters.get(str(now.name), [])
    row.counters[str(now.name)] = [started, *sums]
    if (
        len(before) != len(sums) + 1
        or before[0] != started
        or any(a < b for a, b in zip(sums, before[1:], strict=True))
    ):
        return _Grown(*sums)
    return _Grown(*(a - b for a, b in zip(sums, before[1:], strict=True)))


def _note(site: Site, row: Defence, at: datetime, grown: _Grown) -> None:
    if not any(grown):
        return
    pause = (at - row.told_at).total_seconds() if row.told_at else FIRST_STRETCH_S
    seconds = max(1.0, min(pause, FIRST_STRETCH_S * 3))
    row.limited, row.held, row.networks = (
        row.limited + grown.limited,
        row.held + grown.held,
        row.networks + grown.networks,
    )
    row.per_second = (grown.limited + grown.held) / seconds
    was_told = _lasts(row)
    if row.told_at is not None and at - row.told_at > QUIET:
        row.flooded_since = None
    if row.per_second < FLOOD_PER_S:
        row.flooded_since = None
    elif row.flooded_since is None:
        row.flooded_since = at - timedelta(seconds=seconds)
    row.told_at = at
    row.save()
    site.defence_samples.create(at=at, seconds=seconds, limited=grown.limited, held=grown.held, networks=grown.networks)
    if _lasts(row) and not was_told:
        facts = {"per_second": round(row.per_second), "networks": grown.networks}
        story.tell(
            "site", site.fqdn, story.What.DRIFTED, at=at, machine=site.account.machine.name, code=FLOODED, facts=facts
        )
        shields.raise_by_itself(site)


def _lasts(row: Defence) -> bool:
    return row.flooded_since is not None and row.told_at is not None and row.told_at - row.flooded_since >= FLOOD_LASTS


def is_flooded(row: Defence | None) -> bool:
    """Whether people should be told: it has gone on for a while, and was seen a moment ago."""
    return row is not None and _lasts(row) and row.told_at is not None and timezone.now() - row.told_at < QUIET


class Held(NamedTuple):
    """What a site's page shows."""

    defence: Defence | None
    is_flooded: bool
    moments: list[datetime]
    values: list[float]
    """Requests held back, a minute."""

    @property
    def requests(self) -> int:
        """Limited and held back since the shield was last raised or taken down."""
        return self.defence.limited + self.defence.held if self.defence else 0


def held_from(site: Site) -> Held:
    """What was held back from `site`, and in the last two days: two queries."""
    row = Defence.objects.filter(site=site).first()
    samples = list(site.defence_samples.filter(at__gte=timezone.now() - KEPT)) if row else []
    moments = [sample.at for sample in samples]
    return Held(row, is_flooded(row), moments, [60 * (one.limited + one.held) / one.seconds for one in samples])


def forget_old() -> None:
    """Drop what is not drawn any more."""
    DefenceSample.objects.filter(at__lt=timezone.now() - KEPT).delete()
