"""One's key to the vault: made here under a passphrase, or kept by oneself and registered."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Request, go, is_done, show
from essaim.manager.people.step_up import asks_again, is_fresh
from essaim.manager.vault import actions, doors, queries, rights
from essaim.manager.vault.forms import ChangePassphraseForm, PassphraseForm, RecipientForm


@require_safe
@never_cache
@login_required
@asks_again
def key(request: Request) -> HttpResponse:
    """One's key, or the two ways to have one. Who it is is asked again here, not at the forms: what is asked again is put away in the
    session meanwhile, where a passphrase must not be.
    """
    rights.require_see(request.user)
    return _page(request)


def _late(request: Request) -> HttpResponse | None:
    """The way back to the page, for who left it open for long."""
    rights.require_see(request.user)
    if is_fresh(request):
        return None
    messages.warning(request, _("The page stood open for long: nothing was changed. Fill it in again."))
    return go(request, "vault:key")


def _page(request: Request, *, status: int = 200, **form: forms.Form) -> HttpResponse:
    context: dict[str, object] = {
        "key": queries.key_of(request.user),
        "make": PassphraseForm(prefix="make"),
        "register": RecipientForm(),
        "passphrase": ChangePassphraseForm(),
        "readable": doors.count_readable(request.user),
    }
    return show(request, "vault/key.html", context | form, status=status)


@require_POST
@sensitive_post_parameters()
@login_required
def make(request: Request) -> HttpResponse:
    """Make a key under a passphrase."""
    if late := _late(request):
        return late
    form = PassphraseForm(request.POST, prefix="make")
    if is_done(request, form, lambda: actions.make_key(request.user, passphrase=form.cleaned_data["passphrase"])):
        messages.success(request, _("You have a key. Those who read the vault can seal its secrets for you now."))
        return go(request, "vault:key")
    return _page(request, status=422, make=form)


@require_POST
@login_required
def register(request: Request) -> HttpResponse:
    """Register the public half of a key that one keeps oneself."""
    if late := _late(request):
        return late
    form = RecipientForm(request.POST)
    if is_done(request, form, lambda: actions.register_key(request.user, **form.cleaned_data)):
        messages.success(request, _("Your public key is registered. Open secrets with essaim vault show."))
        return go(request, "vault:key")
    return _page(request, status=422, register=form)


@require_POST
@sensitive_post_parameters()
@login_required
def passphrase(request: Request) -> HttpResponse:
    """Another passphrase for the same key."""
    if late := _late(request):
        return late
    form = ChangePassphraseForm(request.POST)
    given = ("old", "passphrase")
    if is_done(
        request,
        form,
        lambda: actions.change_passphrase(request.user, **{name: form.cleaned_data[name] for name in given}),
    ):
        messages.success(request, _("Your key has another passphrase."))
        return go(request, "vault:key")
    return _page(request, status=422, passphrase=form)


@require_POST
@login_required
def end(request: Request) -> HttpResponse:
    """End one's key."""
    if late := _late(request):
        return late
    actions.end_key(request.user, by=request.user)
    messages.success(request, _("Your key has ended."))
    return go(request, "vault:key")
