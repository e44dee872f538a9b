"""The list of sites, and the page on which one tells its story."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from essaim.manager.core.pages import Request, show
from essaim.manager.hosting import queries
from essaim.manager.hosting.erased import erased_site
from essaim.manager.hosting.errors import SiteNotFound
from essaim.manager.hosting.live import UPLOAD_UNDER_WAY, marker_of, pace_of
from essaim.manager.hosting.models import Site
from essaim.manager.people.rights import may_change, may_change_some

GONE = 410
_KNOWN = {"", *Site.State.values, *Site.Health.values}


@require_safe
@login_required
def sites(request: Request) -> HttpResponse:
    """Sites that the reader may see, searched while they type."""
    asked = {name: request.GET.get(name, "") for name in ("text", "state", "client", "after")}
    if asked["state"] not in _KNOWN:
        asked["state"] = ""  # an old link: the list says what it shows
    text, state, client, after = asked.values()
    page = queries.find_sites(request.user, text=text, state=state, client=client, after=after)
    fragment = "hosting/_site_rows.html" if asked["after"] else "hosting/_sites.html"
    context: dict[str, object] = {"page": page, "asked": asked, "states": _states()}
    context["may_order"] = may_change_some(request.user)
    return show(request, "hosting/sites.html", context, fragment=fragment)


def _states() -> list[tuple[str, str]]:
    return [
        ("", _("all")),
        *((state.value, str(state.label)) for state in Site.Health),
        (Site.State.SUSPENDED.value, str(Site.State.SUSPENDED.label)),
        (Site.State.CLOSED.value, str(Site.State.CLOSED.label)),
    ]


@require_safe
@login_required
def site(request: Request, fqdn: str) -> HttpResponse:
    """One site: what it is, how it is, what happened to it, what can be done. Of an erased one, the team reads the story."""
    try:
        site = queries.get_site(fqdn, seen_by=request.user)
    except SiteNotFound:
        gone = erased_site(fqdn, seen_by=request.user)
        if gone is None:
            raise
        return show(request, "hosting/erased.html", {"gone": gone, "kind": "site"}, status=GONE)
    context = _live(site, marker_of(fqdn, seen_by=request.user))
    context["may_change"] = may_change(request.user, site.account.client)
    return show(request, "hosting/site.html", context)


@never_cache
@require_safe
@login_required
def site_live(request: Request, fqdn: str) -> HttpResponse:
    """The part of a site's page that moves; 204 when nothing changed since `seen`, found out with one query."""
    marker = marker_of(fqdn, seen_by=request.user)
    if request.GET.get("seen") == marker:
        return HttpResponse(status=204)
    site = queries.get_site(fqdn, seen_by=request.user)
    context = _live(site, marker)
    context["may_change"] = may_change(request.user, site.account.client)
    return show(request, "hosting/_site_live.html", context)


def _live(site: Site, marker: str) -> dict[str, object]:
    upload = site.uploads.first()
    return {
        "site": site,
        **_way(queries.steps_of_site(site)),
        "story": queries.story_of_site(site),
        "proofs": queries.proofs_of(site),
        "upload": upload,
        "is_uploading": upload is not None and upload.state in UPLOAD_UNDER_WAY,
        "seen": marker,
        "pace": pace_of(marker),
    }


LOOKS = {"done": "done", "doing": "now", "waiting": "waiting", "failed": "failed", "none": "skipped"}
"""States of a step, as the stepper draws them."""


def _way(steps: list[queries.Step]) -> dict[str, object]:
    """The steps with the seconds that each took alone, and the seconds of all once the last is done."""
    words = {
        "asked": _("asked"),
        "sent": _("sent to the machine"),
        "applied": _("made"),
        "proved": _("proved from outside"),
        "https": _("proved over HTTPS"),
    }
    shown, before = [], 0.0
    for step in steps:
        alone = None if step.seconds is None else max(0.0, step.seconds - before)
        before = before if step.seconds is None else max(before, step.seconds)
        shown.append({"label": words[step.name], "state": LOOKS[step.state], "seconds": alone, "detail": step.sentence})
    is_done = len(steps) > 1 and all(step.state in ("done", "none") for step in steps)
    return {"steps": shown, "total_seconds": before if is_done else None}
