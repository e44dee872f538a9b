"""What a person does to one site. A form that is refused comes back with the reason at its field."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, posted, show
from essaim.manager.hosting import access, actions, queries
from essaim.manager.hosting.actions.locks import require_closed
from essaim.manager.hosting.forms import ChangeSiteForm, CloseForm, EraseForm, PhpForm, ReasonForm
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php import generations_of
from essaim.manager.people.step_up import asks_again


def site_to_change(request: Request, fqdn: str) -> Site:
    """The site, for somebody who may change it: a reader is told so before filling in a form."""
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    return site


def ask_about(request: Request, site: Site, form: forms.Form, act: Act) -> HttpResponse:
    """The question before an act, with its form."""
    context = {"site": site, "form": form, "act": act}
    status = 422 if form.is_bound else 200
    return show(request, "hosting/act.html", context, fragment="hosting/_act.html", status=status)


@login_required
@ask_or_act
def change_site(request: Request, fqdn: str) -> HttpResponse:
    """Change what a site answers to and how."""
    site = site_to_change(request, fqdn)
    form = ChangeSiteForm(posted(request), initial=ChangeSiteForm.of(site))
    if is_done(request, form, lambda: actions.change_site(site, by=request.user, **form.cleaned_data)):
        return go(request, "hosting:site", site.fqdn)
    act = Act(
        _("Change %(site)s") % {"site": site},
        _("The site goes on answering while its machine takes the change over."),
        _("Change"),
    )
    return ask_about(request, site, form, act)


@login_required
@ask_or_act
def change_php(request: Request, fqdn: str) -> HttpResponse:
    """Choose a site's PHP version and what it may use."""
    site = site_to_change(request, fqdn)
    form = PhpForm(site, generations_of([site.account.machine]), posted(request))
    if is_done(
        request,
        form,
        lambda: actions.change_site(site, by=request.user, php=form.cleaned_data["php"], php_settings=form.settings),
    ):
        return go(request, "hosting:site", site.fqdn)
    act = Act(
        _("PHP of %(site)s") % {"site": site},
        _("The site goes on answering meanwhile. The version it had can be put back with one click."),
        _("Change PHP"),
    )
    return ask_about(request, site, form, act)


@require_POST
@login_required
def put_php_back(request: Request, fqdn: str) -> HttpResponse:
    """Give a site the PHP version back that it had before the last change."""
    site = site_to_change(request, fqdn)
    actions.put_php_back(site, by=request.user)
    return go(request, "hosting:site", site.fqdn)


@login_required
@ask_or_act
def suspend_site(request: Request, fqdn: str) -> HttpResponse:
    """Stop serving a site and keep its files."""
    site = site_to_change(request, fqdn)
    form = ReasonForm(posted(request))
    if is_done(request, form, lambda: actions.suspend_site(site, by=request.user, reason=form.cleaned_data["reason"])):
        return go(request, "hosting:site", site.fqdn)
    act = Act(
        _("Suspend %(site)s") % {"site": site},
        _("Visitors see a page that says so. Files, settings and certificate stay, and the site can be resumed."),
        _("Suspend"),
    )
    return ask_about(request, site, form, act)


@require_POST
@login_required
def resume_site(request: Request, fqdn: str) -> HttpResponse:
    """Serve a suspended site again."""
    site = site_to_change(request, fqdn)
    actions.resume_site(site, by=request.user)
    return go(request, "hosting:site", site.fqdn)


@login_required
@ask_or_act
def close_site(request: Request, fqdn: str) -> HttpResponse:
    """Take a site off; it is kept for a while."""
    site = site_to_change(request, fqdn)
    form = CloseForm(posted(request))
    if is_done(request, form, lambda: actions.close_site(site, by=request.user, reason=form.cleaned_data["reason"])):
        messages.success(request, _("%(site)s is closed. Until it is erased, it can be restored.") % {"site": site})
        return go(request, "hosting:site", site.fqdn)
    act = Act(
        _("Close %(site)s") % {"site": site},
        _("It is no longer served. Its files are kept for 30 days, in which it can be restored; then they are erased."),
        _("Close"),
        is_dangerous=True,
    )
    return ask_about(request, site, form, act)


@require_POST
@login_required
def restore_site(request: Request, fqdn: str) -> HttpResponse:
    """Bring a closed site back."""
    site = site_to_change(request, fqdn)
    actions.restore_site(site, by=request.user)
    return go(request, "hosting:site", site.fqdn)


@login_required
@ask_or_act
@asks_again
def erase_site(request: Request, fqdn: str) -> HttpResponse:
    """Destroy a closed site's data. Asks for the name as confirmation; what is not closed is refused before the question."""
    site = site_to_change(request, fqdn)
    require_closed(site)
    form = EraseForm((site.fqdn, site.name_unicode), posted(request))
    if is_done(request, form, lambda: actions.erase_site(site, by=request.user)):
        messages.success(request, _("%(site)s is erased.") % {"site": site})
        return go(request, "hosting:sites")
    act = Act(
        _("Erase %(site)s") % {"site": site},
        _("Its files, settings and certificate are destroyed now. Nothing brings them back."),
        _("Erase for good"),
        is_dangerous=True,
    )
    return ask_about(request, site, form, act)


@require_POST
@login_required
def prove_again(request: Request, fqdn: str) -> HttpResponse:
    """Have a site looked at from outside now."""
    site = site_to_change(request, fqdn)
    actions.prove_again(site, by=request.user)
    return go(request, "hosting:site", site.fqdn)
