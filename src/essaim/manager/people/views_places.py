"""Places of people at a client: another role, an end, leaving, and ownership that is handed over."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.manager.core.pages import Request, ask_or_act, go, made_by, posted, show
from essaim.manager.people import handovers, places, queries
from essaim.manager.people.client_forms import HandoverForm, RoleForm
from essaim.manager.people.models import Membership
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again, asks_again_to_act


@login_required
@ask_or_act
@asks_again
def place(request: Request, slug: str, pk: int) -> HttpResponse:
    """Give somebody another role at a client."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, "clients.people", client)
    place = places.get_place(client, pk)
    form = RoleForm(posted(request), initial={"role": place.role})
    if made_by(request, form, lambda: places.change_role(place, by=request.user, **form.cleaned_data)):
        messages.success(request, _("The role is changed, and a letter says so."))
        return go(request, "people:client", client.slug)
    context = {"form": form, "client": client, "place": place}
    return show(request, "people/place.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
@asks_again_to_act
def place_remove(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take somebody's place away."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, "clients.people", client)
    place = places.get_place(client, pk)
    places.remove(place, by=request.user)
    said = {"name": place.person.name, "client": client.name}
    messages.success(request, _("%(name)s no longer has a place at %(client)s.") % said)
    return go(request, "people:clients") if place.person_id == request.user.pk else go(request, "people:client", slug)


@login_required
@ask_or_act
@asks_again
def leave(request: Request, slug: str) -> HttpResponse:
    """Give up one's own place at a client, once one has said so twice."""
    client = queries.get_client(slug, seen_by=request.user)
    if request.method == "POST":
        places.leave(client, by=request.user)
        messages.success(request, _("You have left %(client)s.") % {"client": client.name})
        return go(request, "people:clients")
    mine = client.memberships.filter(person=request.user).first()
    owners = client.memberships.filter(role=Membership.Role.OWNER).count()
    is_last = mine is not None and mine.role == Membership.Role.OWNER and owners == 1
    return show(request, "people/leave.html", {"client": client, "mine": mine, "is_last": is_last})


@login_required
@ask_or_act
@asks_again
def hand_over(request: Request, slug: str) -> HttpResponse:
    """Offer one's ownership to somebody who has a place there."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, "clients.people", client)
    form = HandoverForm(client, request.user, posted(request))
    if offered := made_by(request, form, lambda: handovers.offer(client, by=request.user, **form.cleaned_data)):
        said = _("%(name)s is asked by a letter. You stay the owner until they accept.")
        messages.success(request, said % {"name": offered.taker.name})
        return go(request, "people:client", client.slug)
    context = {"form": form, "client": client}
    return show(request, "people/hand_over.html", context, status=422 if form.is_bound else 200)


@login_required
@ask_or_act
@asks_again_to_act
def handover(request: Request, pk: int) -> HttpResponse:
    """An offer of ownership: who gets it accepts or declines, who made it withdraws."""
    found = handovers.get_handover(pk, seen_by=request.user)
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act == "accept":
            handovers.accept(found, by=request.user)
            messages.success(request, _("You are the owner of %(client)s now.") % {"client": found.client.name})
        elif act == "withdraw":
            handovers.withdraw(found, by=request.user)
            messages.success(request, _("The offer is withdrawn."))
        else:
            handovers.decline(found, by=request.user)
            messages.success(request, _("You declined: nothing has changed."))
        return go(request, "people:client", found.client.slug)
    return show(request, "people/handover.html", {"handover": found, "is_taker": found.taker_id == request.user.pk})
