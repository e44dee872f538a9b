"""The pages of a site's rules: each asks for one part, shows what would change, and does it."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.contract.rules import Rules
from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Request, ask_or_act, go, is_done, posted, show
from essaim.manager.hosting import access, actions, queries
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.rule_errors import RulePassword, RuleUser
from essaim.manager.hosting.rule_forms import (
    AccessForm,
    FilesForm,
    HeadersForm,
    MaintenanceForm,
    NamesForm,
    ProtectForm,
    RedirectsForm,
    RulesForm,
    refused,
)
from essaim.manager.hosting.rule_words import difference
from essaim.manager.hosting.rules import checked, maintenance_of, rules_of, tidied
from essaim.manager.hosting.serving import own_address

SERVING = "hosting:site_serving"
LOOK = "look"
"""Name of the button that shows what would change, and changes nothing."""


def _site(request: Request, fqdn: str) -> Site:
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    return site


def _rules(
    request: Request, fqdn: str, form_class: type[RulesForm], title: str | Promise, **more: object
) -> HttpResponse:
    """Ask for one part of the rules. `LOOK` shows what would change; otherwise it is done."""
    site = _site(request, fqdn)
    form = form_class(site, posted(request))
    wanted = _wanted(form, site)
    if wanted is not None and LOOK not in request.POST and _is_changed(request, form, site):
        return go(request, SERVING, site.fqdn)
    context = {
        "site": site,
        "form": form,
        "title": title,
        "rows": difference(form.before, wanted) if wanted is not None else [],
        "is_look": wanted is not None,
        "warnings": list(form.warnings(wanted, own_address(request))) if wanted is not None else [],
        "back": reverse(SERVING, args=[site.fqdn]),
        **more,
    }
    is_refused = form.is_bound and not form.is_valid()
    return show(request, "hosting/rules_form.html", context, status=422 if is_refused else 200)


def _wanted(form: RulesForm, site: Site) -> Rules | None:
    """The rules that were asked for; None: nothing was sent, or it is refused, which stands in the form then."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return checked(tidied(form.applied(form.before)), site)
    except EssaimError as refusal:
        refused(form, refusal)
        return None


def _is_changed(request: Request, form: RulesForm, site: Site) -> bool:
    """Whether it was done. Somebody may have changed the rules since they were looked at: then it is refused in the form, too."""
    try:
        actions.change_rules(site, by=request.user, change=form.applied)
    except EssaimError as refusal:
        return refused(form, refusal)
    return True


@login_required
@ask_or_act
def change_redirects(request: Request, fqdn: str) -> HttpResponse:
    """Choose which paths lead elsewhere."""
    return _rules(request, fqdn, RedirectsForm, _("Redirects"), example="redirects")


@login_required
@ask_or_act
def change_headers(request: Request, fqdn: str) -> HttpResponse:
    """Choose what is said with each answer."""
    return _rules(request, fqdn, HeadersForm, _("Headers"))


@login_required
@ask_or_act
def change_files(request: Request, fqdn: str) -> HttpResponse:
    """Choose what answers where there is no file, and how long files are kept."""
    return _rules(request, fqdn, FilesForm, _("Files"))


@login_required
@ask_or_act
def change_names(request: Request, fqdn: str) -> HttpResponse:
    """Choose which name is the site's own, or lead it elsewhere."""
    return _rules(request, fqdn, NamesForm, _("Names"))


@login_required
@ask_or_act
def change_access(request: Request, fqdn: str) -> HttpResponse:
    """Choose which networks reach which folder; the passwords of folders stand beside."""
    site = _site(request, fqdn)
    return _rules(
        request, fqdn, AccessForm, _("Access"), protected=rules_of(site).protected, address=own_address(request)
    )


@login_required
@ask_or_act
def protect(request: Request, fqdn: str) -> HttpResponse:
    """Give somebody a password for a folder."""
    site = _site(request, fqdn)
    form = ProtectForm(posted(request), initial={"path": request.GET.get("path", "")})
    if _is_protected(request, form, site):
        return go(request, "hosting:access", site.fqdn)
    context = {
        "site": site,
        "form": form,
        "title": _("A password for a folder"),
        "back": reverse("hosting:access", args=[site.fqdn]),
        "is_in_the_clear": site.https != Site.Https.LIVE or not site.https_only,
        "is_plain": True,
    }
    return show(request, "hosting/rules_form.html", context, status=422 if form.is_bound else 200)


_AT: dict[type[EssaimError], str] = {RulePassword: "password", RuleUser: "user"}
"""The field of that form that a refusal is about; any other is about the folder."""


def _is_protected(request: Request, form: forms.Form, site: Site) -> bool:
    if not form.is_bound or not form.is_valid():
        return False
    given = form.cleaned_data
    try:
        actions.protect(site, by=request.user, path=given["path"], user=given["user"], password=given["password"])
    except EssaimError as refusal:
        return refused(form, refusal, at=_AT.get(type(refusal), "path"))
    messages.success(
        request, _("%(user)s has a password for %(path)s.") % {"user": given["user"], "path": given["path"]}
    )
    return True


@require_POST
@login_required
def unprotect(request: Request, fqdn: str) -> HttpResponse:
    """Take somebody's password for a folder away."""
    site = _site(request, fqdn)
    actions.unprotect(site, by=request.user, path=request.POST.get("path", ""), user=request.POST.get("user", ""))
    return go(request, "hosting:access", site.fqdn)


@require_POST
@login_required
def put_rules_back(request: Request, fqdn: str) -> HttpResponse:
    """Give a site the rules back that it had before the last change."""
    site = _site(request, fqdn)
    actions.put_rules_back(site, by=request.user)
    return go(request, SERVING, site.fqdn)


@login_required
@ask_or_act
def maintain(request: Request, fqdn: str) -> HttpResponse:
    """Have visitors told that the site is being worked on."""
    site = _site(request, fqdn)
    form = MaintenanceForm(posted(request), initial=_maintenance_shown(request, site))
    if is_done(request, form, lambda: _begin(request, site, form)):
        return go(request, SERVING, site.fqdn)
    if site.maintenance is None:
        del form.fields["renew"]
    context = {
        "site": site,
        "form": form,
        "title": _("Maintenance"),
        "back": reverse(SERVING, args=[site.fqdn]),
        "button": _("Change what visitors read") if site.maintenance else _("Begin maintenance"),
        "address": own_address(request),
        "is_plain": True,
    }
    return show(request, "hosting/rules_form.html", context, status=422 if form.is_bound else 200)


def _maintenance_shown(request: Request, site: Site) -> dict[str, object]:
    now = maintenance_of(site)
    if now is None:
        return {"own": True}
    moment = datetime.fromtimestamp(now.until, timezone.get_current_timezone()) if now.until else None
    own = own_address(request)
    others = [network for network in now.networks if network != own]
    return {
        "sentence": now.sentence,
        "until": moment,
        "own": len(others) < len(now.networks),
        "networks": ", ".join(others),
    }


def _begin(request: Request, site: Site, form: MaintenanceForm) -> None:
    given = form.cleaned_data
    networks = given["networks"].replace(",", " ").split()
    actions.begin_maintenance(
        site,
        by=request.user,
        sentence=given["sentence"],
        until=form.given_until,
        networks=[*networks, own_address(request)] if given["own"] else networks,
        is_link_new=bool(given.get("renew")),
    )


@require_POST
@login_required
def end_maintenance(request: Request, fqdn: str) -> HttpResponse:
    """Have visitors see the site again."""
    site = _site(request, fqdn)
    actions.end_maintenance(site, by=request.user)
    return go(request, SERVING, site.fqdn)
