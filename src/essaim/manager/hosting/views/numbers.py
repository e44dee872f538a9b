"""A site's visits and the newest lines of its log."""

import csv
import re
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Request, go, show
from essaim.manager.fleet.queries import is_away
from essaim.manager.hosting import access, queries
from essaim.manager.hosting.log_tails import ask_for_log, tail_of
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.numbers import PERIODS, numbers_of
from essaim.manager.hosting.views.pages_of_site import head_of

LATE = timedelta(seconds=8)
"""A machine that is there has answered by then."""
_STATUS = re.compile(r'" ([1-5])\d\d ')


def _days(request: Request) -> int:
    """An unknown period is a month: the page says what it shows."""
    asked = request.GET.get("days", "")
    return int(asked) if asked in {str(days) for days in PERIODS} else 30


@require_safe
@login_required
def site_numbers(request: Request, fqdn: str) -> HttpResponse:
    """What visitors asked of a site."""
    site = queries.get_site(fqdn, seen_by=request.user)
    days = _days(request)
    context = head_of(request, site, "hosting:site_numbers")
    context["numbers"] = numbers_of(site, days=days)
    context["periods"] = [(number, _period(number), number == days) for number in PERIODS]
    return show(request, "hosting/site_numbers.html", context)


def _period(days: int) -> str:
    if days == 1:
        return _("Today")
    return _("A year") if days == PERIODS[-1] else ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


@require_safe
@login_required
def numbers_csv(request: Request, fqdn: str) -> HttpResponse:
    """The same figures for a spreadsheet, a line an hour, a day or a week of UTC."""
    site = queries.get_site(fqdn, seen_by=request.user)
    numbers = numbers_of(site, days=_days(request))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{site.fqdn}-{numbers.days}.csv"'
    lines = csv.writer(answer)
    lines.writerow(
        [
            "from_utc",
            "requests",
            "served",
            "refused_4xx",
            "failed_5xx",
            "unanswered",
            "received_bytes",
            "sent_bytes",
            "p50_s",
            "p95_s",
        ]
    )
    for part in numbers.parts:
        times = [f"{seconds:.3f}" if seconds is not None else "" for seconds in (part.p50, part.p95)]
        counts = [
            part.requests,
            part.served,
            part.refused,
            part.failed,
            part.unanswered,
            part.received_bytes,
            part.sent_bytes,
        ]
        lines.writerow([part.start.isoformat(), *counts, *times])
    return answer


@never_cache
@require_safe
@login_required
def site_logs(request: Request, fqdn: str) -> HttpResponse:
    """The newest lines of a site's log, once somebody asked for them; the part with the lines alone, while they are waited for."""
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    context = head_of(request, site, "hosting:site_logs") | _log(request, site)
    return show(request, "hosting/site_logs.html", context, fragment="hosting/_site_log.html")


def _log(request: Request, site: Site) -> dict[str, object]:
    tail = tail_of(site)
    only = "refused" if request.GET.get("only") == "refused" else ""
    lines = (tail.refused if only else tail.access) if tail else []
    return {
        "tail": tail,
        "only": only,
        "lines": [(line, _tone(line)) for line in reversed(lines)],
        "errors": list(reversed(tail.errors)) if tail else [],
        "is_late": bool(tail and tail.is_waiting and timezone.now() - tail.asked_at > LATE),
        "is_silent": is_away(site.account.machine),
    }


def _tone(line: str) -> str:
    found = _STATUS.search(line)
    return {"4": "care", "5": "bad"}.get(found[1], "") if found else ""


@require_POST
@login_required
def ask_log(request: Request, fqdn: str) -> HttpResponse:
    """Have the machine say the newest lines."""
    site = queries.get_site(fqdn, seen_by=request.user)
    ask_for_log(site, by=request.user)
    return go(request, "hosting:site_logs", site.fqdn)
