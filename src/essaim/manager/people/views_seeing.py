"""See as the client: begin, and leave."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, posted, show
from essaim.manager.people import queries, seeing
from essaim.manager.people.grant_forms import WhyForm
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again


@login_required
@asks_again
@ask_or_act
def see_as(request: Request, slug: str) -> HttpResponse:
    """Ask why, then see as an owner of the client does."""
    client = queries.get_client(slug, seen_by=request.user)
    require(request.user, seeing.RIGHT)
    form = WhyForm(posted(request))
    if is_done(
        request, form, lambda: seeing.begin(request, client, by=request.user, reason=form.cleaned_data["reason"])
    ):
        return go(request, "web:home")
    act = Act(
        _("See as %(client)s") % {"client": client.name},
        _(
            "You read what an owner of this client reads, for half an hour at most, and change nothing. "
            "They find who looked, when and why in their history."
        ),
        _("See as the client"),
    )
    context = {"form": form, "act": act, "client": client}
    status = 422 if form.is_bound else 200
    return show(request, "people/see_as.html", context, status=status)


@require_POST
@login_required
def leave(request: Request) -> HttpResponse:
    """See as oneself again."""
    seeing.leave(request, by=request.user)
    messages.success(request, _("You see as yourself again."))
    return go(request, "web:home")
