"""What the privacy room writes to people."""

from datetime import datetime

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from essaim.manager.core.mail import Letter


def _day(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "j F Y")


def export_ready(*, name: str, url: str) -> Letter:
    """A file with all of one's data can be fetched."""
    return Letter(
        subject=_("Your data at %(house)s can be fetched") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _("The file with everything we hold of you is ready. It is kept for seven days."),
        ],
        action=_("Fetch the file"),
        url=url,
        why=_("If it was not you who asked, change your password and write to the team."),
    )


def erasure_asked(*, name: str, due: datetime, url: str) -> Letter:
    """Somebody is going to be erased."""
    return Letter(
        subject=_("You will be erased at %(house)s") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _(
                "You asked for it: on %(day)s your sign-in and what we hold of you are erased, but for what the law has us keep."
            )
            % {"day": _day(due)},
            _("Until then you can stop it with one click. After that, nobody can bring it back."),
        ],
        action=_("Stop it"),
        url=url,
        why=_("If it was not you who asked, stop it at once, change your password and write to the team."),
    )


def erased(*, name: str, until: datetime) -> Letter:
    """It is done: the last letter."""
    return Letter(
        subject=_("You are erased at %(house)s") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _("Your sign-in and what we held of you are erased.")
            + " "
            + _(
                "Your name and e-mail are kept apart and sealed until %(day)s, as the law asks; then they are erased, too."
            )
            % {"day": _day(until)},
        ],
        why=_("This is the last letter from us. This address is forgotten with it within 90 days."),
    )


def client_erasure_asked(*, name: str, client: str, due: datetime, url: str) -> Letter:
    """To who has a place at a client that is going to be erased."""
    said = {"name": name, "client": client, "house": settings.HOUSE, "day": _day(due)}
    return Letter(
        subject=_("%(client)s will be erased at %(house)s") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("The services of %(client)s at %(house)s have ended. On %(day)s what we hold of it is erased, but for what the law has us keep.") % said,
            _("Until then you can fetch its data as an owner. Your own sign-in stays; you can have it erased, too.") % said,
            _("If this is an error, answer the team before that day.") % said,
        ],
        action=_("Your data"),
        url=url,
    )  # fmt: skip
