"""Second factors that were lost: asked for while signing in, decided by two of the team, stopped by the link of a letter."""

from allauth.account.internal.stagekit import get_pending_stage
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, made_by, posted, show
from essaim.manager.people import lost_factors
from essaim.manager.people.grant_forms import WhyForm
from essaim.manager.people.step_up import asks_again, asks_again_to_act

KNOWN = gettext_lazy(
    "A call to a number that was known before, a meeting: never by the same mailbox alone. Kept in the trail."
)


class LossForm(forms.Form):
    """What one lost."""

    reason = forms.CharField(
        label=gettext_lazy("What was lost, and when"), max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )


class KnownForm(forms.Form):
    """How it is known that it is them."""

    known_by = forms.CharField(
        label=gettext_lazy("How you know that it is them"),
        max_length=400,
        help_text=KNOWN,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AskForm(LossForm, KnownForm):
    """Who lost what, and how it is known that it is them."""

    email = forms.CharField(label=gettext_lazy("E-mail of the person"), max_length=254)
    field_order = ("email", "reason", "known_by")


@never_cache
@ask_or_act
def lost_factor(request: HttpRequest) -> HttpResponse:
    """For who has shown their password and cannot show the second factor."""
    stage = get_pending_stage(request)
    if stage is None:
        return redirect("people:sign_in")
    form = LossForm(posted(request))
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        context["lost"] = lost_factors.ask_for_oneself(stage.login.user, reason=form.cleaned_data["reason"])
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "people/lost_factor.html", context, status=status)


@never_cache
@ask_or_act
def stop(request: HttpRequest, text: str) -> HttpResponse:
    """It was not me. Opening the link says nothing yet: programs that look at letters open links."""
    lost = lost_factors.stop(text) if request.method == "POST" else lost_factors.find_by_link(text)
    return render(request, "people/lost_factor_stop.html", {"lost": lost})


@require_safe
@never_cache
@login_required
def lost_factor_list(request: Request) -> HttpResponse:
    """What waits for the team, and what was decided."""
    return show(request, "people/lost_factors.html", {"rows": lost_factors.listed(seen_by=request.user)})


@login_required
@asks_again_to_act
@ask_or_act
def ask(request: Request) -> HttpResponse:
    """Ask in the name of somebody, whom one knows."""
    lost_factors.listed(seen_by=request.user)
    form = AskForm(posted(request))
    if lost := made_by(request, form, lambda: lost_factors.ask(by=request.user, **form.cleaned_data)):
        messages.success(
            request, _("Another of the team approves. %(name)s has a letter.") % {"name": lost.person.name}
        )
        return go(request, "people:lost_factors")
    explanation = _(
        "Everything stays as it is until another of the team has approved; the person hears of it at once and can stop it."
    )
    return _ask(request, form, Act(_("A lost second factor"), explanation, _("Ask for it")))


@login_required
@asks_again_to_act
@ask_or_act
def confirm(request: Request, pk: int) -> HttpResponse:
    """Say how one knows that it is them who asked."""
    lost = lost_factors.get_lost(pk, seen_by=request.user)
    form = KnownForm(posted(request))
    if is_done(request, form, lambda: lost_factors.confirm(lost, by=request.user, **form.cleaned_data)):
        messages.success(request, _("Confirmed. Another of the team approves."))
        return go(request, "people:lost_factors")
    title = _("Is it %(name)s who asks?") % {"name": lost.person.name}
    return _ask(request, form, Act(title, lost.reason, _("It is them")))


@require_POST
@login_required
@asks_again
def approve(request: Request, pk: int) -> HttpResponse:
    """Take the lost factor away."""
    lost = lost_factors.approve(lost_factors.get_lost(pk, seen_by=request.user), by=request.user)
    messages.success(
        request, _("%(name)s signs in with the password, and makes another second factor.") % {"name": lost.person.name}
    )
    return go(request, "people:lost_factors")


@login_required
@asks_again_to_act
@ask_or_act
def refuse(request: Request, pk: int) -> HttpResponse:
    """Say no."""
    lost = lost_factors.get_lost(pk, seen_by=request.user)
    form = WhyForm(posted(request))
    if is_done(request, form, lambda: lost_factors.refuse(lost, by=request.user, **form.cleaned_data)):
        messages.success(request, _("Refused: everything stays as it is."))
        return go(request, "people:lost_factors")
    title = _("Refuse: the second factor of %(name)s stays") % {"name": lost.person.name}
    return _ask(request, form, Act(title, lost.reason, _("Refuse"), is_dangerous=True))


def _ask(request: Request, form: forms.Form, act: Act) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return show(request, "people/lost_factor_act.html", {"form": form, "act": act}, status=status)
