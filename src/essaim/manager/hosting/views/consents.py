"""A client's consents: who may have names under its domains, or names that look like its own."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Request, ask_or_act, go, posted, refuse, show
from essaim.manager.hosting import actions, queries
from essaim.manager.hosting.forms import ConsentForm
from essaim.manager.people.models import Client, Person
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import may, require


@login_required
@ask_or_act
def consents(request: Request, slug: str) -> HttpResponse:
    """What a client consented to and what others consented to for it; a form to give one."""
    client = get_client(slug, seen_by=request.user)
    form = ConsentForm(posted(request))
    if request.method == "POST":
        require(request.user, "sites.change", client)
        if form.is_valid() and _give(form, client, request.user):
            said = _("%(guest)s may have %(name)s now.")
            messages.success(request, said % form.cleaned_data)
            return go(request, "hosting:consents", client.slug)
    found = list(queries.consents_of(client))
    context: dict[str, object] = {
        "client": client,
        "form": form,
        "given": [consent for consent in found if consent.owner_id == client.pk],
        "received": [consent for consent in found if consent.guest_id == client.pk],
        "may_change": may(request.user, "sites.change", client),
    }
    return show(request, "hosting/consents.html", context, status=422 if form.is_bound else 200)


def _give(form: ConsentForm, owner: Client, by: Person) -> bool:
    """Whether the consent is given; if not, the form says why."""
    try:
        guest = queries.get_guest(form.cleaned_data["guest"])
        actions.give_consent(fqdn=form.cleaned_data["name"], owner=owner, guest=guest, by=by)
    except EssaimError as refusal:
        refuse(form, refusal)
        return False
    return True


@require_POST
@login_required
def withdraw_consent(request: Request, slug: str, pk: int) -> HttpResponse:
    """Let the other client take no further names; those it has, it keeps."""
    client = get_client(slug, seen_by=request.user)
    require(request.user, "sites.change", client)
    consent = queries.get_consent(pk, owner=client)
    actions.withdraw_consent(fqdn=consent.fqdn, owner=client, guest=consent.guest, by=request.user)
    said = _("The consent to %(name)s is withdrawn. What %(guest)s already has, stays.")
    messages.success(request, said % {"name": consent.name_unicode, "guest": consent.guest.slug})
    return go(request, "hosting:consents", client.slug)
