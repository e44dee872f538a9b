"""Who is awake now, the week's cover with its holes, the best hours for a meeting and for a maintenance."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from essaim.manager.core.pages import Request
from essaim.manager.team import cover as covering
from essaim.manager.team import gate, overview
from essaim.manager.team import windows as reckoning
from essaim.manager.team.clocks import house_zones
from essaim.manager.team.presence import DAY, members, zone_of
from essaim.manager.team.views import asked_day, show_here

LENGTHS = (30, 60, 90, 120, 180, 240)
USUAL_MEETING, USUAL_MAINTENANCE = 60, 120


@require_safe
@login_required
def awake(request: Request) -> HttpResponse:
    """Who is there, who is awake, who sleeps, who is away, each by their own clock."""
    gate.require(request.user, "team.see")
    now = timezone.now()
    rows = [overview.row_of(member, now) for member in members(absent_from=now.date() - DAY)]
    order = ("there", "awake", "asleep", "away")
    grouped = [(state, [row for row in rows if row.state == state]) for state in order]
    return show_here(request, "team/awake.html", {"grouped": grouped, "now": now})


@require_safe
@login_required
def cover(request: Request) -> HttpResponse:
    """A week by the reader's clock: how many are there in each hour, and when nobody is."""
    gate.require(request.user, "team.see")
    week = covering.week_of(asked_day(request, "week"), zone_of(request.user))
    found = covering.pieces(members(absent_from=week.monday - DAY), week.begins, week.ends)
    table = covering.grid(found, week)
    context = {
        "week": week,
        "last_day": week.monday + 6 * DAY,
        "before": (week.monday - 7 * DAY).isoformat(),
        "after": (week.monday + 7 * DAY).isoformat(),
        "days": [day for day, _hours in table],
        "rows": list(zip(range(24), zip(*(hours for _day, hours in table), strict=True), strict=True)),
        "holes": [piece for piece in found if not piece.who],
        "covered": covering.hours_covered(found),
        "total": (week.ends - week.begins) / timedelta(hours=1),
    }
    return show_here(request, "team/cover.html", context)


@require_safe
@login_required
def windows(request: Request) -> HttpResponse:
    """The best hours of a week, for a meeting of everybody and for a maintenance."""
    gate.require(request.user, "team.see")
    week = covering.week_of(asked_day(request, "week"), zone_of(request.user))
    everybody, zones = members(absent_from=week.monday - DAY), house_zones()
    meeting, maintenance = _minutes(request, "meeting", USUAL_MEETING), _minutes(request, "work", USUAL_MAINTENANCE)
    context = {
        "week": week,
        "last_day": week.monday + 6 * DAY,
        "before": (week.monday - 7 * DAY).isoformat(),
        "after": (week.monday + 7 * DAY).isoformat(),
        "lengths": LENGTHS,
        "meeting": meeting,
        "work": maintenance,
        "meetings": [
            (one, _clocks(one, zones))
            for one in reckoning.for_meeting(everybody, week, length=timedelta(minutes=meeting))
        ],
        "works": [
            (one, _clocks(one, zones))
            for one in reckoning.for_maintenance(everybody, week, length=timedelta(minutes=maintenance), zones=zones)
        ],
        "zones": zones,
        "apart": reckoning.apart_over(zones[0], zones[1], week.monday) if len(zones) > 1 else [],
    }
    return show_here(request, "team/windows.html", context)


def _minutes(request: Request, name: str, usual: int) -> int:
    asked = request.GET.get(name, "")
    return int(asked) if asked in map(str, LENGTHS) else usual


def _clocks(one: reckoning.Window, zones: list[ZoneInfo]) -> list[tuple[str, str]]:
    """What the clocks of the house's zones say then."""
    return [
        (overview.place_of(zone.key), f"{one.begins.astimezone(zone):%H:%M}–{one.ends.astimezone(zone):%H:%M}")
        for zone in zones
    ]
