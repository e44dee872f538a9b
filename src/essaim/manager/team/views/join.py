"""The public pages: calls for volunteers, the form of who would join, and where the letters lead."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from essaim.manager.core.pages import ask_or_act, is_done, made_by, posted
from essaim.manager.people import second_factor
from essaim.manager.people.forms import NewPasswordForm
from essaim.manager.people.models import Person
from essaim.manager.team import campaigns as calls
from essaim.manager.team import joining, recruiting
from essaim.manager.team.clocks import house_zone
from essaim.manager.team.forms import ApplyForm
from essaim.manager.team.prose import html_of


@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """Calls for volunteers that are open today."""
    return render(request, "team/join.html", {"campaigns": calls.open_campaigns()})


@ask_or_act
def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """One call, and the form of who would answer it."""
    found = calls.get_campaign(slug, for_public=True)
    form = ApplyForm(posted(request), initial={"zone": house_zone().key})
    context = {
        "campaign": found,
        "text": html_of(found.text),
        "form": form,
        "is_open": found.is_open(calls.today()),
    }
    given = {"address": request.META.get("REMOTE_ADDR", ""), "language": get_language() or "fr"}
    if is_done(request, form, lambda: recruiting.apply(found, **form.cleaned_data, **given)):
        return render(request, "team/join_campaign.html", context | {"asked": form.cleaned_data["email"]})
    return render(request, "team/join_campaign.html", context, status=422 if form.is_bound else 200)


@never_cache
@ask_or_act
def prove(request: HttpRequest, text: str) -> HttpResponse:
    """The address is proved by a button: programs that open links of letters press none."""
    found = recruiting.who_proves(text)
    if request.method == "POST":
        recruiting.prove(text)
        return render(request, "team/join_proved.html", {"candidate": found, "is_proved": True})
    return render(request, "team/join_proved.html", {"candidate": found})


@sensitive_post_parameters("password")
@never_cache
@ask_or_act
def welcome(request: HttpRequest, text: str) -> HttpResponse:
    """Join: with the sign-in one has, or with one made here."""
    found = recruiting.who_joins(text)
    context: dict[str, object] = {"candidate": found}
    if isinstance(request.user, Person):
        if request.method == "POST":
            joining.join(text, by=request.user)
            return _welcome(request)
        return render(request, "team/welcome.html", context)
    if Person.objects.filter(email=found.email).exists():
        return redirect(f"{reverse('people:sign_in')}?{urlencode({'next': request.path})}")
    form = NewPasswordForm(posted(request))
    if person := made_by(request, form, lambda: joining.join_anew(text, password=form.cleaned_data["password"])):
        second_factor.sign_in(request, person, reverse("web:home"))
        return _welcome(request)
    return render(request, "team/welcome.html", context | {"form": form}, status=422 if form.is_bound else 200)


def _welcome(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Welcome. A second person of the board opens the team’s pages to you soon."))
    return redirect("web:home")
