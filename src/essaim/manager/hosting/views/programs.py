"""A site's own program: its card, its form, its buttons."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, posted, show
from essaim.manager.hosting import access, actions, queries
from essaim.manager.hosting.models import Program, Site
from essaim.manager.hosting.program_forms import ProgramForm
from essaim.manager.hosting.programs import card_of

SERVING = "hosting:site_serving"


def _site(request: Request, fqdn: str) -> Site:
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    return site


@never_cache
@require_safe
@login_required
def program_card(request: Request, fqdn: str) -> HttpResponse:
    """The card as it is now."""
    site = queries.get_site(fqdn, seen_by=request.user)
    context = {"site": site, "own": card_of(site), "may_change": access.may(request.user, "sites.change", site.account)}
    return show(request, "hosting/_serving_program.html", context)


@login_required
@ask_or_act
def program(request: Request, fqdn: str) -> HttpResponse:
    """Say which program answers for the site."""
    site = _site(request, fqdn)
    form = ProgramForm(site, Program.objects.filter(site=site).first(), posted(request))
    if is_done(request, form, lambda: actions.put_program(site, by=request.user, **form.cleaned_data)):
        return go(request, SERVING, site.fqdn)
    act = Act(
        _("Program of %(site)s") % {"site": site},
        _("It is started beside what answers now, and takes its place once it answers itself."),
        _("Start it"),
    )
    return _ask(request, site, form, act)


@login_required
@ask_or_act
def program_drop(request: Request, fqdn: str) -> HttpResponse:
    """Have nginx answer for the site again."""
    site = _site(request, fqdn)
    form = forms.Form(posted(request))
    if is_done(request, form, lambda: actions.drop_program(site, by=request.user)):
        return go(request, SERVING, site.fqdn)
    act = Act(
        _("Give up the program of %(site)s") % {"site": site},
        _(
            "It is stopped, and its command and variables are forgotten. The files of the site stay, and nginx shows them."
        ),
        _("Give it up"),
        is_dangerous=True,
    )
    return _ask(request, site, form, act)


def _ask(request: Request, site: Site, form: forms.Form, act: Act) -> HttpResponse:
    context = {"site": site, "form": form, "act": act}
    status = 422 if form.is_bound else 200
    return show(request, "hosting/act.html", context, fragment="hosting/_act.html", status=status)


@require_POST
@login_required
def program_restart(request: Request, fqdn: str) -> HttpResponse:
    """Start the program anew."""
    actions.restart_program(_site(request, fqdn), by=request.user)
    return go(request, SERVING, fqdn)


@require_POST
@login_required
def program_stop(request: Request, fqdn: str) -> HttpResponse:
    """Have it run no more."""
    actions.stop_program(_site(request, fqdn), by=request.user)
    return go(request, SERVING, fqdn)


@require_POST
@login_required
def program_start(request: Request, fqdn: str) -> HttpResponse:
    """Start one that was stopped."""
    actions.start_program(_site(request, fqdn), by=request.user)
    return go(request, SERVING, fqdn)
