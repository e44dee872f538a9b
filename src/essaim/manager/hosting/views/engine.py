"""What a person does to a site's engine."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, posted
from essaim.manager.hosting import actions
from essaim.manager.hosting.engines import engines_of
from essaim.manager.hosting.forms import EngineForm
from essaim.manager.hosting.views.acts import ask_about, site_to_change


@login_required
@ask_or_act
def change_engine(request: Request, fqdn: str) -> HttpResponse:
    """Choose what answers for a site's files."""
    site = site_to_change(request, fqdn)
    form = EngineForm(site, engines_of([site.account.machine]), posted(request))
    if is_done(request, form, lambda: actions.change_site(site, by=request.user, engine=form.cleaned_data["engine"])):
        return go(request, "hosting:site_serving", site.fqdn)
    act = Act(
        _("Engine of %(site)s") % {"site": site},
        _("The site goes on answering meanwhile. The engine it had can be put back with one click."),
        _("Change engine"),
    )
    return ask_about(request, site, form, act)


@require_POST
@login_required
def put_engine_back(request: Request, fqdn: str) -> HttpResponse:
    """Give a site the engine back that it had before the last change."""
    site = site_to_change(request, fqdn)
    actions.put_engine_back(site, by=request.user)
    return go(request, "hosting:site_serving", site.fqdn)


@require_POST
@login_required
def look_at_files(request: Request, fqdn: str) -> HttpResponse:
    """Have the machine look at the site's `.htaccess` files now."""
    site = site_to_change(request, fqdn)
    actions.look_at_files(site, by=request.user)
    return go(request, "hosting:site_serving", site.fqdn)
