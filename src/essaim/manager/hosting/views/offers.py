"""Offers, the team's: the list, a new one, a change of one, and which of them an account has."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Act, Request, ask_or_act, go, made_by, posted, show
from essaim.manager.hosting import access, actions, offer_queries, queries
from essaim.manager.hosting.models import Offer
from essaim.manager.hosting.offer_forms import CEILING, GiveOfferForm, OfferForm
from essaim.manager.people.rights import require


@require_safe
@login_required
def offers(request: Request) -> HttpResponse:
    """Every offer, with how many accounts have it."""
    require(request.user, "offers.see")
    return show(request, "hosting/offers.html", {"rows": offer_queries.offer_rows()})


@login_required
@ask_or_act
def add_offer(request: Request) -> HttpResponse:
    """Make an offer."""
    require(request.user, "offers.change")
    form = OfferForm(None, posted(request))
    if offer := made_by(request, form, lambda: actions.create_offer(by=request.user, **form.given)):
        messages.success(request, _("The offer “%(name)s” is made.") % {"name": offer.name})
        return go(request, "hosting:offers")
    act = Act(
        _("Add an offer"),
        _("What an account gets that has it. Give it to accounts on their pages."),
        _("Add the offer"),
    )
    return _ask(request, form, act)


@login_required
@ask_or_act
def change_offer(request: Request, slug: str) -> HttpResponse:
    """Offer something else under the same name."""
    require(request.user, "offers.change")
    offer = offer_queries.get_offer(slug)
    form = OfferForm(offer, posted(request))

    def change() -> Offer | None:
        try:
            return actions.change_offer(offer, by=request.user, **form.given)
        except EssaimError as refusal:
            if refusal.field in form.fields:
                raise
            named = f"{CEILING}{refusal.facts.get('name', '')}"
            form.add_error(named if named in form.fields else None, f"{refusal} {refusal.advice}")
            return None

    if made_by(request, form, change):
        messages.success(request, _("The offer “%(name)s” is changed.") % {"name": form.cleaned_data["name"]})
        return go(request, "hosting:offers")
    explanation = _(
        "The accounts that have it follow within a minute. Limits that were set for one account alone stay."
    )
    return _ask(request, form, Act(_("Change the offer %(name)s") % {"name": offer}, explanation, _("Change")))


def _ask(request: Request, form: OfferForm, act: Act) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return show(
        request, "hosting/offer_act.html", {"form": form, "act": act}, fragment="hosting/_offer_act.html", status=status
    )


@login_required
@ask_or_act
def give_offer(request: Request, login: str) -> HttpResponse:
    """Give an account another offer."""
    account = queries.get_account(login, seen_by=request.user)
    access.require(request.user, "sites.change", account)
    require(request.user, "sites.limits")
    form = GiveOfferForm(account.offer, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_offer(account, form.cleaned_data["offer"], by=request.user)
        except EssaimError as refusal:
            form.add_error("offer", f"{refusal} {refusal.advice}")
        else:
            return go(request, "hosting:account", account.login)
    act = Act(
        _("Offer of %(login)s") % {"login": account.login},
        _("Its limits become those of the offer at once. No site of it is interrupted."),
        _("Give this offer"),
    )
    context = {"account": account, "form": form, "act": act}
    status = 422 if form.is_bound else 200
    return show(request, "hosting/account_act.html", context, fragment="hosting/_account_act.html", status=status)
