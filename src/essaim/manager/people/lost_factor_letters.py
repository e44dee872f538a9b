"""Letters about a second factor that was lost: to its person at once, and to who decides."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from essaim.manager.core import mail
from essaim.manager.core.mail import Letter
from essaim.manager.people import rights
from essaim.manager.people.lost_factor_model import LostFactor
from essaim.manager.people.models import Person


def loss_asked(*, name: str, reason: str, until: datetime, url: str) -> Letter:
    """To the person: somebody says that they lost it."""
    said = {
        "name": name,
        "house": settings.HOUSE,
        "until": formats.date_format(timezone.localtime(until), "j F Y, H:i"),
    }
    return Letter(
        subject=_("Did you lose your second factor at %(house)s?") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("It was asked that your second factor at %(house)s is taken away, because you lost it:") % said,
            reason,
            _("Two of the team decide, until %(until)s. Until they have, everything stays as it is.") % said,
            _("If it was not you, stop it by the link below, and choose another password.") % said,
        ],
        action=_("It was not me: stop it"),
        url=url,
    )


def loss_to_decide(*, name: str, person: str, url: str) -> Letter:
    """To each who may confirm or approve."""
    said = {"name": name, "person": person, "house": settings.HOUSE}
    return Letter(
        subject=_("To decide: %(person)s lost their second factor") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("%(person)s can no longer sign in at %(house)s. One of the team makes sure that it is them, by a way that was known before (a call to a number that you have, a meeting); another approves.") % said,
        ],
        action=_("Look at it"),
        url=url,
        why=_("You get this because you may give people a new way to sign in."),
    )  # fmt: skip


def loss_approved(*, name: str, url: str) -> Letter:
    """To the person: it is taken away."""
    said = {"name": name, "house": settings.HOUSE}
    return Letter(
        subject=_("Your second factor at %(house)s was taken away") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("Two of the team took away your second factor at %(house)s, with its recovery codes, and ended your sessions.") % said,
            _("Sign in with your password, and make another at once.") % said,
        ],
        action=_("Sign in"),
        url=url,
        why=_("If you did not expect this, answer whoever of the team you know."),
    )  # fmt: skip


def loss_refused(*, name: str, reason: str) -> Letter:
    """To the person: the team said no."""
    said = {"name": name, "house": settings.HOUSE}
    return Letter(
        subject=_("Your second factor at %(house)s stays") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("The team does not take your second factor at %(house)s away:") % said,
            reason,
        ],
    )


def asked(lost: LostFactor, text: str) -> None:
    """To the person, with the link that stops it; to who decides, but who asked."""
    person, stop = lost.person, settings.ORIGIN + reverse("people:lost_factor_stop", args=[text])
    _write(
        "second factor lost",
        person,
        lambda: loss_asked(name=person.name, reason=lost.reason, until=lost.expires_at, url=stop),
    )
    url = settings.ORIGIN + reverse("people:lost_factors")
    for reader in rights.holders("people.change").exclude(pk__in=[lost.person_id, lost.asked_by_id or 0]):
        facts = {"name": reader.name, "person": person.name, "url": url}
        _write("second factor to decide", reader, lambda facts=facts: loss_to_decide(**facts))  # type: ignore[misc]  # mypy does not infer a lambda with a default


def approved(lost: LostFactor) -> None:
    """To the person."""
    url = settings.ORIGIN + reverse("people:sign_in")
    _write("second factor taken away", lost.person, lambda: loss_approved(name=lost.person.name, url=url))


def refused(lost: LostFactor) -> None:
    """To the person."""
    facts = {"name": lost.person.name, "reason": lost.stopped_reason}
    _write("second factor stays", lost.person, lambda: loss_refused(**facts))


def _write(kind: str, to: Person, letter: Callable[[], Letter]) -> None:
    mail.write(kind, to=to.email, language=to.language, letter=letter)
