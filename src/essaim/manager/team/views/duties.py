"""The bus factor, and the duties that count in it."""

from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core import continuity
from essaim.manager.core.pages import Request, ask_or_act, go, made_by, posted
from essaim.manager.team import duties as actions
from essaim.manager.team import gate
from essaim.manager.team.forms import DutyForm
from essaim.manager.team.roll import team
from essaim.manager.team.views import show_here


@require_safe
@login_required
def bus_factor(request: Request) -> HttpResponse:
    """For each right, secret and duty, who can; and what nobody could if one or two left today."""
    gate.require(request.user, "team.see")
    matters, people = continuity.matters(), list(team())
    names = {person.pk: person.name for person in people}
    labels = {kind.name: kind.label for kind in continuity.kinds()}
    asked = [int(value) for value in (request.GET.get("one", ""), request.GET.get("two", "")) if value.isdecimal()]
    gone = [person for person in people if person.pk in asked]
    rows = [(matter, sorted(names[pk] for pk in matter.who if pk in names)) for matter in matters]
    rows.sort(key=lambda row: row[0].kind)
    context = {
        "factor": continuity.bus_factor(matters),
        "kinds": [(labels[kind], list(group)) for kind, group in groupby(rows, key=lambda row: row[0].kind)],
        "alone": sum(len(matter.who) <= 1 for matter in matters),
        "people": people,
        "asked": asked,
        "gone": gone,
        "lost": continuity.lost_without([person.pk for person in gone], matters) if gone else [],
        "labels": labels,
        "may_manage": gate.may(request.user, "team.manage"),
    }
    return show_here(request, "team/bus_factor.html", context)


@require_safe
@login_required
def duties(request: Request) -> HttpResponse:
    """Each duty, what it takes, who can."""
    gate.require(request.user, "team.see")
    rows = actions.all_duties()
    return show_here(request, "team/duties.html", {"duties": rows, "may_manage": gate.may(request.user, "team.manage")})


@login_required
@ask_or_act
def add(request: Request) -> HttpResponse:
    """Write down another duty."""
    gate.require(request.user, "team.manage")
    form = DutyForm(posted(request))
    if duty := made_by(request, form, lambda: actions.add_duty(**form.cleaned_data, by=request.user)):
        messages.success(request, _("“%(name)s” is a duty now.") % {"name": duty.name})
        return go(request, "team:duties")
    return show_here(request, "team/duty.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
@ask_or_act
def change(request: Request, pk: int) -> HttpResponse:
    """Say anew what a duty takes and who can do it."""
    gate.require(request.user, "team.manage")
    duty = actions.get_duty(pk)
    holders = list(duty.holders.values_list("person", flat=True))
    form = DutyForm(posted(request), initial={"name": duty.name, "what": duty.what, "people": holders})
    if made_by(request, form, lambda: actions.change_duty(duty, **form.cleaned_data, by=request.user)):
        messages.success(request, _("“%(name)s” is kept.") % {"name": form.cleaned_data["name"]})
        return go(request, "team:duties")
    return show_here(request, "team/duty.html", {"form": form, "duty": duty}, status=422 if form.is_bound else 200)


@require_POST
@login_required
def remove(request: Request, pk: int) -> HttpResponse:
    """The house needs it no longer."""
    gate.require(request.user, "team.manage")
    duty = actions.get_duty(pk)
    actions.remove_duty(duty, by=request.user)
    messages.success(request, _("“%(name)s” is no duty any more.") % {"name": duty.name})
    return go(request, "team:duties")
