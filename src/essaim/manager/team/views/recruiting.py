"""Campaigns and candidates, for the team."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, made_by, posted
from essaim.manager.people.step_up import asks_again_to_act
from essaim.manager.team import campaigns as calls
from essaim.manager.team import gate, recruiting
from essaim.manager.team.forms import CampaignForm, DecisionForm, DeclineForm, NoteForm
from essaim.manager.team.models import Campaign
from essaim.manager.team.views import show_here


@require_safe
@login_required
def campaigns(request: Request) -> HttpResponse:
    """Every campaign, past and to come."""
    rows = [(campaign, calls.state_of(campaign)) for campaign in calls.campaigns(seen_by=request.user)]
    return show_here(request, "team/campaigns.html", {"rows": rows, "today": calls.today()})


@login_required
@ask_or_act
def add(request: Request) -> HttpResponse:
    """A new campaign."""
    gate.require(request.user, "team.recruit")
    form = CampaignForm(posted(request), initial={"language": request.user.language, "first_day": timezone.localdate()})
    return _write(request, None, form)


@login_required
@ask_or_act
def change(request: Request, slug: str) -> HttpResponse:
    """Another text, other days."""
    gate.require(request.user, "team.recruit")
    campaign = calls.get_campaign(slug)
    kept = {name: getattr(campaign, name) for name in ("title", "slug", "language", "first_day", "last_day", "text")}
    form = CampaignForm(posted(request), initial=kept)
    form.fields["slug"].disabled = True
    return _write(request, campaign, form)


def _write(request: Request, campaign: Campaign | None, form: CampaignForm) -> HttpResponse:
    made = made_by(request, form, lambda: calls.write_campaign(campaign, **form.cleaned_data, by=request.user))
    if made:
        messages.success(request, _("“%(title)s” is kept.") % {"title": made.title})
        return go(request, "team:campaigns")
    context = {"form": form, "campaign": campaign}
    return show_here(request, "team/campaign.html", context, status=422 if form.is_bound else 200)


@require_safe
@login_required
def candidates(request: Request) -> HttpResponse:
    """Who would join."""
    rows = list(recruiting.candidates(seen_by=request.user)[:200])
    return show_here(request, "team/candidates.html", {"candidates": rows})


@require_safe
@login_required
def candidate(request: Request, pk: int) -> HttpResponse:
    """One candidate: what they wrote, what the team noted, what the board decided."""
    return _one(request, pk, NoteForm(), status=200)


def _one(request: Request, pk: int, form: NoteForm, *, status: int) -> HttpResponse:
    found = recruiting.get_candidate(pk, seen_by=request.user)
    context = {
        "candidate": found,
        "notes": list(found.notes.select_related("by")),
        "form": form,
        "may_decide": gate.may(request.user, "team.grant"),
        "local": timezone.now().astimezone(recruiting.zone_of(found)).strftime("%H:%M"),
    }
    return show_here(request, "team/candidate.html", context, status=status)


@require_POST
@login_required
def note(request: Request, pk: int) -> HttpResponse:
    """Write something about a candidate."""
    found, form = recruiting.get_candidate(pk, seen_by=request.user), NoteForm(request.POST)
    if made_by(request, form, lambda: recruiting.note(found, **form.cleaned_data, by=request.user)):
        return go(request, "team:candidate", pk)
    return _one(request, pk, form, status=422)


@login_required
@ask_or_act
@asks_again_to_act
def accept(request: Request, pk: int) -> HttpResponse:
    """The board takes the candidate, as an observer."""
    gate.require(request.user, "team.grant")
    found, form = recruiting.get_candidate(pk, seen_by=request.user), DecisionForm(posted(request))
    if is_done(request, form, lambda: recruiting.accept(found, **form.cleaned_data, by=request.user)):
        messages.success(request, _("A letter invites %(name)s to join as an observer.") % {"name": found.name})
        return go(request, "team:candidate", pk)
    act = Act(
        _("Accept %(name)s as an observer") % {"name": found.name},
        _("They get a letter with which they choose a password. A second person of the board then confirms the group."),
        _("Accept"),
    )
    context = {"candidate": found, "form": form, "act": act}
    return show_here(request, "team/decide.html", context, status=422 if form.is_bound else 200)


@login_required
@ask_or_act
def decline(request: Request, pk: int) -> HttpResponse:
    """The board does not take the candidate now."""
    gate.require(request.user, "team.grant")
    found, form = recruiting.get_candidate(pk, seen_by=request.user), DeclineForm(posted(request))
    if is_done(request, form, lambda: recruiting.decline(found, **form.cleaned_data, by=request.user)):
        messages.success(request, _("A letter tells %(name)s.") % {"name": found.name})
        return go(request, "team:candidate", pk)
    act = Act(
        _("Decline %(name)s") % {"name": found.name},
        _("They get a letter. What they wrote is erased in six months."),
        _("Decline"),
        is_dangerous=True,
    )
    context = {"candidate": found, "form": form, "act": act}
    return show_here(request, "team/decide.html", context, status=422 if form.is_bound else 200)
