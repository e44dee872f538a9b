"""Sign-in and sign-out, one's password and keys, the clients one may see."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Request, ask_or_act, go, made_by, posted, refuse, safe_next, show
from essaim.manager.people import actions, queries
from essaim.manager.people.forms import ClientForm, PasswordForm, PlaceForm, SignInForm, TokenForm
from essaim.manager.people.models import Person
from essaim.manager.people.rights import may_change, require_team
from essaim.manager.people.search import find_clients


@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who it is. The session is made anew, so that one planted before sign-in is worth nothing."""
    target = safe_next(request, otherwise=reverse("web:home"))
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request, posted(request))
    if request.method == "POST" and form.is_valid() and form.person is not None:
        login(request, form.person)
        return speak(redirect(target), form.person)
    status = 422 if form.is_bound else 200
    return render(request, "people/sign_in.html", {"form": form, "next": target}, status=status)


def speak(response: HttpResponse, person: Person) -> HttpResponse:
    """From now on, pages are in the language of `person`."""
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, person.language, max_age=365 * 86400, samesite="Lax")
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; signing out twice changes nothing."""
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("people:sign_in")


@sensitive_post_parameters()
@login_required
def password(request: Request) -> HttpResponse:
    """Change one's password. This session goes on, every other one of the person ends."""
    form = PasswordForm(posted(request))

    def change() -> Person:
        given = {name: form.cleaned_data[name] for name in ("password", "current_password")}
        return actions.change_password(request.user, by=request.user, **given)

    if person := made_by(request, form, change):
        update_session_auth_hash(request, person)
        messages.success(request, _("Your password is changed. Your other sessions have ended."))
        return go(request, "people:password")
    return show(request, "people/password.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@login_required
def tokens(request: Request) -> HttpResponse:
    """One's keys to the API. A new one is shown in the answer that made it, and never again."""
    form = TokenForm(request.user, posted(request))
    context: dict[str, object] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                context["token"], context["token_text"] = actions.issue_token(
                    request.user,
                    name=form.cleaned_data["name"],
                    scopes=form.cleaned_data["scopes"],
                    expires_at=form.expires_at,
                    by=request.user,
                )
            except EssaimError as refusal:
                refuse(form, refusal)
            else:
                context["form"], status = TokenForm(request.user), 201
    context |= {"tokens": queries.tokens_of(request.user), "now": timezone.now()}
    return show(request, "people/tokens.html", context, status=status)


@require_POST
@login_required
def revoke(request: Request, pk: int) -> HttpResponse:
    """Revoke one of one's own keys."""
    token = queries.get_token(pk, seen_by=request.user)
    actions.revoke_token(token, by=request.user)
    messages.success(request, _("The key “%(name)s” is revoked.") % {"name": token.name})
    return go(request, "people:tokens")


@require_safe
@login_required
def clients(request: Request) -> HttpResponse:
    """The clients one may see, searched while typing."""
    text, after = request.GET.get("q", ""), request.GET.get("after", "")
    page = find_clients(request.user, text=text, after=after)
    fragment = "people/_client_rows.html" if after else "people/_clients.html"
    return show(request, "people/clients.html", {"page": page, "text": text}, fragment=fragment)


@require_safe
@login_required
def client(request: Request, slug: str) -> HttpResponse:
    """One client: who belongs to it and what it has."""
    client = queries.get_client(slug, seen_by=request.user)
    accounts = client.accounts.select_related("machine").annotate(site_count=Count("sites"))
    context: dict[str, object] = {
        "client": client,
        "members": queries.members_of(client),
        "accounts": list(accounts[:200]),
    }
    context["may_change"] = may_change(request.user, client)
    return show(request, "people/client.html", context)


@login_required
@ask_or_act
def add_client(request: Request) -> HttpResponse:
    """Add a client, then show its page, where its people are added. For the team."""
    require_team(request.user)
    form = ClientForm(posted(request))
    if client := made_by(request, form, lambda: actions.create_client(**form.cleaned_data, by=request.user)):
        messages.success(request, _("%(name)s is a client now. Add who looks after it.") % {"name": client.name})
        return go(request, "people:client", client.slug)
    status = 422 if form.is_bound else 200
    return show(request, "people/add_client.html", {"form": form}, fragment="people/_add_client.html", status=status)


@sensitive_post_parameters("password")
@login_required
@ask_or_act
def add_person(request: Request, slug: str) -> HttpResponse:
    """Give somebody a place at a client, with a sign-in if they have none. For the team."""
    require_team(request.user)
    client = queries.get_client(slug, seen_by=request.user)
    form = PlaceForm(posted(request))
    if place := made_by(request, form, lambda: actions.add_person(client, **form.cleaned_data, by=request.user)):
        who = {"name": place.person.name, "role": place.get_role_display(), "client": client.name}
        messages.success(request, _("%(name)s is %(role)s of %(client)s now.") % who)
        return go(request, "people:client", client.slug)
    context = {"form": form, "client": client}
    status = 422 if form.is_bound else 200
    return show(request, "people/add_person.html", context, fragment="people/_add_person.html", status=status)
