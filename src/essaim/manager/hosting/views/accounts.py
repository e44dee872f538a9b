"""Accounts: the list, one account with its sites and story, what is done to one."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, posted, show
from essaim.manager.hosting import access, actions, extensions, queries
from essaim.manager.hosting.actions.locks import require_closed
from essaim.manager.hosting.attention import find_accounts
from essaim.manager.hosting.erased import erased_account
from essaim.manager.hosting.errors import AccountNotFound
from essaim.manager.hosting.forms import CloseForm, EraseForm, LimitsForm, ReasonForm
from essaim.manager.hosting.models import Account
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again

GONE = 410


@require_safe
@login_required
def accounts(request: Request) -> HttpResponse:
    """Accounts that the reader may see, searched while they type."""
    text, after = request.GET.get("text", ""), request.GET.get("after", "")
    page = find_accounts(request.user, text=text, after=after)
    fragment = "hosting/_account_rows.html" if after else "hosting/_accounts.html"
    return show(request, "hosting/accounts.html", {"page": page, "text": text}, fragment=fragment)


@require_safe
@login_required
def account(request: Request, login: str) -> HttpResponse:
    """One account: its limits, its sites, what happened to it. Of an erased one, the team reads the story."""
    try:
        account = queries.get_account(login, seen_by=request.user)
    except AccountNotFound:
        gone = erased_account(login, seen_by=request.user)
        if gone is None:
            raise
        return show(request, "hosting/erased.html", {"gone": gone, "kind": "account"}, status=GONE)
    sites = queries.sites_of(account)
    context: dict[str, object] = {
        "account": account,
        "sites": sites,
        "extensions": extensions.of_account(account, sites),
        "story": queries.story_of_account(account),
        "may_change": access.may(request.user, "sites.change", account),
    }
    return show(request, "hosting/account.html", context)


def _account(request: Request, login: str) -> Account:
    """The account, for somebody who may change it."""
    account = queries.get_account(login, seen_by=request.user)
    access.require(request.user, "sites.change", account)
    return account


def _ask(request: Request, account: Account, form: forms.Form, act: Act) -> HttpResponse:
    context = {"account": account, "form": form, "act": act}
    status = 422 if form.is_bound else 200
    return show(request, "hosting/account_act.html", context, fragment="hosting/_act.html", status=status)


@login_required
@ask_or_act
def change_account(request: Request, login: str) -> HttpResponse:
    """Change what an account may use: the team's business."""
    account = _account(request, login)
    require(request.user, "sites.limits")
    form = LimitsForm(posted(request), initial=LimitsForm.of(account))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_account(account, by=request.user, **form.limits)
        except EssaimError as refusal:
            form.add_error(None, f"{refusal} {refusal.advice}")
        else:
            return go(request, "hosting:account", account.login)
    act = Act(_("Change %(login)s") % {"login": account.login}, _("The new limits hold at once."), _("Change"))
    return _ask(request, account, form, act)


@login_required
@ask_or_act
def suspend_account(request: Request, login: str) -> HttpResponse:
    """Stop serving every site of an account."""
    account = _account(request, login)
    form = ReasonForm(posted(request))
    if is_done(
        request, form, lambda: actions.suspend_account(account, by=request.user, reason=form.cleaned_data["reason"])
    ):
        return go(request, "hosting:account", account.login)
    act = Act(
        _("Suspend %(login)s") % {"login": account.login},
        _("Visitors of all its sites see a page that says so. Files and settings stay, and it can be resumed."),
        _("Suspend"),
    )
    return _ask(request, account, form, act)


@require_POST
@login_required
def resume_account(request: Request, login: str) -> HttpResponse:
    """Serve a suspended account's sites again."""
    account = _account(request, login)
    actions.resume_account(account, by=request.user)
    return go(request, "hosting:account", account.login)


@login_required
@ask_or_act
def close_account(request: Request, login: str) -> HttpResponse:
    """Take an account and its sites off; they are kept for a while."""
    account = _account(request, login)
    form = CloseForm(posted(request))
    if is_done(
        request, form, lambda: actions.close_account(account, by=request.user, reason=form.cleaned_data["reason"])
    ):
        messages.success(request, _("%(login)s is closed. Until it is erased, it can be restored.") % {"login": login})
        return go(request, "hosting:account", account.login)
    act = Act(
        _("Close %(login)s") % {"login": account.login},
        _("None of its sites is served any longer. Everything is kept for 30 days, then erased."),
        _("Close"),
        is_dangerous=True,
    )
    return _ask(request, account, form, act)


@require_POST
@login_required
def restore_account(request: Request, login: str) -> HttpResponse:
    """Bring a closed account back."""
    account = _account(request, login)
    actions.restore_account(account, by=request.user)
    return go(request, "hosting:account", account.login)


@login_required
@ask_or_act
@asks_again
def erase_account(request: Request, login: str) -> HttpResponse:
    """Destroy a closed account's data. Asks for its login; what is not closed is refused before the question."""
    account = _account(request, login)
    require_closed(account)
    form = EraseForm((account.login,), posted(request))
    if is_done(request, form, lambda: actions.erase_account(account, by=request.user)):
        messages.success(request, _("%(login)s is erased.") % {"login": login})
        return go(request, "hosting:accounts")
    act = Act(
        _("Erase %(login)s") % {"login": account.login},
        _("Its files and sites are destroyed now. Nothing brings them back."),
        _("Erase for good"),
        is_dangerous=True,
    )
    return _ask(request, account, form, act)
