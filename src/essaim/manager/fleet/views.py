"""The fleet's pages: all machines, one machine, and what the team does with it. Nobody else comes in."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, made_by, posted, show, wants_fragment
from essaim.manager.fleet import actions, queries
from essaim.manager.fleet.forms import MachineForm, ReasonForm
from essaim.manager.fleet.models import Machine
from essaim.manager.fleet.trees import tree_rows
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again_to_act


@require_safe
@login_required
def machines(request: Request) -> HttpResponse:
    """Every machine: what it does, how full it is, how it is."""
    require(request.user, "fleet.see")
    rows = queries.fleet_rows(request.user)
    context: dict[str, object] = {"rows": rows}
    if not wants_fragment(request):
        context["php"] = queries.php_rows(row.machine for row in rows)
        context["trees"] = [row for row in tree_rows(row.machine for row in rows) if row.is_news]
    return show(request, "fleet/machines.html", context, fragment="fleet/_machines.html")


@require_safe
@login_required
def machine(request: Request, name: str) -> HttpResponse:
    """One machine: what is wanted, applied, failing, drifted; last seen; load of the day."""
    machine = queries.get_machine(name, seen_by=request.user)
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    page = queries.wishes(machine, state=state, after=after)
    context: dict[str, object] = {"machine": machine, "state": state, "page": page, "states": _states()}
    if not (request.htmx and request.htmx.target == "wishes") and not (request.htmx and after):
        context |= _live(machine) | _load(machine)
        context["story"] = queries.story_of_machine(machine, limit=30)
    fragment = "fleet/_wish_rows.html" if after else "fleet/_wishes.html"
    return show(request, "fleet/machine.html", context, fragment=fragment)


@never_cache
@require_safe
@login_required
def machine_live(request: Request, name: str) -> HttpResponse:
    """The part of a machine's page that changes by itself; 204 when nothing changed since `seen`."""
    machine = queries.get_machine(name, seen_by=request.user)
    context = _live(machine)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return show(request, "fleet/_machine_live.html", context)


def _states() -> list[tuple[str, str]]:
    words = {"": _("all"), "waiting": _("waiting"), "failing": _("failing"), "drifted": _("not as wanted")}
    return list(words.items())


def _load(machine: Machine) -> dict[str, object]:
    samples = queries.load_of_the_day(machine)
    return {
        "moments": [sample.at for sample in samples],
        "cpu": [sample.cpu_percent for sample in samples],
        "memory": [sample.memory_percent for sample in samples],
        "disk": [sample.disk_percent for sample in samples],
    }


def _live(machine: Machine) -> dict[str, object]:
    row = queries.machine_summary(machine)
    counts = (row.accounts, row.wishes, row.waiting, row.failing, row.drifted, row.is_away, machine.state)
    beat = machine.beat.get("at", 0)
    return {
        "machine": machine,
        "row": row,
        "trees": tree_rows([machine]),
        "is_busy": row.waiting > 0,
        "seen": f"{beat:.0f}-{'-'.join(map(str, counts))}",
    }


@login_required
@ask_or_act
def add(request: Request) -> HttpResponse:
    """Expect a new machine, then show how it enrols."""
    require(request.user, "fleet.change")
    form = MachineForm(posted(request))
    if machine := made_by(request, form, lambda: actions.add_machine(**form.cleaned_data, by=request.user)):
        return go(request, "fleet:token", machine.name)
    status = 422 if form.is_bound else 200
    return show(request, "fleet/add.html", {"form": form}, fragment="fleet/_add.html", status=status)


@never_cache
@login_required
@ask_or_act
@asks_again_to_act
def token(request: Request, name: str) -> HttpResponse:
    """The enrolment token: made by a POST, shown in its answer only."""
    machine = queries.get_machine(name, seen_by=request.user)
    require(request.user, "fleet.change")
    context: dict[str, object] = {"machine": machine}
    if request.method == "POST":
        token = actions.issue_enrolment_token(machine, by=request.user)
        context["token"] = token
        context["command"] = f"/opt/essaim/bin/essaim-agent enrol --manager {settings.ORIGIN} --token {token}"
    return show(request, "fleet/token.html", context)


def _ask(request: Request, machine: Machine, form: forms.Form, act: Act) -> HttpResponse:
    context = {"machine": machine, "form": form, "act": act}
    status = 422 if form.is_bound else 200
    return show(request, "fleet/act.html", context, fragment="fleet/_act.html", status=status)


@login_required
@ask_or_act
def drain(request: Request, name: str) -> HttpResponse:
    """Place nothing new on a machine."""
    machine = queries.get_machine(name, seen_by=request.user)
    require(request.user, "fleet.change")
    form = ReasonForm(posted(request))
    if is_done(
        request, form, lambda: actions.drain_machine(machine, by=request.user, reason=form.cleaned_data["reason"])
    ):
        messages.success(request, _("%(name)s takes nothing new any more.") % {"name": machine.name})
        return go(request, "fleet:machine", machine.name)
    act = Act(
        _("Drain %(name)s") % {"name": machine.name},
        _("No new account is placed on it. What it serves, it goes on serving."),
        _("Drain"),
    )
    return _ask(request, machine, form, act)


@require_POST
@login_required
def resume(request: Request, name: str) -> HttpResponse:
    """Place accounts on a machine again."""
    machine = queries.get_machine(name, seen_by=request.user)
    actions.resume_machine(machine, by=request.user)
    messages.success(request, _("%(name)s takes new accounts again.") % {"name": machine.name})
    return go(request, "fleet:machine", machine.name)


@login_required
@ask_or_act
@asks_again_to_act
def revoke(request: Request, name: str) -> HttpResponse:
    """Take a machine's credentials away."""
    machine = queries.get_machine(name, seen_by=request.user)
    require(request.user, "fleet.change")
    form = ReasonForm(posted(request))
    if is_done(
        request, form, lambda: actions.revoke_machine(machine, by=request.user, reason=form.cleaned_data["reason"])
    ):
        messages.success(request, _("%(name)s can no longer reach the bus.") % {"name": machine.name})
        return go(request, "fleet:machine", machine.name)
    act = Act(
        _("Revoke %(name)s") % {"name": machine.name},
        _(
            "Its key stops working at once. Its sites go on being served, but it hears of no change until it enrols again."
        ),
        _("Revoke"),
        is_dangerous=True,
    )
    return _ask(request, machine, form, act)


@require_POST
@login_required
def check(request: Request, name: str) -> HttpResponse:
    """Ask the agent to compare what is wanted with what is real."""
    machine = queries.get_machine(name, seen_by=request.user)
    actions.check_machine(machine, by=request.user)
    messages.success(request, _("%(name)s was asked to compare; what it finds appears here.") % {"name": machine.name})
    return go(request, "fleet:machine", machine.name)
