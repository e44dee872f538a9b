"""Letters as their readers see them, with made-up facts; and for the team, the queue of those under way."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from essaim.manager.core.mail import Letter, written
from essaim.manager.core.models import Mail
from essaim.manager.core.pages import Request, show
from essaim.manager.people import grant_letters, letters, letters_clients, lost_factor_letters
from essaim.manager.people.rights import require
from essaim.manager.privacy import letters as privacy_letters
from essaim.manager.team import letters as team_letters
from essaim.manager.vault import letters as vault_letters

SHOWN = 100
STATES = {"": _("all"), "waiting": _("waiting"), "sent": _("sent"), "given_up": _("given up")}
SAMPLES: dict[str, Callable[[], Letter]] = {
    "break-glass used": lambda: vault_letters.break_glass_used(
        name="Camille", by="Alix", at=timezone.now(), is_drill=False, url="https://manager.example.test/vault/"
    ),
    "break-glass entered": lambda: vault_letters.break_glass_entered(
        "Camille",
        by="Alix",
        machine="web1",
        origin="192.0.2.7",
        at=timezone.now(),
        url="https://manager.example.test/keys/sessions/",
    ),
    "group proposed": lambda: grant_letters.group_proposed(
        name="Camille",
        person="Alix",
        group="support",
        by="Sacha",
        reason="Alix a observé pendant trois mois.",
        url="https://manager.example.test/team/rights/grants/",
    ),
    "group given": lambda: grant_letters.group_given(
        name="Alix",
        group="support",
        reason="Alix a observé pendant trois mois.",
        url="https://manager.example.test/team/rights/",
    ),
    "group refused": lambda: grant_letters.group_refused(
        name="Sacha",
        person="Alix",
        group="support",
        by="Camille",
        reason="L’accord de confidentialité n’est pas encore signé.",
        url="https://manager.example.test/team/rights/grants/",
    ),
    "group withdrawn": lambda: grant_letters.group_withdrawn(
        name="Alix", group="support", reason="Alix quitte l’équipe."
    ),
    "client erasure asked": lambda: privacy_letters.client_erasure_asked(
        name="Camille",
        client="Les Abeilles",
        due=timezone.now() + timedelta(days=14),
        url="https://manager.example.test/privacy/",
    ),
    "second factor lost": lambda: lost_factor_letters.loss_asked(
        name="Alix",
        reason="Mon téléphone est tombé dans le port.",
        until=timezone.now() + timedelta(days=3),
        url="https://manager.example.test/lost-factor/…/",
    ),
    "second factor to decide": lambda: lost_factor_letters.loss_to_decide(
        name="Camille", person="Alix", url="https://manager.example.test/team/lost-factors/"
    ),
    "second factor taken away": lambda: lost_factor_letters.loss_approved(
        name="Alix", url="https://manager.example.test/sign-in/"
    ),
    "second factor stays": lambda: lost_factor_letters.loss_refused(
        name="Alix", reason="Alix n’a pas pu être jointe au numéro que nous connaissons."
    ),
    "invitation": lambda: letters.invitation(
        client="Les Abeilles",
        role="gestionnaire",
        by="Camille",
        url="https://manager.example.test/invitations/…/",
        until=timezone.now() + timedelta(days=14),
    ),
    "new password": lambda: letters.new_password(
        name="Camille", url="https://manager.example.test/sign-in/password/…/", minutes=60
    ),
    "sign-in ended": lambda: letters.sign_in_ended(
        name="Sacha", reason="Sacha ne travaille plus pour l’association Les Abeilles."
    ),
    "sign-in back": lambda: letters.sign_in_back(
        name="Sacha", url="https://manager.example.test/sign-in/password/…/", minutes=60
    ),
    "no sign-in": lambda: letters.no_sign_in(url="https://manager.example.test/sign-in/forgotten/"),
    "password changed": lambda: letters.password_changed(
        name="Camille", at=timezone.now(), url="https://manager.example.test/sign-in/forgotten/"
    ),
    "registration": lambda: letters_clients.registration(
        name="Camille", client="Les Abeilles", url="https://manager.example.test/register/…/", hours=24
    ),
    "sign-in there": lambda: letters_clients.sign_in_there(url="https://manager.example.test/sign-in/"),
    "role changed": lambda: letters_clients.role_changed(
        name="Camille", client="Les Abeilles", role="gestionnaire", url="https://manager.example.test/clients/abeilles/"
    ),
    "place ended": lambda: letters_clients.place_ended(name="Camille", client="Les Abeilles"),
    "handover offered": lambda: letters_clients.handover_offered(
        name="Camille", client="Les Abeilles", by="Sacha", url="https://manager.example.test/handovers/7/"
    ),
    "handover answered": lambda: letters_clients.handover_answered(
        name="Sacha",
        client="Les Abeilles",
        by="Camille",
        url="https://manager.example.test/clients/abeilles/",
        is_accepted=True,
        is_left=False,
    ),
    "new device": lambda: letters.new_device(
        name="Camille",
        at=timezone.now(),
        device="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        address="2001:db8::7",
        url="https://manager.example.test/security/sessions/",
    ),
    "agreement": lambda: team_letters.agreement(
        name="Camille", title="Accord de confidentialité", url="https://manager.example.test/team/agreement/"
    ),
    "left the team": lambda: team_letters.left(name="Camille", closed=[("sessions", 2), ("agendas", 1)]),
    "takes over": lambda: team_letters.takes_over(
        name="Sacha", leaver="Camille", count=2, url="https://manager.example.test/team/bus-factor/"
    ),
    "prove address": lambda: team_letters.prove_address(
        name="Camille",
        campaign="Deux personnes pour l’assistance",
        url="https://manager.example.test/join/address/…/",
        until=timezone.now() + timedelta(days=2),
    ),
    "accepted": lambda: team_letters.accepted(
        name="Camille", url="https://manager.example.test/join/welcome/…/", until=timezone.now() + timedelta(days=30)
    ),
    "declined": lambda: team_letters.declined(
        name="Camille", campaign="Deux personnes pour l’assistance", words="Revenez vers nous l’an prochain."
    ),
    "e-mail change, old": lambda: letters.email_change_old(
        name="Camille", new="camille@nouveau.example.test", url="https://manager.example.test/email/…/"
    ),
    "e-mail change, new": lambda: letters.email_change_new(
        name="Camille", old="camille@example.test", url="https://manager.example.test/email/…/"
    ),
    "e-mail taken": letters.email_taken,
    "e-mail changed": lambda: letters.email_changed(name="Camille", new="camille@nouveau.example.test"),
    "token ends": lambda: letters.token_ends(
        name="Camille",
        token="robot",  # noqa: S106 - a name
        at=timezone.now() + timedelta(days=7),
        url="https://manager.example.test/tokens/",
    ),
    "export ready": lambda: privacy_letters.export_ready(name="Camille", url="https://manager.example.test/privacy/"),
    "erasure asked": lambda: privacy_letters.erasure_asked(
        name="Camille", due=timezone.now() + timedelta(days=14), url="https://manager.example.test/privacy/"
    ),
    "erased": lambda: privacy_letters.erased(name="Camille", until=timezone.now() + timedelta(days=1827)),
}
"""Each kind that is written anywhere: a test compares."""


@require_safe
@login_required
def samples(request: Request) -> HttpResponse:
    """Every letter in French and in English, as plain text."""
    require(request.user, "design.see")
    shown = [
        {"kind": kind, "language": language, "subject": subject, "text": text}
        for kind, letter in SAMPLES.items()
        for language in ("fr", "en")
        for subject, text, _html in [written(letter, language=language)]
    ]
    return show(request, "web/emails.html", {"samples": shown})


@require_safe
@login_required
def sample(request: Request, kind: str, language: str) -> HttpResponse:
    """One letter's HTML, as a mail program shows it: its styles stand in it, so this page alone may have them there."""
    require(request.user, "design.see")
    if kind not in SAMPLES or language not in ("fr", "en"):
        raise Http404
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    html = written(SAMPLES[kind], language=language)[2]
    return HttpResponse(html, headers={"Content-Security-Policy": policy, "Content-Language": language})


@require_safe
@login_required
def queue(request: Request) -> HttpResponse:
    """What is under way, what was taken, what was given up, the newest first."""
    require(request.user, "letters.see")
    state = request.GET.get("state", "")
    mails = Mail.objects.all()
    if state == "waiting":
        mails = mails.filter(due_at__isnull=False)
    elif state == "sent":
        mails = mails.filter(sent_at__isnull=False)
    elif state == "given_up":
        mails = mails.filter(due_at=None, sent_at=None)
    context: dict[str, object] = {
        "mails": list(mails.defer("text", "html")[:SHOWN]),
        "state": state,
        "states": STATES.items(),
    }
    context["has_mail_server"] = bool(settings.EMAIL_HOST)
    return show(request, "web/mail_queue.html", context)
