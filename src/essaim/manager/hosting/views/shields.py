"""A site's shield and limits, as people change them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, posted, show
from essaim.manager.hosting import access, actions, queries
from essaim.manager.hosting.shield_forms import ShieldForm, WidenForm
from essaim.manager.people.rights import require


@login_required
@ask_or_act
def raise_shield(request: Request, fqdn: str) -> HttpResponse:
    """Raise a site's shield, or change how it is raised."""
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    form = ShieldForm(posted(request), initial=ShieldForm.of(site))
    if is_done(
        request,
        form,
        lambda: actions.raise_shield(
            site, by=request.user, level=form.cleaned_data["level"], lasts=form.lasting, ways=form.given_ways
        ),
    ):
        return go(request, "hosting:site_serving", site.fqdn)
    act = Act(
        _("Shield of %(site)s") % {"site": site},
        _("For a site that is being flooded. Visitors who are there meanwhile may have to send a form once more."),
        _("Change the shield") if site.shield else _("Raise the shield"),
    )
    return _ask(request, {"site": site, "form": form, "act": act})


@require_POST
@login_required
def lower_shield(request: Request, fqdn: str) -> HttpResponse:
    """Take a site's shield down."""
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    actions.lower_shield(site, by=request.user)
    return go(request, "hosting:site_serving", site.fqdn)


@login_required
@ask_or_act
def widen_limits(request: Request, fqdn: str) -> HttpResponse:
    """Let a site's visitors ask for more than usual; the team does."""
    site = queries.get_site(fqdn, seen_by=request.user)
    require(request.user, "sites.limits")
    form = WidenForm(posted(request), initial={"times": site.limits})
    if is_done(request, form, lambda: actions.widen_limits(site, by=request.user, times=form.cleaned_data["times"])):
        return go(request, "hosting:site_serving", site.fqdn)
    act = Act(
        _("Limits of %(site)s") % {"site": site},
        _("How much one visitor, and all of them together, may ask for at once."),
        _("Change the limits"),
    )
    return _ask(request, {"site": site, "form": form, "act": act})


def _ask(request: Request, context: dict[str, object]) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return show(request, "hosting/act.html", context, fragment="hosting/_act.html", status=status)
