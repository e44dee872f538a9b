"""The extensions of an account's PHP: those of one version are chosen together."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, posted, show
from essaim.manager.hosting import access, actions, queries
from essaim.manager.hosting.extensions import choices_of, label_of
from essaim.manager.hosting.models import Account
from essaim.manager.hosting.php import parse_php


class ExtensionsForm(forms.Form):
    """What PHP of one version is to load."""

    extensions = forms.MultipleChoiceField(
        label=gettext_lazy("Extensions"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, account: Account, version: str, data: object = None) -> None:
        chosen, choices = account.php_extensions.get(version, []), choices_of(account, version)
        super().__init__(data, initial={"extensions": [name for name in chosen if name in choices]})  # type: ignore[arg-type]  # the stubs want a QueryDict; any mapping will do
        if not choices:
            del self.fields["extensions"]
            return
        self.fields["extensions"].choices = [(name, label_of(name)) for name in choices]  # type: ignore[attr-defined]  # the stubs know a Field, it is a MultipleChoiceField


@login_required
@ask_or_act
def choose_extensions(request: Request, login: str, version: str) -> HttpResponse:
    """Choose what the account's PHP of this version loads."""
    account = queries.get_account(login, seen_by=request.user)
    access.require(request.user, "sites.change", account)
    version = parse_php(version, account.machine)
    form = ExtensionsForm(account, version, posted(request))

    def choose() -> Account:
        names = form.cleaned_data.get("extensions", [])
        return actions.choose_extensions(account, version=version, names=names, by=request.user)

    if is_done(request, form, choose):
        said = _("PHP %(php)s of %(login)s starts anew with what you chose. No visitor is interrupted.")
        messages.success(request, said % {"php": version, "login": account.login})
        return go(request, "hosting:account", account.login)
    explanation = _("What you choose holds for all sites of this account that have PHP %(php)s.") % {"php": version}
    button = _("Choose")
    if not form.fields:
        explanation = _("The account's offer has no extension to choose from for PHP %(php)s.") % {"php": version}
        button = _("Forget what was chosen") if account.php_extensions.get(version) else ""
    title = _("Extensions of PHP %(php)s of %(login)s") % {"php": version, "login": account.login}
    context = {"account": account, "form": form, "act": Act(title, explanation, button)}
    status = 422 if form.is_bound else 200
    return show(request, "hosting/account_act.html", context, fragment="hosting/_account_act.html", status=status)
