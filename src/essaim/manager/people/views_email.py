"""Another e-mail address: asked for by its person, agreed to from both addresses."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from essaim.manager.core.pages import Request, ask_or_act, go, made_by, posted, show
from essaim.manager.people import email_changes
from essaim.manager.people.forms import EmailForm
from essaim.manager.people.step_up import asks_again


@login_required
@ask_or_act
@asks_again
def email(request: Request) -> HttpResponse:
    """Ask for another address."""
    form = EmailForm(posted(request))
    ask = {"by": request.user}
    if change := made_by(
        request, form, lambda: email_changes.ask(request.user, email=form.cleaned_data["email"], **ask)
    ):
        said = {"old": change.old, "new": change.new}
        messages.success(
            request, _("Two letters go out, to %(old)s and to %(new)s: open the link of both within a day.") % said
        )
        return go(request, "people:email")
    context = {"form": form, "change": email_changes.under_way(request.user)}
    return show(request, "people/email.html", context, status=422 if form.is_bound else 200)


@never_cache
@ask_or_act
def email_link(request: HttpRequest, text: str) -> HttpResponse:
    """Say yes or no by the link of a letter. Opening it says nothing yet: programs that look at letters open links."""
    opened = email_changes.find(text)
    context: dict[str, object] = {"change": opened.change, "is_old": opened.is_old}
    if request.method == "POST":
        is_no = request.POST.get("answer") == "stop"
        context["change"] = email_changes.stop(text) if is_no else email_changes.agree(text)
        context["answered"] = True
    return render(request, "people/email_link.html", context)
