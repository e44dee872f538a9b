"""Sign-in and sign-out, one's password and keys, the clients one may see."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
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
from essaim.manager.people import actions, handovers, invitations, queries, registration, second_factor, team_notes
from essaim.manager.people.forms import ClientForm, PasswordForm, PlaceForm, SignInForm, TokenForm
from essaim.manager.people.models import Contact, Membership, Person
from essaim.manager.people.rights import clients_with, may, require
from essaim.manager.people.search import find_clients
from essaim.manager.people.step_up import asks_again, asks_again_to_act
from essaim.manager.people.tokens import issue_token, revoke_token


@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who it is. The session is made anew, so that one planted before sign-in is worth nothing."""
    target = safe_next(request, otherwise=reverse("web:home"))
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request, posted(request))
    if request.method == "POST" and form.is_valid() and form.person is not None:
        return speak(second_factor.sign_in(request, form.person, target), form.person)
    status = 422 if form.is_bound else 200
    context = {"form": form, "next": target, "may_register": registration.is_open()}
    return render(request, "people/sign_in.html", context, status=status)


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
@asks_again_to_act
def tokens(request: Request) -> HttpResponse:
    """One's keys to the API. A new one is shown in the answer that made it, and never again."""
    form = TokenForm(request.user, posted(request))
    context: dict[str, object] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                context["token"], context["token_text"] = issue_token(
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
    tokens = list(queries.tokens_of(request.user))
    context |= {"tokens": tokens, "ended": [one for one in tokens if one.is_over], "now": timezone.now()}
    return show(request, "people/tokens.html", context, status=status)


@require_POST
@login_required
@asks_again_to_act
def revoke(request: Request, pk: int) -> HttpResponse:
    """Revoke one of one's own keys."""
    token = queries.get_token(pk, seen_by=request.user)
    revoke_token(token, by=request.user)
    messages.success(request, _("The key “%(name)s” is revoked.") % {"name": token.name})
    return go(request, "people:tokens")


@require_safe
@never_cache
@login_required
def sessions(request: Request) -> HttpResponse:
    """Where one is signed in."""
    return show(request, "people/sessions.html", {"sessions": second_factor.sessions_of(request.user)})


@require_POST
@login_required
@asks_again_to_act
def end_session(request: Request, pk: int) -> HttpResponse:
    """End one of one's own sessions; one that has ended by itself is none."""
    second_factor.end_sessions(request, lambda session: session.pk == pk)
    messages.success(request, _("The session has ended."))
    return go(request, "people:sessions")


@require_POST
@login_required
@asks_again_to_act
def end_other_sessions(request: Request) -> HttpResponse:
    """End all of one's sessions but this one."""
    second_factor.end_sessions(request, lambda session: not session.is_current())
    messages.success(request, _("Your other sessions have ended."))
    return go(request, "people:sessions")


@require_safe
@login_required
def clients(request: Request) -> HttpResponse:
    """The clients one may see, searched while typing."""
    text, after = request.GET.get("q", ""), request.GET.get("after", "")
    failing = request.GET.get("failing") == "1"
    page = find_clients(request.user, text=text, after=after, failing=failing)
    fragment = "people/_client_rows.html" if after else "people/_clients.html"
    return show(request, "people/clients.html", {"page": page, "text": text, "failing": failing}, fragment=fragment)


@require_safe
@login_required
def client(request: Request, slug: str) -> HttpResponse:
    """One client: who belongs to it and what it has."""
    client = queries.get_client(slug, seen_by=request.user)
    given = Q(technicians__membership__person=request.user, technicians__membership__role=Membership.Role.TECHNICIAN)
    accounts = client.accounts.filter(Q(client__in=clients_with(request.user, "sites.see")) | given).distinct()
    accounts = accounts.select_related("machine").annotate(site_count=Count("sites", distinct=True)).order_by("login")
    members = queries.members_of(client)
    context: dict[str, object] = {
        "client": client,
        "members": members,
        "accounts": list(accounts[:200]),
    }
    context["may_change"] = may(request.user, "sites.change", client)
    context["may_write"] = may(request.user, "clients.change", client)
    context["may_invite"] = context["may_own"] = may(request.user, "clients.people", client)
    context["mine"] = next((one for one in members if one.person_id == request.user.pk), None)
    context["handovers"] = handovers.open_handovers(client)
    contacts = context["contacts"] = sorted(client.contacts.all(), key=lambda one: Contact.Kind.values.index(one.kind))
    context["invitations"] = invitations.open_invitations(client)
    if may(request.user, "clients.notes"):
        context["sight"] = team_notes.sight_of(client, members, contacts)
    return show(request, "people/client.html", context)


@login_required
@ask_or_act
def add_client(request: Request) -> HttpResponse:
    """Add a client, then show its page, where its people are added. For the team."""
    require(request.user, "clients.add")
    form = ClientForm(posted(request))
    if client := made_by(request, form, lambda: actions.create_client(**form.cleaned_data, by=request.user)):
        messages.success(request, _("%(name)s is a client now. Add who looks after it.") % {"name": client.name})
        return go(request, "people:client", client.slug)
    status = 422 if form.is_bound else 200
    return show(request, "people/add_client.html", {"form": form}, fragment="people/_add_client.html", status=status)


@sensitive_post_parameters("password")
@login_required
@ask_or_act
@asks_again
def add_person(request: Request, slug: str) -> HttpResponse:
    """Give somebody a place at a client, with a sign-in if they have none. For the team."""
    require(request.user, "people.add")
    client = queries.get_client(slug, seen_by=request.user)
    form = PlaceForm(posted(request))
    if place := made_by(request, form, lambda: actions.add_person(client, **form.cleaned_data, by=request.user)):
        who = {"name": place.person.name, "role": place.get_role_display(), "client": client.name}
        messages.success(request, _("%(name)s is %(role)s of %(client)s now.") % who)
        return go(request, "people:client", client.slug)
    context = {"form": form, "client": client}
    status = 422 if form.is_bound else 200
    return show(request, "people/add_person.html", context, fragment="people/_add_person.html", status=status)
