"""The pages of the keys room: who may come into machines now, who was in. For who has the right."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from essaim.manager.core.pages import Act, Request, ask_or_act, go, is_done, posted, show
from essaim.manager.keys import actions, queries
from essaim.manager.keys.forms import ReasonForm
from essaim.manager.people.rights import require
from essaim.manager.people.step_up import asks_again, asks_again_to_act

SHOWN = 10


@require_safe
@login_required
def keys(request: Request) -> HttpResponse:
    """Certificates that open machines now, who is in, and how to come in."""
    require(request.user, queries.ENTER)
    sessions = queries.sessions()
    context = {
        "valid": list(queries.valid_certificates()),
        "ended": queries.recent_certificates(),
        "open": list(sessions.filter(ended_at=None)[:100]),
        "recent": list(sessions.exclude(ended_at=None)[:SHOWN]),
        "machines": queries.machines_to_enter(),
    }
    return show(request, "keys/keys.html", context, fragment="keys/_now.html")


@require_safe
@login_required
def sessions(request: Request) -> HttpResponse:
    """Every session that machines told of."""
    require(request.user, queries.ENTER)
    page = Paginator(queries.sessions(), 50).get_page(request.GET.get("page"))
    return show(request, "keys/sessions.html", {"page": page})


@login_required
@asks_again_to_act
@ask_or_act
def confirm(request: Request) -> HttpResponse:
    """Show that it is you: then your command line may ask for certificates for ten minutes."""
    require(request.user, queries.ENTER)
    if request.method == "POST":
        actions.confirm(request.user)
        messages.success(request, _("It is you: for ten minutes your command line may ask for certificates."))
        return go(request, "keys:keys")
    return show(request, "keys/confirm.html", {})


@login_required
@asks_again
@ask_or_act
def revoke(request: Request, serial: int) -> HttpResponse:
    """Take a certificate away."""
    require(request.user, queries.ENTER)
    certificate = queries.get_certificate(min(serial, 2**63 - 1))
    form = ReasonForm(posted(request))
    if is_done(
        request,
        form,
        lambda: actions.revoke_certificate(certificate, by=request.user, reason=form.cleaned_data["reason"]),
    ):
        messages.success(request, _("The certificate opens no machine any more, within five seconds."))
        return go(request, "keys:keys")
    act = Act(
        _("Revoke a certificate of %(name)s") % {"name": certificate.person.name},
        _("It opens no machine any more, and the sessions that it opened end now, with all that runs in them."),
        _("Revoke"),
        is_dangerous=True,
    )
    context = {"certificate": certificate, "form": form, "act": act}
    status = 422 if form.is_bound else 200
    return show(request, "keys/act.html", context, fragment="keys/_act.html", status=status)
