"""One's own data: fetched, erased, consented to. For all, the register; for the team, what the next night forgets."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Request, ask_or_act, go, is_done, posted, show
from essaim.manager.core.personal import declarations, nothing
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import clients_with, may, require
from essaim.manager.people.step_up import asks_again, asks_again_to_act
from essaim.manager.privacy import consents, erasing, exporting, retention
from essaim.manager.privacy.forms import EraseMeForm
from essaim.manager.privacy.models import RetentionNight

NIGHTS_SHOWN = 14
CLIENTS_SHOWN = 50


@require_safe
@login_required
def mine(request: Request) -> HttpResponse:
    """What one may do with one's own data."""
    person = request.user
    owned = [] if may(person, "clients.people") else list(clients_with(person, "clients.people")[:CLIENTS_SHOWN])
    context: dict[str, object] = {
        "exports": exporting.exports_of(person),
        "erasure": erasing.under_way(person),
        "asked": consents.asked_of(person),
        "owned": owned,
    }
    return show(request, "privacy/mine.html", context)


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Everything that is held of people, for what, on which ground and how long: for whoever wants to know."""
    context = {"declarations": declarations(), "nothing": [*nothing().items()]}
    return render(request, "privacy/register.html", context)


@require_POST
@login_required
@asks_again_to_act
def export(request: Request) -> HttpResponse:
    """Have one's own data written to a file."""
    return _asked(request, None)


@require_POST
@login_required
@asks_again_to_act
def export_client(request: Request, slug: str) -> HttpResponse:
    """Have a client's data written to a file, for its owners."""
    return _asked(request, slug)


def _asked(request: Request, slug: str | None) -> HttpResponse:
    client = get_client(slug, seen_by=request.user) if slug else None
    made = exporting.ask(request.user, client=client)
    ready = _("The file is ready: fetch it below. It is kept for seven days.")
    messages.success(
        request, ready if made.ready_at else _("The file is being prepared. A letter tells you when it is ready.")
    )
    return go(request, "privacy:mine")


@require_safe
@never_cache
@login_required
@asks_again
def download(request: Request, pk: int) -> HttpResponseBase:
    """The file, for who asked for it."""
    found = exporting.get(request.user, pk)
    whose = found.client.slug if found.client else "me"
    name = f"essaim-{whose}-{found.asked_at:%Y-%m-%d}.zip"
    return FileResponse(exporting.path_of(found).open("rb"), as_attachment=True, filename=name)


@login_required
@ask_or_act
@asks_again
def erase(request: Request) -> HttpResponse:
    """What an erasure of oneself would do, and doing it."""
    form = EraseMeForm(posted(request))
    if is_done(request, form, lambda: erasing.ask(request.user, confirm=form.cleaned_data["confirm"])):
        messages.success(request, _("You will be erased. Until then you can stop it here."))
        return go(request, "privacy:mine")
    context = {"form": form, "preview": erasing.preview(request.user), "erasure": erasing.under_way(request.user)}
    return show(request, "privacy/erase.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
def stop(request: Request) -> HttpResponse:
    """Think better of it: nobody is asked who they are for that."""
    erasing.stop(request.user)
    messages.success(request, _("Nothing is erased: you stay."))
    return go(request, "privacy:mine")


@require_POST
@login_required
def give(request: Request, purpose: str) -> HttpResponse:
    """Consent."""
    consents.give(request.user, purpose)
    messages.success(request, _("Noted: yes. You can say no again at any time."))
    return go(request, "privacy:mine")


@require_POST
@login_required
def withdraw(request: Request, purpose: str) -> HttpResponse:
    """Consent no longer."""
    consents.withdraw(request.user, purpose)
    messages.success(request, _("Noted: no. Nothing more is done for this."))
    return go(request, "privacy:mine")


@require_safe
@login_required
def retention_page(request: Request) -> HttpResponse:
    """What the next night forgets, and what the last ones did; for the team."""
    require(request.user, "privacy.keep")
    context = {
        "going": retention.going(),
        "nights": list(RetentionNight.objects.all()[:NIGHTS_SHOWN]),
        "now": timezone.now(),
    }
    return show(request, "privacy/retention.html", context)
