"""What the privacy room refuses, and why."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class ExportMissing(EssaimError):
    """No such export, or somebody else's."""

    code = "privacy.export_missing"
    message = _("There is no such export of yours.")
    hint = _("An export is kept for seven days. Ask for another.")
    http_status = 404


class ExportNotReady(EssaimError):
    """It is being prepared."""

    code = "privacy.export_not_ready"
    message = _("This export is not ready yet.")
    hint = _("A letter tells you when it is.")
    http_status = 409


class ExportsTooMany(EssaimError):
    """Each is a copy of everything: a few a day are enough."""

    code = "privacy.exports_too_many"
    message = _("You asked for several exports today already.")
    hint = _("Fetch the last one, or ask again tomorrow.")
    http_status = 429


class OwnsStill(EssaimError):
    """A client would be left without an owner."""

    code = "privacy.owns_still"
    message = _("You are the last owner of {clients}.")
    hint = _("Make somebody else an owner there, or ask the team to end the contract; then ask again.")
    http_status = 409


class OfTheTeam(EssaimError):
    """Duties and keys are handed over first."""

    code = "privacy.of_the_team"
    message = _("You are of the team.")
    hint = _("Leave the team first: what only you can do is handed over there.")
    http_status = 409


class AddressWrong(EssaimError):
    """The confirmation that was typed is not one's own e-mail."""

    code = "privacy.address_wrong"
    message = _("This is not the e-mail you sign in with.")
    hint = _("Type it as it stands above.")
    http_status = 422
    field = "confirm"


class PurposeUnknown(EssaimError):
    """Nobody asks for such a consent."""

    code = "privacy.purpose_unknown"
    message = _("Nothing here asks for a consent to “{purpose}”.")
    hint = _("Possible: {offered}.")
    http_status = 404


class ServicesStill(EssaimError):
    """Nobody is erased who is still served."""

    code = "privacy.services_still"
    message = _("The services of {client} have not ended.")
    hint = _("End them first, on the page of the client's end: one proposes, another approves.")
    http_status = 409


class AccountsStill(EssaimError):
    """Files are erased by their own way, on the machines."""

    code = "privacy.accounts_still"
    message = _("{client} still has accounts: {accounts}.")
    hint = _("Erase them first; they are kept for thirty days after they were closed.")
    http_status = 409


class IdentifierWrong(EssaimError):
    """The confirmation that was typed is not the client's identifier."""

    code = "privacy.identifier_wrong"
    message = _("This is not the identifier of the client.")
    hint = _("Type {slug}.")
    http_status = 422
    field = "confirm"


class ClientErasureThere(EssaimError):
    """One at a time."""

    code = "privacy.client_erasure_there"
    message = _("{client} is to be erased already.")
    hint = _("The page says when; it can be stopped there.")
    http_status = 409


class ClientErasureMissing(EssaimError):
    """There is nothing to stop."""

    code = "privacy.client_erasure_missing"
    message = _("No erasure of {client} is under way.")
    hint = _("It was stopped or done already.")
    http_status = 404
