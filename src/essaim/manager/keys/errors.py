"""What the keys room refuses, and why."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class CertificateNotFound(EssaimError):
    """No certificate of that serial number."""

    code = "keys.certificate_not_found"
    message = _("There is no certificate {serial}.")
    hint = _("Look at the list of certificates.")
    http_status = 404


class NotConfirmed(EssaimError):
    """A key to machines is given only to who has just shown that it is them."""

    code = "keys.not_confirmed"
    message = _("Show first that it is you.")
    hint = _("Confirm at {url}, or give the code of your application. Either counts for ten minutes.")
    http_status = 403
    field = "code"


class CodeWrong(EssaimError):
    """The code of the second factor is not right."""

    code = "keys.code_wrong"
    message = _("This code is not right, or no longer.")
    hint = _("The application shows a new one every 30 seconds.")
    http_status = 403
    field = "code"


class PublicKeyRefused(EssaimError):
    """Ed25519 keys alone are signed."""

    code = "keys.public_key_refused"
    message = _("This is not the public half of an Ed25519 key.")
    hint = _("Make one with: ssh-keygen -t ed25519")
    http_status = 422
    field = "public_key"


class TooLong(EssaimError):
    """A certificate lasts eight hours at most."""

    code = "keys.too_long"
    message = _("A certificate is good for one minute to eight hours.")
    hint = _("Ask for a new one when it ends.")
    http_status = 422
    field = "seconds"


class MachineNotReady(EssaimError):
    """The machine did not say that it lets people in."""

    code = "keys.machine_not_ready"
    message = _("{name} lets nobody in by SSH.")
    hint = _("Install openssh-server and sudo on it, then run essaim-agent install there.")
    http_status = 409
    field = "machines"


class NoMachineNamed(EssaimError):
    """A certificate is for some machines, never for none or for all to come."""

    code = "keys.no_machine_named"
    message = _("Name the machines that the certificate is for.")
    hint = _("One to fifty names.")
    http_status = 422
    field = "machines"


class TokenAway(EssaimError):
    """The authority's key is in a PKCS#11 token, which does not sign."""

    code = "keys.token_away"
    message = _("The token that holds the authority’s key does not answer: {why}.")
    hint = _(
        "Look whether it is plugged in, and at ESSAIM_SSH_PKCS11_* in /etc/essaim/manager.env. Revoking goes on meanwhile."
    )
    http_status = 503


class NoNumberLeft(EssaimError):
    """Every number for people was given to somebody once."""

    code = "keys.no_number_left"
    message = _("No number is left for another person on machines.")
    hint = _("Numbers 15000 to 19999 are for people. Tell the developers.")
    http_status = 409
