"""The team's first page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from essaim.manager.core import continuity
from essaim.manager.core.pages import Request
from essaim.manager.team import gate, overview
from essaim.manager.team.presence import members
from essaim.manager.team.views import show_here


@require_safe
@login_required
def team(request: Request) -> HttpResponse:
    """Who is here, who is awake, what only one person can do, what waits for somebody."""
    gate.require(request.user, "team.see")
    now = timezone.now()
    everybody = members(absent_from=now.date() - overview.DAY)
    matters = continuity.matters()
    rows = [overview.row_of(member, now) for member in everybody]
    context = {
        "rows": rows,
        "there": sum(row.state == "there" for row in rows),
        "awake": sum(row.state in ("there", "awake") for row in rows),
        "factor": continuity.bus_factor(matters),
        "matters": len(matters),
        "alone": [matter for matter in matters if len(matter.who) <= 1],
        "open": overview.open_matters(request.user, everybody),
        "may_manage": gate.may(request.user, "team.manage"),
        "may_recruit": gate.may(request.user, "team.recruit"),
    }
    return show_here(request, "team/team.html", context)
