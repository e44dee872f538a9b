"""Somebody leaves: first what it would mean, then one button."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _

from essaim.manager.core.pages import Request, ask_or_act, go, made_by, posted
from essaim.manager.people.step_up import asks_again_to_act
from essaim.manager.team import gate
from essaim.manager.team import leaving as actions
from essaim.manager.team.errors import MemberNotFound
from essaim.manager.team.forms import LeaveForm
from essaim.manager.team.roll import team
from essaim.manager.team.views import show_here


@login_required
@ask_or_act
@asks_again_to_act
def leave(request: Request, pk: int) -> HttpResponse:
    """What would close and what only they can do; then close it all, and hand that over."""
    gate.require(request.user, "team.see" if request.user.pk == pk else "team.manage")
    person = team().filter(pk=pk).first()
    if person is None:
        raise MemberNotFound(email="–")
    form = LeaveForm(person, posted(request))
    if made_by(request, form, lambda: actions.leave(person, **form.cleaned_data, by=request.user)):
        if request.user.pk == pk:
            return go(request, "web:home")
        messages.success(request, _("%(name)s has left the team. Every door is closed.") % {"name": person.name})
        return go(request, "team:team")
    context = {"form": form, "outlook": actions.outlook(person, seen_by=request.user), "is_self": request.user.pk == pk}
    return show_here(request, "team/leave.html", context, status=422 if form.is_bound else 200)
