"""A site's certificate: what is served, one's own brought and taken off, which clients may come; and those of the whole fleet."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, posted, show
from essaim.manager.hosting import access, actions, certificate_reads, queries
from essaim.manager.hosting.certificate_forms import OwnCertificateForm, ReissueForm, TlsForm
from essaim.manager.hosting.forms import ReasonForm
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.views.pages_of_site import head_of
from essaim.manager.hosting.wanted import acme_directories
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again_to_act


@login_required
@ask_or_act
@asks_again_to_act
def site_certificate(request: Request, fqdn: str) -> HttpResponse:
    """The certificate of one site; POST brings one's own."""
    site = queries.get_site(fqdn, seen_by=request.user)
    if request.method == "POST":
        access.require(request.user, "sites.change", site.account)
    form = OwnCertificateForm(request.POST, request.FILES) if request.method == "POST" else OwnCertificateForm()
    if is_done(request, form, lambda: actions.put_certificate(site, by=request.user, **_given(form))):
        messages.success(
            request, _("The certificate is on its way to the machine, and is served from there in a moment.")
        )
        return go(request, "hosting:site_certificate", site.fqdn)
    return _page(request, site, form)


def _given(form: OwnCertificateForm) -> dict[str, Any]:
    def content(name: str) -> bytes:
        file = cast("UploadedFile[bytes] | None", form.cleaned_data.get(name))
        return file.read() if file else b""

    return {"chain": content("chain"), "key": content("key"), "passphrase": form.cleaned_data["passphrase"]}


def _page(request: Request, site: Site, form: OwnCertificateForm) -> HttpResponse:
    wishes = queries.wishes_about(site)
    context = head_of(request, site, "hosting:site_certificate") | {
        "shown": certificate_reads.shown(site, wishes),
        "history": certificate_reads.history(site),
        "authorities": [one.host for one in acme_directories()],
        "form": form,
        "tls_form": TlsForm(initial={"tls": site.tls}),
    }
    return show(request, "hosting/site_certificate.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
@asks_again_to_act
def certificate_off(request: Request, fqdn: str) -> HttpResponse:
    """Have an automatic certificate again."""
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    actions.take_certificate_off(site, by=request.user)
    messages.success(request, _("An automatic certificate is being ordered. Yours serves until it is there."))
    return go(request, "hosting:site_certificate", site.fqdn)


@login_required
@ask_or_act
def certificate_reissue(request: Request, fqdn: str) -> HttpResponse:
    """Have a site's certificate replaced before its time."""
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    form = ReasonForm(posted(request))
    if is_done(request, form, lambda: actions.reissue(by=request.user, reason=form.cleaned_data["reason"], site=site)):
        messages.success(request, _("Another certificate is being ordered. The one in place serves until it is there."))
        return go(request, "hosting:site_certificate", site.fqdn)
    act = Act(
        _("Order the certificate of %(site)s anew") % {"site": site.name_unicode},
        _(
            "Another one takes its place, with a new key: for example because somebody may know the key. No visitor is interrupted."
        )
        + " "
        + _queue_said(certificate_reads.queue_of(site.account.machine)),
        _("Order anew"),
    )
    context = {"site": site, "form": form, "act": act}
    status = 422 if form.is_bound else 200
    return show(request, "hosting/act.html", context, fragment="hosting/_act.html", status=status)


def _queue_said(queue: certificate_reads.Queue) -> str:
    if not queue.waiting or queue.last_turn is None:
        return _("No certificate waits on its machine: it is ordered at once.")
    words = ngettext(
        "%(count)s certificate waits for its turn on its machine, the last one until %(moment)s; sites that have none come first.",
        "%(count)s certificates wait for their turn on its machine, the last one until %(moment)s; sites that have none come first.",
        queue.waiting,
    )
    moment = formats.date_format(timezone.localtime(queue.last_turn), "j F Y, H:i")
    return words % {"count": queue.waiting, "moment": moment}


@require_POST
@login_required
def certificate_tls(request: Request, fqdn: str) -> HttpResponse:
    """Choose which clients may come."""
    site = queries.get_site(fqdn, seen_by=request.user)
    access.require(request.user, "sites.change", site.account)
    actions.change_site(site, by=request.user, tls=request.POST.get("tls", ""))
    return go(request, "hosting:site_certificate", site.fqdn)


@login_required
@ask_or_act
def certificates(request: Request) -> HttpResponse:
    """The certificates of the fleet; POST has them replaced before their time."""
    require(request.user, "certificates.reissue")
    of_fleet = certificate_reads.of_fleet()
    form = ReissueForm(of_fleet, posted(request))
    if is_done(request, form, lambda: actions.reissue(by=request.user, **form.wanted)):
        return go(request, "hosting:certificates")
    context = {"of_fleet": of_fleet, "progress": certificate_reads.last_reissue(), "form": form}
    return show(request, "hosting/certificates.html", context, status=422 if form.is_bound else 200)
