"""Pages that a letter leads to: an invitation, a forgotten password."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Request, ask_or_act, go, made_by, posted, refuse, show
from essaim.manager.people import actions, invitations, queries, second_factor, throttle
from essaim.manager.people.errors import InvitationForAnother
from essaim.manager.people.forms import FirstPasswordForm, ForgottenForm, InviteForm, NewPasswordForm
from essaim.manager.people.models import Invitation, Person
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again, asks_again_to_act


@login_required
@ask_or_act
@asks_again
def invite(request: Request, slug: str) -> HttpResponse:
    """Offer somebody a place at a client, by letter."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, "clients.people", client)
    form = InviteForm(posted(request), initial={"language": client.language})
    if invitation := made_by(request, form, lambda: invitations.invite(client, **form.cleaned_data, by=request.user)):
        messages.success(request, _("A letter with the invitation goes to %(email)s.") % {"email": invitation.email})
        return go(request, "people:client", client.slug)
    context = {"form": form, "client": client}
    return show(request, "people/invite.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
@asks_again_to_act
def withdraw(request: Request, slug: str, pk: int) -> HttpResponse:
    """The link in a letter opens nothing any more."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, "clients.people", client)
    if invitation := Invitation.objects.select_related("client").filter(client=client, pk=pk).first():
        invitations.withdraw(invitation, by=request.user)
    messages.success(request, _("The invitation is withdrawn: its link opens nothing any more."))
    return go(request, "people:client", client.slug)


@sensitive_post_parameters("password")
@never_cache
@ask_or_act
def invitation(request: HttpRequest, text: str) -> HttpResponse:
    """Take a place: with the sign-in one has, or with one made here."""
    if isinstance(request.user, Person) and (taken := invitations.taken_by(text, request.user)):
        messages.success(request, _("You accepted this invitation before: here is the client."))
        return redirect("people:client", taken.client.slug)
    found = invitations.find(text)
    context: dict[str, object] = {"invitation": found, "here": request.path}
    if isinstance(request.user, Person):
        if request.method == "POST":
            invitations.accept(text, by=request.user)
            return _welcome(request, found)
        if request.user.email != found.email:
            raise InvitationForAnother(email=found.email, yours=request.user.email)
        return render(request, "people/invitation.html", context)
    if Person.objects.filter(email=found.email).exists():
        return redirect(f"{reverse('people:sign_in')}?{urlencode({'next': request.path})}")
    form = FirstPasswordForm(posted(request))
    if person := made_by(request, form, lambda: invitations.accept_anew(text, **form.cleaned_data)):
        second_factor.sign_in(request, person, reverse("people:client", args=[found.client.slug]))
        return _welcome(request, found)
    return render(request, "people/invitation.html", context | {"form": form}, status=422 if form.is_bound else 200)


def _welcome(request: HttpRequest, found: Invitation) -> HttpResponse:
    said = {"client": found.client.name, "role": found.get_role_display()}
    messages.success(request, _("You are %(role)s of %(client)s now.") % said)
    return redirect("people:client", found.client.slug)


@never_cache
@ask_or_act
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a letter with which a forgotten password is replaced. The answer is the same whoever asks."""
    form = ForgottenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        email, address = form.cleaned_data["email"], request.META.get("REMOTE_ADDR", "")
        try:
            throttle.check_asks(address=address, email=email)
        except EssaimError as refusal:
            form.add_error(None, f"{refusal} {refusal.advice}")
        else:
            throttle.note_ask(address=address, email=email)
            actions.ask_for_password(email)
            return render(request, "people/forgotten.html", {"asked": email})
    return render(request, "people/forgotten.html", {"form": form}, status=422 if form.is_bound else 200)


@sensitive_post_parameters()
@never_cache
@ask_or_act
def new_password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Choose a new password by the link of a letter; then sign in with it, and with the second factor if there is one."""
    person = actions.who_opens(uid, token)
    form = NewPasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.replace_password(uid, token, password=form.cleaned_data["password"])
        except EssaimError as refusal:
            refuse(form, refusal)
        else:
            logout(request)
            messages.success(request, _("Your password is changed. Sign in with it."))
            return redirect("people:sign_in")
    context = {"form": form, "email": person.email}
    return render(request, "people/new_password.html", context, status=422 if form.is_bound else 200)
