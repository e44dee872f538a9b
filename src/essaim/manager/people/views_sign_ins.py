"""Somebody's sign-in: ended, or given back."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from essaim.manager.core.pages import Request, ask_or_act, go, is_done, posted, show
from essaim.manager.people import actions, sign_ins
from essaim.manager.people.grant_forms import WhyForm
from essaim.manager.people.models import Person
from essaim.manager.people.step_up import asks_again_to_act

END, BACK = "end", "give-back"


class BackForm(forms.Form):
    """Why somebody may sign in again."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        help_text=gettext_lazy("Kept in the trail."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@login_required
@asks_again_to_act
@ask_or_act
def end_sign_in(request: Request, pk: int) -> HttpResponse:
    """What would close, then close it; of who signs in no more, give it back. The form says which: the page may be an old one."""
    person = sign_ins.get_person(pk, seen_by=request.user)
    verb = request.POST.get("verb") or (END if person.is_active else BACK)
    form = WhyForm(posted(request)) if verb == END else BackForm(posted(request))
    if is_done(request, form, lambda: _act(request, verb, person, form.cleaned_data["reason"])):
        return go(request, "people:end_sign_in", pk)
    context = {
        "person": person,
        "form": form,
        "verb": verb,
        "is_self": person.pk == request.user.pk,
        "outlook": sign_ins.outlook(person),
    }
    return show(request, "people/end_sign_in.html", context, status=422 if form.is_bound else 200)


def _act(request: Request, verb: str, person: Person, reason: str) -> None:
    if verb == END:
        sign_ins.end(person, by=request.user, reason=reason)
        said = _("%(name)s signs in no more, and has a letter that says so.")
    else:
        actions.reactivate_person(person, by=request.user, reason=reason)
        said = _("%(name)s has a letter with which to choose a new password.")
    messages.success(request, said % {"name": person.name})
