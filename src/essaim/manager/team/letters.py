"""What the team room writes to people. Each is a function of what it says, so that `/design/emails/` can show it."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from essaim.manager.core.mail import Letter


def _moment(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "j F Y, H:i")


def agreement(*, name: str, title: str, url: str) -> Letter:
    """Another version of the confidentiality agreement is in force."""
    said = {"name": name, "title": title, "house": settings.HOUSE}
    return Letter(
        subject=_("Sign “%(title)s” at %(house)s") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("A new version of “%(title)s” is in force at %(house)s. Read it and sign it in the Manager.") % said,
            _("Until you have signed it, nothing of the team’s opens for you. It takes a few minutes."),
        ],
        action=_("Read and sign"),
        url=url,
    )


def left(*, name: str, closed: Sequence[tuple[str, int]]) -> Letter:
    """Somebody has left the team: what was closed."""
    said = {"name": name, "house": settings.HOUSE}
    listed = ", ".join(f"{label}: {number}" for label, number in closed)
    return Letter(
        subject=_("You have left the team of %(house)s") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("You are no longer of the team of %(house)s. What the team had opened for you is closed.") % said,
            *([_("What was closed: %(listed)s.") % {"listed": listed}] if listed else []),
            _("What you signed on confidentiality goes on holding. Thank you for what you did."),
        ],
    )


def takes_over(*, name: str, leaver: str, count: int, url: str) -> Letter:
    """Somebody else's matters are theirs now."""
    said = {"name": name, "leaver": leaver, "house": settings.HOUSE, "count": count}
    took = ngettext(
        "%(leaver)s has left the team of %(house)s, and one thing that nobody else could do is yours now.",
        "%(leaver)s has left the team of %(house)s, and %(count)s things that nobody else could do are yours now.",
        count,
    )
    return Letter(
        subject=_("You take over from %(leaver)s at %(house)s") % said,
        paragraphs=[_("Hello %(name)s,") % said, took % said, _("Show somebody else how they are done, soon.")],
        action=_("See what only one person can do"),
        url=url,
    )


def prove_address(*, name: str, campaign: str, url: str, until: datetime) -> Letter:
    """A candidate's address is proved."""
    said = {"name": name, "campaign": campaign, "house": settings.HOUSE, "until": _moment(until)}
    return Letter(
        subject=_("You would join %(house)s: confirm your address") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("You answered “%(campaign)s”. Open the link below until %(until)s: then the team reads what you wrote.")
            % said,
        ],
        action=_("Confirm my address"),
        url=url,
        why=_("If it was not you, do nothing: what was written is forgotten."),
    )


def accepted(*, name: str, url: str, until: datetime) -> Letter:
    """The board said yes."""
    said = {"name": name, "house": settings.HOUSE, "until": _moment(until)}
    return Letter(
        subject=_("Welcome to the team of %(house)s") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("The board of %(house)s would be glad to have you, first as an observer: you look, read and learn.")
            % said,
            _(
                "Open the link below until %(until)s to choose a password, then read and sign the confidentiality agreement."
            )
            % said,
        ],
        action=_("Join the team"),
        url=url,
    )


def declined(*, name: str, campaign: str, words: str) -> Letter:
    """The board said no."""
    said = {"name": name, "campaign": campaign, "house": settings.HOUSE}
    return Letter(
        subject=_("Your answer to “%(campaign)s”") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _(
                "Thank you for answering “%(campaign)s”. The board of %(house)s has decided not to take you into the team now."
            )
            % said,
            *([words] if words.strip() else []),
            _("What you wrote to us is erased in six months."),
        ],
    )
