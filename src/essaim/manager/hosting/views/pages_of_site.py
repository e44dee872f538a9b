"""The pages of one site: the same head and tabs on each."""

from collections.abc import Mapping

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from essaim.manager.core.pages import Request, show
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting import access, queries
from essaim.manager.hosting.defence import held_from
from essaim.manager.hosting.engines import engines_of, hint_of
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.programs import card_of
from essaim.manager.hosting.serving import serving_of
from essaim.manager.hosting.troubles import troubles_of

PAGES: tuple[tuple[str, str | Promise], ...] = (
    ("hosting:site", _("Overview")),
    ("hosting:site_serving", _("Serving")),
    ("hosting:php_errors", _("PHP")),
    ("hosting:site_certificate", _("Certificate")),
    ("hosting:site_numbers", _("Visits")),
    ("hosting:site_logs", _("Log")),
)
"""The address of each page by its name, and its tab, in order."""
_OF_WHO_CHANGES = {"hosting:site_logs"}
"""Visitors' addresses are for those who care for the site; figures are for all who look."""


def head_of(request: Request, site: Site, here: str) -> dict[str, object]:
    """What `hosting/site_base.html` needs for the page whose address is named `here`."""
    changes = access.may(request.user, "sites.change", site.account)
    shown = [(name, words) for name, words in PAGES if changes or name not in _OF_WHO_CHANGES]
    return {
        "site": site,
        "pages": [(reverse(name, args=[site.fqdn]), words) for name, words in shown],
        "here": reverse(here, args=[site.fqdn]),
        "may_change": changes,
    }


@require_safe
@login_required
def site_serving(request: Request, fqdn: str) -> HttpResponse:
    """How a site answers: its engine, and what its client wants of visits."""
    site = queries.get_site(fqdn, seen_by=request.user)
    context = head_of(request, site, "hosting:site_serving") | engine_of(site) | serving_of(site)
    context |= {"defence": held_from(site), "own": card_of(site)}
    return show(request, "hosting/site_serving.html", context)


def engine_of(site: Site, wishes: Mapping[str, Wanted] | None = None) -> dict[str, object]:
    """What `_serving_engine.html` and `_engine_hint.html` need: one query, none with `wishes`, those about the site."""
    return {
        "hint": hint_of(queries.wishes_about(site) if wishes is None else wishes),
        "troubles": troubles_of(site),
        "apache_is_here": Site.Engine.APACHE in engines_of([site.account.machine]),
        "before_words": Site.Engine(site.engine_before).label if site.engine_before else "",
    }
