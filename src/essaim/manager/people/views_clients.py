"""What a client is: its details and contacts, and what happened to it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from essaim.manager.core.pages import Request, ask_or_act, go, is_done, made_by, posted, show
from essaim.manager.core.trail import find_lines
from essaim.manager.people import queries
from essaim.manager.people.client_details import FIELDS, change_contact, change_details
from essaim.manager.people.client_forms import ContactsForm, DetailsForm
from essaim.manager.people.rights import require


@login_required
@ask_or_act
def change_client(request: Request, slug: str) -> HttpResponse:
    """Change what a client is."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, "clients.change", client)
    form = DetailsForm(posted(request), initial={name: getattr(client, name) for name in FIELDS})
    if made_by(request, form, lambda: change_details(client, by=request.user, **form.cleaned_data)):
        messages.success(request, _("What was changed is kept."))
        return go(request, "people:client", client.slug)
    context = {"form": form, "client": client}
    return show(request, "people/client_change.html", context, status=422 if form.is_bound else 200)


@login_required
@ask_or_act
def change_contacts(request: Request, slug: str) -> HttpResponse:
    """Say whom the house writes to about each side of a client."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, "clients.change", client)
    form = ContactsForm(client, posted(request))

    @transaction.atomic
    def change() -> None:
        for kind, reached in form.reached.items():
            change_contact(client, kind, by=request.user, reached=reached)

    if is_done(request, form, change):
        messages.success(request, _("The contacts are kept."))
        return go(request, "people:client", client.slug)
    context = {"form": form, "client": client}
    return show(request, "people/client_contacts.html", context, status=422 if form.is_bound else 200)


@require_safe
@login_required
def client_history(request: Request, slug: str) -> HttpResponse:
    """Who did what to a client and to what is its own, with what stood there before."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, "clients.people", client)
    after = request.GET.get("after", "")
    page = find_lines(client=client.slug, after=after)
    fragment = "people/_client_history.html" if after else ""
    return show(request, "people/client_history.html", {"page": page, "client": client}, fragment=fragment)
