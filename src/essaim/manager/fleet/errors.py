"""What the fleet refuses, and why."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class MachineNotFound(EssaimError):
    """No such machine, or not for this person to see: both sound the same on purpose."""

    code = "fleet.machine_not_found"
    message = _("There is no machine {name}.")
    hint = _("Check the spelling in the list of machines.")
    http_status = 404


class MachineNameRefused(EssaimError):
    """The name is not one DNS label."""

    code = "fleet.machine_name_refused"
    message = _("“{name}” cannot be a machine's name.")
    hint = _("Use 1 to 32 lower-case letters, digits and hyphens, starting with a letter: web1.")
    http_status = 422
    field = "name"


class MachineExists(EssaimError):
    """Two machines never share a name."""

    code = "fleet.machine_exists"
    message = _("There is already a machine {name}.")
    hint = _("Choose another name, or issue a new enrolment token for that machine.")
    http_status = 409
    field = "name"


class RoleUnknown(EssaimError):
    """A role nobody wrote an agent for."""

    code = "fleet.role_unknown"
    message = _("“{role}” is not a machine's role.")
    hint = _("Roles are: web, prober.")
    http_status = 422
    field = "roles"


class NoMachineFree(EssaimError):
    """Every web machine is full, draining or not yet enrolled."""

    code = "fleet.no_machine_free"
    message = _("No web machine can take a new account now.")
    hint = _("The team adds a machine or raises a capacity; nothing was created.")
    http_status = 503


class MachineRevoked(EssaimError):
    """A revoked machine stays so: it enrols again under a new token."""

    code = "fleet.machine_revoked"
    message = _("Machine {name} was revoked.")
    hint = _("Issue a new enrolment token and enrol it again.")
    http_status = 409


class TokenRefused(EssaimError):
    """Unknown, used or expired: not told apart."""

    code = "fleet.token_refused"
    message = _("This enrolment token is not valid.")
    hint = _("It works once and for one hour. Ask for a new one: essaim machine token NAME.")
    http_status = 403


class PublicKeyRefused(EssaimError):
    """What the machine sent is not an NKEY of type user."""

    code = "fleet.public_key_refused"
    message = _("The machine sent a key that is not a user NKEY.")
    hint = _("Enrol with the agent of this version: python3 -m essaim.agent enrol.")
    http_status = 422
