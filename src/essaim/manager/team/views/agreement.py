"""The agreement's pages: read and sign, versions and who signed them, the draft of the next one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from essaim.manager.core.pages import Request, ask_or_act, go, made_by, posted
from essaim.manager.people.step_up import asks_again_to_act
from essaim.manager.team import agreement as agreements
from essaim.manager.team import gate
from essaim.manager.team.forms import DraftForm, SignForm
from essaim.manager.team.models import Signature
from essaim.manager.team.prose import html_of
from essaim.manager.team.views import show_here


@never_cache
@login_required
@ask_or_act
@asks_again_to_act
def agreement(request: Request) -> HttpResponse:
    """The text in force, whole, and the form that signs it; once signed, one's signature."""
    gate.require_team(request.user)
    version = agreements.current()
    signed = (
        Signature.objects.filter(person=request.user, version=version).defer("pdf_file").first() if version else None
    )
    form = SignForm(posted(request), initial={"number": version.number if version else 0})
    if signed is None and version is not None:
        origin = f"web {request.META.get('REMOTE_ADDR', '')}"
        if made_by(request, form, lambda: agreements.sign(request.user, origin=origin, **form.cleaned_data)):
            messages.success(request, _("You have signed. Everything is open to you again."))
            return go(request, "team:agreement")
    context = {
        "version": version,
        "signed": signed,
        "form": form,
        "text": html_of(version.text) if version else "",
        "may_write": gate.may(request.user, "team.agreement"),
    }
    return show_here(request, "team/agreement.html", context, status=422 if form.is_bound and not signed else 200)


@require_safe
@login_required
def versions(request: Request) -> HttpResponse:
    """Every version, and who of the team has signed the one in force."""
    gate.require(request.user, "team.see")
    current = agreements.current()
    context = {
        "versions": agreements.former(),
        "current": current,
        "rows": agreements.signatures_of_team(current) if current else [],
        "draft": agreements.draft(),
        "may_write": gate.may(request.user, "team.agreement"),
    }
    return show_here(request, "team/versions.html", context)


@require_safe
@login_required
def version(request: Request, number: int) -> HttpResponse:
    """One version that is or was in force."""
    gate.require(request.user, "team.see")
    found = agreements.get_version(number)
    return show_here(request, "team/version.html", {"version": found, "text": html_of(found.text)})


@login_required
@ask_or_act
def draft(request: Request) -> HttpResponse:
    """Write the next version, and see how it will look."""
    gate.require(request.user, "team.agreement")
    found = agreements.draft() or agreements.current()
    initial = {"title": found.title, "text": found.text} if found else {}
    form = DraftForm(posted(request), initial=initial)
    if made_by(request, form, lambda: agreements.write_draft(**form.cleaned_data, by=request.user)):
        messages.success(request, _("The draft is kept. Nobody is asked to sign it yet."))
        return go(request, "team:draft")
    draft = agreements.draft()
    context = {"form": form, "draft": draft, "text": html_of(draft.text) if draft else ""}
    return show_here(request, "team/draft.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
@asks_again_to_act
def in_force(request: Request) -> HttpResponse:
    """Ask everybody to sign the draft."""
    version = agreements.put_in_force(by=request.user)
    messages.success(
        request, _("Version %(number)s is in force. Everybody is asked to sign it.") % {"number": version.number}
    )
    return go(request, "team:agreement")


@never_cache
@require_safe
@login_required
def signature(request: Request, pk: int) -> HttpResponse:
    """The PDF of one's own signature; for who looks after the agreement, anybody's."""
    found = agreements.get_signature(pk, seen_by=request.user)
    name = f"agreement-{found.version.number}-{found.pk}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(bytes(found.pdf_file), content_type="application/pdf", headers=headers)
