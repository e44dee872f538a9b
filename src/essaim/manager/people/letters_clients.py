"""What the people room writes about places at a client: another role, an end, ownership that is handed over."""

from django.conf import settings
from django.utils.translation import gettext as _

from essaim.manager.core.mail import Letter


def role_changed(*, name: str, client: str, role: str, url: str) -> Letter:
    """Somebody else gave them another role."""
    return Letter(
        subject=_("Your role at %(client)s is another one now") % {"client": client},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _("At %(client)s you are %(role)s now.") % {"client": client, "role": role},
        ],
        action=_("See the client"),
        url=url,
        why=_("If this surprises you, ask its owner."),
    )


def place_ended(*, name: str, client: str) -> Letter:
    """Somebody else took their place away."""
    return Letter(
        subject=_("You no longer look after %(client)s") % {"client": client},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _("Your place at %(client)s was taken away. Your sign-in at %(house)s stays.")
            % {"client": client, "house": settings.HOUSE},
        ],
        why=_("If this surprises you, ask its owner."),
    )


def handover_offered(*, name: str, client: str, by: str, url: str) -> Letter:
    """An owner offers their ownership."""
    return Letter(
        subject=_("%(by)s offers you the ownership of %(client)s") % {"by": by, "client": client},
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _("%(by)s would like you to be the owner of %(client)s in their place.") % {"by": by, "client": client},
            _("Nothing changes before you accept. You may decline; %(by)s is told either way.") % {"by": by},
        ],
        action=_("Accept or decline"),
        url=url,
    )


def handover_answered(*, name: str, client: str, by: str, url: str, is_accepted: bool, is_left: bool) -> Letter:
    """The ownership was taken, or declined."""
    said = {"by": by, "client": client}
    if not is_accepted:
        subject, what = _("%(by)s declined the ownership of %(client)s"), _("You are its owner as before.")
    elif is_left:
        subject, what = (
            _("%(by)s is the owner of %(client)s now"),
            _("As you wished, you no longer have a place there."),
        )
    else:
        subject, what = _("%(by)s is the owner of %(client)s now"), _("You stay as manager.")
    return Letter(
        subject=subject % said,
        paragraphs=[_("Hello %(name)s,") % {"name": name}, f"{subject % said}. {what}"],
        action="" if is_accepted and is_left else _("See the client"),
        url="" if is_accepted and is_left else url,
    )


def registration(*, name: str, client: str, url: str, hours: int) -> Letter:
    """Somebody, probably they, asked to become a client."""
    said = {"client": client, "house": settings.HOUSE, "hours": hours}
    return Letter(
        subject=_("Go on with your registration at %(house)s") % said,
        paragraphs=[
            _("Hello %(name)s,") % {"name": name},
            _("You asked to register %(client)s at %(house)s. The link below shows that this address is yours.") % said,
            _("It opens once, for %(hours)s hours. You choose your password there.") % said,
        ],
        action=_("Go on"),
        url=url,
        why=_("If it was not you, do nothing: nothing is made without opening the link."),
    )


def sign_in_there(*, url: str) -> Letter:
    """Somebody registered with an address that signs in here already."""
    return Letter(
        subject=_("You sign in at %(house)s already") % {"house": settings.HOUSE},
        paragraphs=[
            _("Hello,"),
            _("Somebody, probably you, registered with this address, which signs in here already.")
            + " "
            + _("Sign in with it; if you want another client, write to the team."),
        ],
        action=_("Sign in"),
        url=url,
        why=_("If it was not you, do nothing."),
    )
