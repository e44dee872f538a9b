"""Erasing a whole client after its end; for the team."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.manager.core.pages import Request, ask_or_act, go, is_done, posted, show
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again_to_act
from essaim.manager.privacy import client_erasing
from essaim.manager.privacy.forms import EraseClientForm


@login_required
@asks_again_to_act
@ask_or_act
def erase_client(request: Request, slug: str) -> HttpResponse:
    """What erasing a client would do, and doing it."""
    client = get_client(slug, seen_by=request.user)
    require(request.user, "clients.end")
    form = EraseClientForm(posted(request))
    if is_done(request, form, lambda: client_erasing.ask(client, by=request.user, **form.cleaned_data)):
        messages.success(
            request, _("%(name)s will be erased. Until then it can be stopped here.") % {"name": client.name}
        )
        return go(request, "privacy:erase_client", client.slug)
    context = {
        "form": form,
        "client": client,
        "preview": client_erasing.preview(client, seen_by=request.user),
        "erasure": client_erasing.under_way(client),
    }
    return show(request, "privacy/erase_client.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
def stop_client(request: Request, slug: str) -> HttpResponse:
    """Think better of it."""
    client = get_client(slug, seen_by=request.user)
    client_erasing.stop(client, by=request.user)
    messages.success(request, _("Nothing is erased."))
    return go(request, "privacy:erase_client", client.slug)
