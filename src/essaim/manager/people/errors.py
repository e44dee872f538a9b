"""What the people room refuses, and why."""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class PersonExists(EssaimError):
    """One sign-in an e-mail address."""

    code = "people.person_exists"
    message = _("{email} already has a sign-in.")
    hint = _("Add this person to the client instead of creating it again.")
    http_status = 409
    field = "email"


class EmailMalformed(EssaimError):
    """Not an e-mail address."""

    code = "people.email_malformed"
    message = _("“{email}” is not an e-mail address.")
    hint = _("Write it as name@example.org.")
    http_status = 422
    field = "email"


class NameMissing(EssaimError):
    """A person or client needs a name."""

    code = "people.name_missing"
    message = _("A name is missing.")
    hint = _("Write the name that others will recognise.")
    http_status = 422
    field = "name"


class PasswordRefused(EssaimError):
    """Too short, or known to everyone."""

    code = "people.password_refused"
    message = _("This password cannot be used: {why}")
    hint = _("Use at least 12 characters; several words make a good one.")
    http_status = 422
    field = "password"


class PasswordWrong(EssaimError):
    """The present password did not match."""

    code = "people.password_wrong"
    message = _("The present password is not right.")
    hint = _("Type it again; if it is lost, the team can give you a new one.")
    http_status = 422
    field = "current_password"


class ClientNotFound(EssaimError):
    """No such client, or not for this person to see: both sound the same on purpose."""

    code = "people.client_not_found"
    message = _("There is no client {slug} among yours.")
    hint = _("Check the spelling, or ask its owner to invite you.")
    http_status = 404


class ClientExists(EssaimError):
    """The identifier is taken."""

    code = "people.client_exists"
    message = _("The identifier {slug} is already a client's.")
    hint = _("Choose another, or leave it empty: one is made from the name.")
    http_status = 409
    field = "slug"


class SlugMalformed(EssaimError):
    """Not an identifier."""

    code = "people.slug_malformed"
    message = _("“{slug}” cannot be an identifier.")
    hint = _("Use lower-case letters, digits and hyphens.")
    http_status = 422
    field = "slug"


class RoleUnknown(EssaimError):
    """Not a role that a person has at a client."""

    code = "people.role_unknown"
    message = _("“{role}” is not a role.")
    hint = _("Roles are: owner, manager, reader.")
    http_status = 422
    field = "role"


class LastOwner(EssaimError):
    """A client keeps at least one owner."""

    code = "people.last_owner"
    message = _("{person} is the last owner of {client}.")
    hint = _("Make somebody else an owner first.")
    http_status = 409
    field = "role"


class TokenNotFound(EssaimError):
    """No such token, or not of this person."""

    code = "people.token_not_found"
    message = _("There is no such token among yours.")
    hint = _("Look at the list of your tokens.")
    http_status = 404


class ScopeUnknown(EssaimError):
    """Not a scope, or none at all."""

    code = "people.scope_unknown"
    message = _("“{scope}” is not something a token can be allowed.")
    hint = _("Choose among: {offered}.")
    http_status = 422
    field = "scopes"


class ScopeMissing(EssaimError):
    """The token may not do this."""

    code = "people.scope_missing"
    message = _("This token is not allowed {scope}.")
    hint = _("Issue a token with that scope on the page of your tokens.")
    http_status = 403


class ExpiryPast(EssaimError):
    """A token that is over before it begins."""

    code = "people.expiry_past"
    message = _("The date of expiry is already past.")
    hint = _("Choose a later date, or none.")
    http_status = 422
    field = "expires_at"
