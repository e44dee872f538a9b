"""A site's content: put by an upload, put back by an undo. Large files are streamed to disk, never held in memory."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.pages import Request, ask_or_act, go, refuse, show
from essaim.manager.hosting import access, actions, queries
from essaim.manager.hosting.forms import ContentForm


@login_required
@ask_or_act
def content(request: Request, fqdn: str) -> HttpResponse:
    """Replace what a site shows by an archive."""
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    form = ContentForm(request.POST, request.FILES) if request.method == "POST" else ContentForm()
    if request.method == "POST" and form.is_valid():
        file = cast("UploadedFile[bytes]", form.cleaned_data["file"])
        try:
            actions.put_content(site, by=request.user, file=file.file, filename=file.name or "")  # type: ignore[arg-type]  # signed in, the user is a Person
        except EssaimError as refusal:
            refuse(form, refusal)
        else:
            return go(request, "hosting:site", site.fqdn)
    context = {"site": site, "form": form, "upload": site.uploads.first()}
    status = 422 if form.is_bound else 200
    return show(request, "hosting/content.html", context, fragment="hosting/_content.html", status=status)


@require_POST
@login_required
def undo_content(request: Request, fqdn: str) -> HttpResponse:
    """Put back what stood there before the last upload."""
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    upload = actions.undo_content(site, by=request.user)
    messages.success(request, _("What stood there before “%(file)s” is being put back.") % {"file": upload.filename})
    return go(request, "hosting:site", site.fqdn)
