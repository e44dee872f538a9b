"""What the OpenID room refuses, and why. What OpenID Connect itself refuses is said in its own words, to programs."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class ToolNotFound(EssaimError):
    """No such tool."""

    code = "openid.tool_not_found"
    message = _("There is no tool {key}.")
    hint = _("Look for it in the list of tools.")
    http_status = 404


class ToolClosed(EssaimError):
    """A closed tool lets nobody in."""

    code = "openid.tool_closed"
    message = _("{name} is closed.")
    hint = _("Add it again: it gets another identifier and secret.")
    http_status = 409


class ToolNameMissing(EssaimError):
    """People must know where they sign in."""

    code = "openid.name_missing"
    message = _("A name is missing.")
    hint = _("Write what people call it: Wiki of the team.")
    http_status = 422
    field = "name"


class AddressRefused(EssaimError):
    """An address to which nobody may be sent."""

    code = "openid.address_refused"
    message = _("“{address}” cannot be an address of the tool.")
    hint = _("Write it whole, with https:// and without # or *. On this machine alone, http://127.0.0.1 will do.")
    http_status = 422
    field = "redirect_uris"


class LogoutAddressRefused(AddressRefused):
    """The same, of the address told of sign-outs."""

    code = "openid.logout_address_refused"
    field = "logout_url"


class GroupUnknown(EssaimError):
    """Not a group of the team."""

    code = "openid.group_unknown"
    message = _("“{group}” is not a group of the team.")
    hint = _("Groups are listed on the page of rights.")
    http_status = 422
    field = "groups"


class GroupsMissing(EssaimError):
    """A tool that nobody may sign in to."""

    code = "openid.groups_missing"
    message = _("Nobody may sign in to this tool.")
    hint = _("Choose at least one group.")
    http_status = 422
    field = "groups"


class NotForYou(EssaimError):
    """Signed in, and not of the groups that the tool is for."""

    code = "openid.not_for_you"
    message = _("{name} is not open to you.")
    hint = _("It is for: {groups}. Who manages the tools can open it to one of your groups.")
    http_status = 403
