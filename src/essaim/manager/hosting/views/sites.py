"""The list of sites, and the page on which one tells its story."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from essaim.manager.core.pages import Request, show
from essaim.manager.fleet.queries import is_away
from essaim.manager.hosting import access, queries
from essaim.manager.hosting.actions.content import is_undo_under_way
from essaim.manager.hosting.certificates import authority_of, turn_of
from essaim.manager.hosting.erased import erased_site
from essaim.manager.hosting.errors import SiteNotFound
from essaim.manager.hosting.live import UPLOAD_UNDER_WAY, marker_of, pace_of
from essaim.manager.hosting.models import ProofLine, Site
from essaim.manager.hosting.php import shown
from essaim.manager.hosting.php_pages import newest_errors
from essaim.manager.hosting.views.pages_of_site import engine_of, head_of
from essaim.manager.hosting.views.way import way_of
from essaim.manager.hosting.wanted import is_suspended, is_unserved
from essaim.manager.people.rights import may_somewhere

GONE = 410
_NOT_LOOKED_AT = frozenset({Site.Health.WAITING, Site.Health.APPLYING, Site.Health.FAILED})
_KNOWN = {"", *Site.State.values, *Site.Health.values}


@require_safe
@login_required
def sites(request: Request) -> HttpResponse:
    """Sites that the reader may see, searched while they type."""
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in ("text", "state", "client", "php", "after")}
    if asked["state"] not in _KNOWN:
        asked["state"] = ""  # an old link: the list says what it shows
    text, state, client, php, after = asked.values()
    page = queries.find_sites(request.user, text=text, state=state, client=client, php=php, after=after)
    fragment = "hosting/_site_rows.html" if asked["after"] else "hosting/_sites.html"
    context: dict[str, object] = {"page": page, "asked": asked, "states": _states()}
    context["may_order"] = may_somewhere(request.user, "sites.change")
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
    context = _live(site, marker_of(fqdn, seen_by=request.user)) | head_of(request, site, "hosting:site")
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
    context["may_change"] = access.may(request.user, "sites.change", site.account)
    return show(request, "hosting/_site_live.html", context)


def _live(site: Site, marker: str) -> dict[str, object]:
    upload, wishes = site.uploads.first(), queries.wishes_about(site)
    proofs, probe = _proofs_now(site), wishes.get("probe")
    return {
        "site": site,
        "php": shown(site),
        **engine_of(site, wishes),
        "php_errors": newest_errors(site),
        **way_of(queries.steps_of_site(site, wishes), wishes.get("site")),
        "story": queries.story_of_site(site),
        "off": _off(site),
        "proofs": proofs,
        "silent_prober": probe.machine if probe and is_away(probe.machine) else None,
        "has_other_names": any(line.name != site.fqdn for line in proofs),
        "authority": authority_of(site, wishes),
        "turn": turn_of(site, wishes),
        "upload": upload,
        "is_uploading": upload is not None and upload.state in UPLOAD_UNDER_WAY,
        "is_undoing": is_undo_under_way(wishes.get("content")),
        "seen": marker,
        "pace": pace_of(marker),
    }


def _off(site: Site) -> str:
    """Why the site is not to be live, by itself or by its account: `closed`, `suspended`; empty: it is to be."""
    return "closed" if is_unserved(site) else "suspended" if is_suspended(site) else ""


def _proofs_now(site: Site) -> list[ProofLine]:
    """What was seen of the site as it is to be now, its own name first: not of a suspended one what was seen while it was live."""
    lines = sorted(queries.proofs_of(site), key=lambda line: line.name != site.fqdn)
    if not _off(site):
        return [line for line in lines if not line.is_of_absence]
    if site.health in _NOT_LOOKED_AT:
        return []
    return [line for line in lines if line.is_of_absence or not line.ok]
