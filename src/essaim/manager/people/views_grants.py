"""The table of rights, and who holds what: `/team/rights/`."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, made_by, posted, show
from essaim.manager.people import grant_queries, grants
from essaim.manager.people.grant_forms import ProposeForm, WhyForm
from essaim.manager.people.rights import may, require
from essaim.manager.people.rights.shown import table
from essaim.manager.people.step_up import asks_again, asks_again_to_act


@require_safe
@login_required
def rights_table(request: Request) -> HttpResponse:
    """What each right lets one do, and which group and role has it."""
    require(request.user, "team.see")
    return show(request, "people/rights.html", {"table": table()})


@require_safe
@login_required
def grant_list(request: Request) -> HttpResponse:
    """Who holds what, since when, until when, why, last used, next review; and what waits for a second person."""
    require(request.user, "team.see")
    wanted = request.GET.get("show", "")
    context = {
        "proposed": grant_queries.proposed(),
        "held": grant_queries.held(overdue=wanted == "overdue"),
        "overdue": grant_queries.overdue_count(),
        "ended": grant_queries.ended() if wanted == "ended" else [],
        "wanted": wanted,
        "may_grant": may(request.user, "team.grant"),
    }
    return show(request, "people/grants.html", context)


@login_required
@asks_again_to_act
@ask_or_act
def propose(request: Request) -> HttpResponse:
    """Ask that somebody holds a group; another who may grant confirms it."""
    require(request.user, "team.grant")
    form = ProposeForm(posted(request), initial={"email": request.GET.get("email", "")})
    if grant := made_by(request, form, lambda: grants.propose_to(**form.cleaned_data, by=request.user)):
        said = {"person": grant.person.name, "group": grant.get_group_display()}
        messages.success(
            request, _("%(person)s is proposed for %(group)s. Another who may grant has to confirm it.") % said
        )
        return go(request, "people:grants")
    act = Act(
        _("Propose a group"),
        _("It is in force once another who may grant has confirmed it. Nobody decides about their own groups."),
        _("Propose"),
    )
    return _ask(request, form, act)


@require_POST
@login_required
@asks_again
def confirm(request: Request, pk: int) -> HttpResponse:
    """Confirm what another proposed."""
    grant = grants.confirm(grant_queries.get_grant(pk, seen_by=request.user), by=request.user)
    said = {"person": grant.person.name, "group": grant.get_group_display()}
    messages.success(request, _("%(person)s holds %(group)s from now on.") % said)
    return go(request, "people:grants")


@require_POST
@login_required
@asks_again
def review(request: Request, pk: int) -> HttpResponse:
    """Say that somebody goes on holding a group."""
    grant = grants.review(grant_queries.get_grant(pk, seen_by=request.user), by=request.user)
    said = {"person": grant.person.name, "group": grant.get_group_display()}
    messages.success(request, _("Reviewed: %(person)s goes on holding %(group)s.") % said)
    return go(request, "people:grants")


@login_required
@asks_again_to_act
@ask_or_act
def refuse(request: Request, pk: int) -> HttpResponse:
    """Say no to what another proposed, or take one's own proposal back."""
    grant = grant_queries.get_grant(pk, seen_by=request.user)
    require(request.user, "team.grant")
    form = WhyForm(posted(request))
    if is_done(request, form, lambda: grants.refuse(grant, by=request.user, reason=form.cleaned_data["reason"])):
        messages.success(request, _("The proposal is refused."))
        return go(request, "people:grants")
    said = {"person": grant.person.name, "group": grant.get_group_display()}
    return _ask(
        request, form, Act(_("Refuse %(group)s for %(person)s") % said, _("Nothing changes for them."), _("Refuse"))
    )


@login_required
@asks_again_to_act
@ask_or_act
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Take a group away at once; who holds it may lay it down."""
    grant = grant_queries.get_grant(pk, seen_by=request.user)
    if grant.person_id != request.user.pk:
        require(request.user, "team.grant")
    form = WhyForm(posted(request))
    if is_done(request, form, lambda: grants.withdraw(grant, by=request.user, reason=form.cleaned_data["reason"])):
        messages.success(request, _("The group is withdrawn."))
        return go(request, "people:grants")
    said = {"person": grant.person.name, "group": grant.get_group_display()}
    act = Act(
        _("Withdraw %(group)s from %(person)s") % said,
        _("What it lets them do is closed with their next click. They get a letter with the reason."),
        _("Withdraw"),
        is_dangerous=True,
    )
    return _ask(request, form, act)


def _ask(request: Request, form: ProposeForm | WhyForm, act: Act) -> HttpResponse:
    context = {"form": form, "act": act}
    status = 422 if form.is_bound else 200
    return show(request, "people/grant_act.html", context, fragment="people/_grant_act.html", status=status)
