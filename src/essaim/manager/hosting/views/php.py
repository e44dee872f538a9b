"""A site's PHP on pages of its own: its errors, what it says of itself, a version that is tried before it is switched to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Request, ask_or_act, go, is_done, posted, show
from essaim.manager.hosting import access, actions, php_pages, queries, wishes
from essaim.manager.hosting.forms import PhpTrialForm
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php import generations_of, shown
from essaim.manager.hosting.php_models import PhpError, PhpInfo, PhpTrial
from essaim.manager.hosting.views.pages_of_site import head_of

PAGES: tuple[tuple[str, str | Promise], ...] = (
    ("hosting:php_errors", gettext_lazy("Errors")),
    ("hosting:php_info", gettext_lazy("What it is")),
    ("hosting:php_try", gettext_lazy("Try another version")),
)
"""What there is of a site's PHP; the last is for who may change it."""


def _head(request: Request, site: Site, here: str) -> dict[str, object]:
    """What `hosting/site_php.html` needs for the page whose address is named `here`."""
    head = head_of(request, site, "hosting:php_errors")
    shown = PAGES if head["may_change"] else PAGES[:-1]
    parts = [(reverse(name, args=[site.fqdn]), words) for name, words in shown]
    return {**head, "php_pages": parts, "php_here": reverse(here, args=[site.fqdn])}


@require_safe
@login_required
def php_errors(request: Request, fqdn: str) -> HttpResponse:
    """What PHP logged for a site, grouped, the newest first."""
    site = queries.get_site(fqdn, seen_by=request.user)
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in ("text", "severity", "after")}
    page = php_pages.errors_of(site, text=asked["text"], severity=asked["severity"], after=asked["after"])
    context = _head(request, site, "hosting:php_errors")
    context |= {"page": page, "asked": asked, "severities": PhpError.Severity.choices}
    fragment = "hosting/_php_error_rows.html" if asked["after"] else "hosting/_php_errors.html"
    return show(request, "hosting/php_errors.html", context, fragment=fragment)


@require_POST
@login_required
def forget_php_errors(request: Request, fqdn: str) -> HttpResponse:
    """Clear the list, to see what comes again."""
    site = _to_change(request, fqdn)
    forgotten = actions.forget_php_errors(site, by=request.user)
    words = ngettext("%(count)s error is forgotten.", "%(count)s errors are forgotten.", forgotten)
    messages.success(request, words % {"count": forgotten} + " " + _("What comes again is shown again."))
    return go(request, "hosting:php_errors", site.fqdn)


@never_cache
@require_safe
@login_required
def php_info(request: Request, fqdn: str) -> HttpResponse:
    """What the site's own PHP says of itself: version, settings, extensions, files."""
    site = queries.get_site(fqdn, seen_by=request.user)
    asked = {"text": request.GET.get("text", "").replace("\0", ""), "only": request.GET.get("only", "")}
    row = PhpInfo.objects.filter(site=site).first()
    if row is not None and request.GET.get("seen") == row.seen:
        return HttpResponse(status=204)
    info = php_pages.info_of(row, text=asked["text"], only_differing=asked["only"] == "differing") if row else None
    context = _head(request, site, "hosting:php_info")
    context |= {"question": row, "info": info, "asked": asked, "why_not": php_pages.why_not(row.code) if row else ""}
    of_list = request.htmx.target == "results" and info is not None
    fragment = "hosting/_php_settings.html" if of_list else "hosting/_php_info.html"
    return show(request, "hosting/php_info.html", context, fragment=fragment)


@require_POST
@login_required
def ask_php_info(request: Request, fqdn: str) -> HttpResponse:
    """Have the site's PHP asked; the answer comes to the page by itself."""
    site = _to_change(request, fqdn)
    actions.ask_php(site, by=request.user)
    return go(request, "hosting:php_info", site.fqdn)


@never_cache
@login_required
@ask_or_act
def try_php(request: Request, fqdn: str) -> HttpResponse:
    """Try another version: choose it, see how the site's pages do in it, look for oneself, then switch or leave."""
    site = _to_change(request, fqdn)
    offered = [one for one in generations_of([site.account.machine]) if one.version != site.php]
    form = PhpTrialForm(offered, posted(request))
    if is_done(request, form, lambda: actions.try_php(site, version=form.cleaned_data["php"], by=request.user)):
        return go(request, "hosting:php_try", site.fqdn)
    trial = PhpTrial.objects.filter(site=site).first()
    context = _head(request, site, "hosting:php_try")
    context |= {"php": shown(site), "form": form, "offered": offered, "trial": trial}
    context |= _trial(site, trial) if trial is not None else {}
    if not form.is_bound and "seen" in context and request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    status = 422 if form.is_bound else 200
    return show(request, "hosting/php_try.html", context, fragment="hosting/_php_try.html", status=status)


def _trial(site: Site, trial: PhpTrial) -> dict[str, object]:
    wanted = wishes.wish_of(site, "site")
    compared = php_pages.comparison_of(trial)
    is_made = wanted is not None and wanted.is_current
    return {
        "seen": f"{trial.seen}.{is_made:d}.{wanted.code if wanted else ''}",
        "is_made": is_made,
        "wanted": wanted,
        "compared": compared,
        "worse": sum(one.verdict == "worse" for one in compared),
        "to_look_at": sum(one.verdict == "look" for one in compared),
        "link": php_pages.preview_link(site, trial),
        "end": php_pages.preview_end(site),
        "why_not": php_pages.why_not(trial.code),
        "is_over": trial.until <= timezone.now(),
    }


@require_POST
@login_required
def compare_php(request: Request, fqdn: str) -> HttpResponse:
    """Compare the site's pages once more."""
    site = _to_change(request, fqdn)
    actions.compare_php(site, by=request.user)
    return go(request, "hosting:php_try", site.fqdn)


@require_POST
@login_required
def switch_php(request: Request, fqdn: str) -> HttpResponse:
    """Serve everybody with the version that was tried."""
    site = actions.switch_php(_to_change(request, fqdn), by=request.user)
    said = _("%(site)s is being switched to PHP %(php)s. The version before can be put back with one click.")
    messages.success(request, said % {"site": site, "php": site.php})
    return go(request, "hosting:site", site.fqdn)


@require_POST
@login_required
def leave_php(request: Request, fqdn: str) -> HttpResponse:
    """End the trial; nothing has changed for visitors."""
    site = actions.leave_php(_to_change(request, fqdn), by=request.user)
    messages.success(request, _("The trial is over. Visitors of %(site)s noticed nothing.") % {"site": site})
    return go(request, "hosting:site", site.fqdn)


def _to_change(request: Request, fqdn: str) -> Site:
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    return site
