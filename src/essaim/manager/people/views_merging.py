"""For the team: clients that are probably one, what merging two would do, and the way back."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Request, ask_or_act, go, is_done, posted, show
from essaim.manager.people import apart, merging, queries
from essaim.manager.people.duplicates import find_duplicates
from essaim.manager.people.models import Merge
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again_to_act

SHOWN = 50


class MergeForm(forms.Form):
    """Why two clients are one."""

    reason = forms.CharField(
        label=gettext_lazy("Why they are one"), max_length=500, help_text=gettext_lazy("Kept in the trail of both.")
    )


@require_safe
@login_required
def duplicates(request: Request) -> HttpResponse:
    """Clients that are probably one, and what was merged lately."""
    require(request.user, "clients.merge")
    merges = Merge.objects.select_related("kept", "gone", "by")[:SHOWN]
    rows = [{"merge": one, "may_be_undone": merging.may_be_undone(one)} for one in merges]
    context = {"found": find_duplicates(by=request.user), "merges": rows, "apart": apart.listed(seen_by=request.user)}
    return show(request, "people/duplicates.html", context)


@require_POST
@login_required
def tell_apart(request: Request, slug: str, gone: str) -> HttpResponse:
    """Say that two clients are not one."""
    require(request.user, "clients.merge")
    one, other = (queries.get_client(which, seen_by=request.user) for which in (slug, gone))
    apart.tell_apart(one, other, by=request.user, reason=request.POST.get("reason", ""))
    said = {"one": one.name, "other": other.name}
    messages.success(request, _("Remembered: %(one)s and %(other)s are not one. You can take it back below.") % said)
    return go(request, "people:duplicates")


@require_POST
@login_required
def take_apart_back(request: Request, pk: int) -> HttpResponse:
    """Look at two clients again."""
    told = apart.get_apart(pk, seen_by=request.user)
    apart.take_back(told, by=request.user)
    messages.success(request, _("They are looked at again."))
    return go(request, "people:duplicates")


@login_required
@asks_again_to_act
@ask_or_act
def merge(request: Request, slug: str, gone: str) -> HttpResponse:
    """What merging `gone` into the client would do; done by POST."""
    require(request.user, "clients.merge")
    kept, other = (queries.get_client(one, seen_by=request.user) for one in (slug, gone))
    form = MergeForm(posted(request))
    seen = merging.preview(kept, other, by=request.user)
    if is_done(request, form, lambda: merging.merge(kept, other, by=request.user, reason=form.cleaned_data["reason"])):
        said = _("%(gone)s is part of %(kept)s now. For thirty days this can be undone.")
        messages.success(request, said % {"gone": other.name, "kept": kept.name})
        return go(request, "people:client", kept.slug)
    context = {"form": form, "seen": seen, "kept": kept, "gone": other}
    return show(request, "people/merge.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
@asks_again_to_act
def merge_undo(request: Request, pk: int) -> HttpResponse:
    """Put both clients back as they were."""
    require(request.user, "clients.merge")
    merged = merging.get_merge(pk)
    merging.undo(merged, by=request.user)
    messages.success(request, _("%(gone)s is a client of its own again.") % {"gone": merged.gone.name})
    return go(request, "people:duplicates")
