"""For the team: notes about a client, and the procedure by which it comes to its end."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Request, ask_or_act, go, is_done, posted, show
from essaim.manager.people import endings, queries, team_notes
from essaim.manager.people.client_errors import DocumentRefused
from essaim.manager.people.models import Client, Ending
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again_to_act


class EndingForm(forms.Form):
    """Why a client comes to its end, and when."""

    cause = forms.ChoiceField(label=gettext_lazy("Why"), choices=Ending.Cause.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("What is known"),
        max_length=4000,
        help_text=gettext_lazy("From whom, since when, who looks after what is left. Kept in the trail."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Services end on"),
        help_text=gettext_lazy("Accounts are closed then, and kept for thirty days more."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


@require_POST
@login_required
def note(request: Request, slug: str) -> HttpResponse:
    """Keep a note about a client."""
    client = queries.get_client(slug, seen_by=request.user)
    team_notes.write_note(client, text=request.POST.get("text", ""), by=request.user)
    messages.success(request, _("The note is kept. The client does not see it."))
    return go(request, "people:client", slug)


@require_POST
@login_required
def note_erase(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take a note away."""
    client = queries.get_client(slug, seen_by=request.user)
    team_notes.erase_note(client, pk, by=request.user)
    messages.success(request, _("The note is erased."))
    return go(request, "people:client", slug)


@login_required
@asks_again_to_act
@ask_or_act
def ending(request: Request, slug: str) -> HttpResponse:
    """The procedure of a client's end, from the proposal to the day on which services end."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, "clients.end")
    found = client.endings.select_related("proposed_by", "approved_by").first()
    is_open = found is not None and found.state in (Ending.State.PROPOSED, Ending.State.APPROVED)
    if found is not None and is_open and request.method == "POST":
        return _act(request, client, found)
    form = EndingForm(posted(request), initial={"ends_on": timezone.localdate()})
    if is_done(request, form, lambda: endings.propose(client, by=request.user, **form.cleaned_data)):
        messages.success(request, _("It is proposed. Add the papers; another of the team approves."))
        return go(request, "people:ending", client.slug)
    documents = list(found.documents.defer("content")) if found else []
    context = {"form": form, "client": client, "ending": found, "is_open": is_open, "documents": documents}
    return show(request, "people/ending.html", context, status=422 if form.is_bound else 200)


def _act(request: Request, client: Client, found: Ending) -> HttpResponse:
    act, file = request.POST.get("act", ""), request.FILES.get("document")
    if act == "approve":
        endings.approve(found, by=request.user)
        messages.success(request, _("Approved."))
    elif act == "withdraw":
        endings.withdraw(found, by=request.user)
        messages.success(request, _("The procedure is stopped; nothing has ended."))
    elif file is None or (file.size or 0) > endings.DOCUMENT_BYTES_MAX:
        raise DocumentRefused(filename=file.name if file else "")
    else:
        endings.add_document(found, filename=str(file.name), content=file.read(), by=request.user)
        messages.success(request, _("The document is kept."))
    return go(request, "people:ending", client.slug)


@require_safe
@login_required
def ending_document(request: Request, slug: str, pk: int) -> HttpResponse:
    """A paper of the procedure, to download."""
    client = queries.get_client(slug, seen_by=request.user)
    document = endings.get_document(client, pk, seen_by=request.user)
    named = f'attachment; filename="{document.sha256[:12]}.{document.kind.partition("/")[2]}"'
    return HttpResponse(bytes(document.content), content_type=document.kind, headers={"Content-Disposition": named})
