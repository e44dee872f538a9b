"""Which accounts a technician of a client looks after."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from essaim.manager.core.pages import Request, ask_or_act, go, is_done, posted, show
from essaim.manager.hosting import access
from essaim.manager.people.models import Membership
from essaim.manager.people.places import get_place
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again_to_act


class TechnicianForm(forms.Form):
    """The accounts of one client, to tick."""

    logins = forms.MultipleChoiceField(
        label=gettext_lazy("Accounts"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, place: Membership, data: object = None) -> None:
        super().__init__(data, initial={"logins": access.accounts_of(place)})  # type: ignore[arg-type]  # the stubs want a QueryDict
        logins = place.client.accounts.order_by("login").values_list("login", flat=True)
        self.fields["logins"].choices = [(login, login) for login in logins]  # type: ignore[attr-defined]  # a ChoiceField


@login_required
@asks_again_to_act
@ask_or_act
def technician(request: Request, slug: str, pk: int) -> HttpResponse:
    """Say which accounts a technician looks after."""
    client = get_client(slug, seen_by=request.user)
    require(request.user, "clients.people", client)
    place = get_place(client, pk)
    form = TechnicianForm(place, posted(request))
    if is_done(request, form, lambda: access.give_accounts(place, form.cleaned_data["logins"], by=request.user)):
        messages.success(request, _("%(name)s looks after these accounts now.") % {"name": place.person.name})
        return go(request, "people:client", client.slug)
    context = {"form": form, "client": client, "place": place}
    return show(request, "hosting/technician.html", context, status=422 if form.is_bound else 200)
