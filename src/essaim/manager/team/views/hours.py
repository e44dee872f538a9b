"""One's own hours, absences and calendar."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Request, ask_or_act, go, made_by, posted, refuse
from essaim.manager.team import calendars, gate
from essaim.manager.team import hours as actions
from essaim.manager.team.errors import FeedMissing
from essaim.manager.team.forms import AbsenceForm, HoursForm
from essaim.manager.team.presence import zone_of
from essaim.manager.team.views import show_here


@never_cache
@login_required
@ask_or_act
def hours(request: Request) -> HttpResponse:
    """Say where one's clock stands and when one is there."""
    gate.require(request.user, "team.see")
    form = HoursForm(posted(request), initial=HoursForm.of(zone_of(request.user), actions.hours_of(request.user)))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_hours(request.user, zone=form.cleaned_data["zone"], hours=form.by_weekday(), by=request.user)
        except EssaimError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Your hours are kept."))
            return go(request, "team:hours")
    return _show(request, form, AbsenceForm(), status=422 if form.is_bound else 200)


def _show(request: Request, form: HoursForm, absence: AbsenceForm, *, status: int, feed: str = "") -> HttpResponse:
    context: dict[str, object] = {"form": form, "absence_form": absence}
    context["absences"] = actions.absences_of(request.user)
    context["feed"] = request.user.feeds.filter(revoked_at=None).first()
    if feed:
        context["feeds"] = calendars.addresses(feed)
    return show_here(request, "team/hours.html", context, status=status)


@require_POST
@login_required
def add_absence(request: Request) -> HttpResponse:
    """Be away for some days."""
    gate.require(request.user, "team.see")
    form = AbsenceForm(request.POST)
    if made_by(request, form, lambda: actions.add_absence(request.user, **form.cleaned_data, by=request.user)):
        messages.success(request, _("Your absence is kept."))
        return go(request, "team:hours")
    plain = HoursForm(None, initial=HoursForm.of(zone_of(request.user), actions.hours_of(request.user)))
    return _show(request, plain, form, status=422)


@require_POST
@login_required
def remove_absence(request: Request, pk: int) -> HttpResponse:
    """One is there after all."""
    actions.remove_absence(pk, by=request.user)
    messages.success(request, _("The absence is taken out."))
    return go(request, "team:hours")


@never_cache
@require_POST
@login_required
def make_feed(request: Request) -> HttpResponse:
    """A new address of one's calendars, shown in this answer and never again."""
    text = calendars.make_feed(request.user, by=request.user)
    plain = HoursForm(None, initial=HoursForm.of(zone_of(request.user), actions.hours_of(request.user)))
    return _show(request, plain, AbsenceForm(), status=201, feed=text)


@require_POST
@login_required
def revoke_feed(request: Request) -> HttpResponse:
    """The address opens nothing any more."""
    calendars.revoke_feed(request.user, by=request.user)
    messages.success(request, _("The address opens nothing any more."))
    return go(request, "team:hours")


@require_safe
def feed(request: HttpRequest, text: str, kind: str) -> HttpResponse:  # noqa: ARG001 - every view is given it
    """A calendar, to whoever knows its address: programs of calendars cannot sign in."""
    if kind not in calendars.KINDS:
        raise FeedMissing
    person = calendars.open_feed(text)
    with translation.override(person.language):
        made = calendars.calendar(kind, timezone.now())
    headers = {"Cache-Control": "private, max-age=900", "X-Robots-Tag": "noindex"}
    return HttpResponse(made, content_type="text/calendar; charset=utf-8", headers=headers)
