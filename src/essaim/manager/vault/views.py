"""Secrets: the list, one of them, its value, what is said of it. A value is shown in the answer that opened it, and kept by no cache."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Act, Request, ask_or_act, go, made_by, posted, refuse, show
from essaim.manager.keys.queries import glass_authority
from essaim.manager.people.step_up import asks_again
from essaim.manager.vault import actions, queries, rights
from essaim.manager.vault.forms import AddForm, ChangeForm, CloseForm, UnlockForm, ValueForm
from essaim.manager.vault.models import Secret

ONLY = ("", "mine", "rotate", "closed")


@require_safe
@never_cache
@login_required
def secrets(request: Request) -> HttpResponse:
    """What is in the vault, searched while typing."""
    rights.require_see(request.user)
    asked = {name: request.GET.get(name, "")[:200] for name in ("q", "folder", "only")}
    only = asked["only"] if asked["only"] in ONLY else ""
    rows = queries.find_secrets(request.user, text=asked["q"], folder=asked["folder"], only=only)
    context: dict[str, object] = {"rows": rows, "asked": asked, "folders": queries.folders()}
    context["tabs"] = [
        ("?", _("all")),
        ("?only=mine", _("for me to read")),
        ("?only=rotate", _("to be replaced")),
        ("?only=closed", _("closed")),
    ]
    context["tab"] = f"?only={only}" if only else "?"
    context |= _about_me(request)
    return show(request, "vault/secrets.html", context, fragment="vault/_secrets.html")


def _about_me(request: Request) -> dict[str, object]:
    """What stands above the list: one's key, what waits to be sealed anew, whether there is a break-glass key."""
    return {
        "key": queries.key_of(request.user),
        "stale": queries.stale_for(request.user),
        "break_glass": queries.break_glass_key(),
        "glass_opens": bool(glass_authority()),
        "may_change": rights.may_change(request.user),
        "unlock": UnlockForm(),
    }


@require_safe
@never_cache
@login_required
def secret(request: Request, name: str) -> HttpResponse:
    """One secret: what it is for, who reads it, its versions, what happened to it."""
    return _page(request, name, UnlockForm())


def _page(request: Request, name: str, form: forms.Form, *, status: int = 200, **more: object) -> HttpResponse:
    row = queries.get_row(name, seen_by=request.user)
    context: dict[str, object] = {"row": row, "secret": row.secret, "form": form}
    context["versions"] = list(row.secret.versions.all())
    context["lines"] = queries.readings(row.secret)
    context["key"] = queries.key_of(request.user)
    context["may_change"] = rights.may_change(request.user) and row.secret.closed_at is None
    return show(request, "vault/secret.html", context | more, status=status)


@require_POST
@never_cache
@sensitive_post_parameters("passphrase")
@sensitive_variables("opened")
@login_required
def open_(request: Request, name: str) -> HttpResponse:
    """Open the value with one's passphrase, and show it this once. It stands in the trail."""
    row = queries.get_row(name, seen_by=request.user)
    form = UnlockForm(request.POST)
    number = request.POST.get("version", "")
    opened = made_by(
        request,
        form,
        lambda: actions.open_value(
            row.secret,
            passphrase=form.cleaned_data["passphrase"],
            by=request.user,
            number=int(number) if number.isdecimal() and len(number) < 9 else None,  # noqa: PLR2004 - digits of its column
        ),
    )
    if opened is None:
        return _page(request, name, form, status=422)
    return _page(request, name, UnlockForm(), value=opened.value, opened=opened.version)


@login_required
@never_cache
@sensitive_post_parameters("value")
@ask_or_act
def add(request: Request) -> HttpResponse:
    """Add a secret with its first value."""
    rights.require_change(request.user)
    form = AddForm(posted(request), initial={"people": [request.user.email]})

    @transaction.atomic
    def make() -> Secret:
        given = dict(form.cleaned_data)
        value = given.pop("value")
        made = actions.create_secret(by=request.user, **given)
        actions.put_value(made, value=value, by=request.user)
        return made

    if made := made_by(request, form, make):
        messages.success(request, _("%(name)s is in the vault.") % {"name": made.name})
        return go(request, "vault:secret", made.name)
    act = Act(
        _("Add a secret"),
        _("Its value is sealed for those who may read it, and for the break-glass key."),
        _("Add the secret"),
    )
    return _ask(request, form, act, "")


@login_required
@never_cache
@sensitive_post_parameters("value")
@ask_or_act
def put(request: Request, name: str) -> HttpResponse:
    """Replace the value. The one before stays in the history."""
    rights.require_change(request.user)
    row = queries.get_row(name, seen_by=request.user)
    form = ValueForm(posted(request))
    if made_by(request, form, lambda: actions.put_value(row.secret, value=form.cleaned_data["value"], by=request.user)):
        messages.success(request, _("%(name)s has a new value.") % {"name": name})
        return go(request, "vault:secret", name)
    explanation = _(
        "Change it where it is used first, then here. The value before stays in the history, for those who could read it."
    )
    return _ask(request, form, Act(_("Replace %(name)s") % {"name": name}, explanation, _("Replace the value")), name)


@login_required
@never_cache
@ask_or_act
@asks_again
def change(request: Request, name: str) -> HttpResponse:
    """Change what is said of it, and who reads it."""
    rights.require_change(request.user)
    row = queries.get_row(name, seen_by=request.user)
    form = ChangeForm(posted(request), initial=ChangeForm.of(row))
    if made_by(request, form, lambda: actions.change_secret(row.secret, by=request.user, **form.cleaned_data)):
        messages.success(request, _("%(name)s is changed.") % {"name": name})
        return go(request, "vault:secret", name)
    explanation = _(
        "Whoever you add reads it once a present reader has sealed it anew. Whom you take away could have copied it: replace the value, too."
    )
    return _ask(request, form, Act(_("Change %(name)s") % {"name": name}, explanation, _("Change")), name)


@login_required
@never_cache
@ask_or_act
@asks_again
def close(request: Request, name: str) -> HttpResponse:
    """It is used no more."""
    rights.require_change(request.user)
    row = queries.get_row(name, seen_by=request.user)
    form = CloseForm(posted(request))
    if made_by(request, form, lambda: actions.close_secret(row.secret, by=request.user, **form.cleaned_data)):
        messages.success(request, _("%(name)s is closed.") % {"name": name})
        return go(request, "vault:secrets")
    explanation = _("It leaves the list and the break-glass kit. What happened to it stays.")
    return _ask(
        request, form, Act(_("Close %(name)s") % {"name": name}, explanation, _("Close"), is_dangerous=True), name
    )


@require_POST
@never_cache
@sensitive_post_parameters("passphrase")
@login_required
def seal_anew(request: Request) -> HttpResponse:
    """Seal whatever one can open for those who may read it now."""
    rights.require_see(request.user)
    form = UnlockForm(request.POST)
    if form.is_valid():
        try:
            done = actions.seal_anew(passphrase=form.cleaned_data["passphrase"], by=request.user)
        except EssaimError as refusal:
            refuse(form, refusal)
        else:
            said = ngettext("%(count)s secret is sealed anew.", "%(count)s secrets are sealed anew.", done)
            messages.success(request, said % {"count": done})
            return go(request, "vault:secrets")
    context = _about_me(request) | {"unlock": form, "rows": queries.find_secrets(request.user), "asked": {}}
    return show(request, "vault/secrets.html", context, status=422)


def _ask(request: Request, form: forms.Form, act: Act, name: str) -> HttpResponse:
    context = {"form": form, "act": act, "name": name}
    return show(request, "vault/act.html", context, status=422 if form.is_bound else 200)
