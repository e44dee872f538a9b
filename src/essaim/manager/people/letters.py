"""What the people room writes to people. Each is a function of what it says, so that `/design/emails/` can show it."""

from datetime import datetime

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from essaim.manager.core.mail import Letter


def _moment(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "j F Y, H:i")


def invitation(*, client: str, role: str, by: str, url: str, until: datetime) -> Letter:
    """A place at a client is offered."""
    said = {"client": client, "role": role, "by": by, "house": settings.HOUSE, "until": _moment(until)}
    return Letter(
        subject=_("You are invited to look after %(client)s at %(house)s") % said,
        paragraphs=[
            _("Hello,"),
            _("%(by)s invites you to look after the sites of %(client)s at %(house)s, as %(role)s.") % said,
            _("The link below opens once, until %(until)s. You choose your password there, or sign in if you have one.")
            % said,
        ],
        action=_("Accept the invitation"),
        url=url,
        why=_("If this says nothing to you, do nothing: nobody gets a place without opening the link."),
    )


def new_password(*, name: str, url: str, minutes: int) -> Letter:
    """A forgotten password is replaced."""
    return Letter(
        subject=_("A new password at %(house)s") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _(
                "Somebody, probably you, asked to choose a new password. The link below opens once, for %(minutes)s minutes."
            )
            % {"minutes": minutes},
        ],
        action=_("Choose a new password"),
        url=url,
        why=_("If it was not you, do nothing: your password stays as it is."),
    )


def sign_in_ended(*, name: str, reason: str) -> Letter:
    """The team ended somebody's sign-in."""
    said = {"name": name, "house": settings.HOUSE}
    return Letter(
        subject=_("Your sign-in at %(house)s has ended") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("The team has ended your sign-in at %(house)s:") % said,
            reason,
            _("Your sessions and tokens have ended. What you looked after stays as it is, with whoever it belongs to."),
        ],
        why=_("If you did not expect this, answer whoever of the team you know."),
    )


def sign_in_back(*, name: str, url: str, minutes: int) -> Letter:
    """The team gave a sign-in back."""
    said = {"name": name, "house": settings.HOUSE, "minutes": minutes}
    return Letter(
        subject=_("You can sign in at %(house)s again") % said,
        paragraphs=[
            _("Hello %(name)s,") % said,
            _("The team has given you back your sign-in at %(house)s. Your former password opens nothing any more.") % said,
            _("The link below opens once, for %(minutes)s minutes. After that, the page of forgotten passwords writes you another.") % said,
        ],
        action=_("Choose a new password"),
        url=url,
    )  # fmt: skip


def no_sign_in(*, url: str) -> Letter:
    """A password was asked for with an address that nobody signs in with."""
    return Letter(
        subject=_("Nobody signs in at %(house)s with this address") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello,"),
            _("Somebody, perhaps you, asked for a new password with this address, but nobody signs in with it.")
            + " "
            + _("Perhaps you gave us another one: ask whoever looks after your organisation, or try the other."),
        ],
        action=_("Try another address"),
        url=url,
        why=_("If it was not you, do nothing."),
    )


def password_changed(*, name: str, at: datetime, url: str) -> Letter:
    """The password is another one now."""
    return Letter(
        subject=_("Your password at %(house)s was changed") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _("Your password was changed on %(at)s, and your other sessions have ended.") % {"at": _moment(at)},
            _("If it was not you, choose a new one at once, and write to the team."),
        ],
        action=_("Choose a new password"),
        url=url,
    )


def new_device(*, name: str, at: datetime, device: str, address: str, url: str) -> Letter:
    """A sign-in from a browser that was not seen before."""
    return Letter(
        subject=_("A new sign-in at %(house)s") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _("You signed in on %(at)s from %(address)s, with a browser that we did not know: %(device)s")
            % {"at": _moment(at), "address": address, "device": device or "–"},
            _("If it was you, there is nothing to do. If it was not, end that session and change your password."),
        ],
        action=_("See your sessions"),
        url=url,
    )


def email_change_old(*, name: str, new: str, url: str) -> Letter:
    """To the address that is to go: it has to say yes, and may say no."""
    return Letter(
        subject=_("Shall another address take the place of this one at %(house)s?") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _(
                "You asked to sign in with %(new)s from now on. Say yes or no here, within a day; without a yes nothing changes."
            )
            % {"new": new},
        ],
        action=_("Say yes or no"),
        url=url,
        why=_("If it was not you who asked, say no, and change your password."),
    )


def email_change_new(*, name: str, old: str, url: str) -> Letter:
    """To the address that is to come."""
    return Letter(
        subject=_("Is this your address at %(house)s?") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello,"),
            _("%(name)s (%(old)s) wants to sign in with this address from now on. If it is you, say yes within a day.")
            % {"name": name, "old": old},
        ],
        action=_("Say yes or no"),
        url=url,
        why=_("If this says nothing to you, do nothing: nothing changes."),
    )


def email_taken() -> Letter:
    """Somebody wants an address that its owner signs in with already."""
    return Letter(
        subject=_("You sign in at %(house)s with this address already") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello,"),
            _(
                "Somebody, perhaps you, asked to sign in with this address, which has a sign-in of its own. Nothing was changed."
            ),
        ],
        why=_("If it was you and you want one sign-in instead of two, write to the team."),
    )


def email_changed(*, name: str, new: str) -> Letter:
    """The old address hears that it is done."""
    return Letter(
        subject=_("Your address at %(house)s is another one now") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _("From now on you sign in with %(new)s. This is the last letter to this address.") % {"new": new},
        ],
        why=_("If it was not you, write to the team at once."),
    )


def token_ends(*, name: str, token: str, at: datetime, url: str) -> Letter:
    """A key to the API ends soon."""
    return Letter(
        subject=_("Your token “%(token)s” ends soon") % {"token": token},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _(
                "The token “%(token)s” at %(house)s works until %(at)s. Programs that use it are refused after that: make a new one in time."
            )
            % {"token": token, "house": settings.HOUSE, "at": _moment(at)},
        ],
        action=_("Make a new token"),
        url=url,
    )
