"""What the vault writes to people."""

from datetime import datetime

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from essaim.manager.core.mail import Letter


def break_glass_used(*, name: str, by: str, at: datetime, is_drill: bool, url: str) -> Letter:
    """The break-glass kit was opened: everybody of the team is told."""
    said = {"name": name, "by": by, "house": settings.HOUSE}
    said["at"] = formats.date_format(timezone.localtime(at), "j F Y, H:i")
    if is_drill:
        subject = _("Drill: the break-glass key of %(house)s was tried") % said
        told = _("%(by)s tried on %(at)s that two sheets open the break-glass kit. No secret was shown.") % said
    else:
        subject = _("The break-glass key of %(house)s was used") % said
        told = (
            _("%(by)s opened the break-glass kit on %(at)s, with two sheets, and could read every secret in it.") % said
        )
    return Letter(
        subject=subject,
        paragraphs=[
            _("Hello %(name)s,") % said,
            told,
            _("If you did not know of it, ask at once who holds the sheets, and replace the secrets of the vault."),
        ],
        action=_("See the vault"),
        url=url,
        why=_("The whole team gets this letter."),
    )


def break_glass_entered(name: str, *, by: str, machine: str, origin: str, at: datetime, url: str) -> Letter:
    """Somebody came into a machine with the break-glass key: everybody of the team is told, as soon as the Manager hears of it."""
    said = {"name": name, "by": by, "machine": machine, "origin": origin or "?", "house": settings.HOUSE}
    said["at"] = formats.date_format(timezone.localtime(at), "j F Y, H:i")
    return Letter(
        subject=_("Somebody came into %(machine)s with the break-glass key of %(house)s") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _(
                "Whoever calls themselves “%(by)s” came into %(machine)s as root on %(at)s, from %(origin)s, with a certificate that two sheets of the break-glass key gave. The Manager did not have to agree."
            )
            % said,
            _(
                "If you did not know of it, ask at once who holds the sheets, and make a new break-glass key: the old one opens no machine any more, and ends who is in."
            ),
        ],
        action=_("See who is on which machine"),
        url=url,
        why=_("The whole team gets this letter."),
    )
