"""What the API itself refuses, before a room is asked.

TokenMissing, TokenRefused       401
ScopeTooWide                     403
AddressUnknown                   404
MethodRefused                    405
IdempotencyKeyReused             409
LengthMissing, BodyTooLarge      411, 413
RequestInvalid                   422
BodyUnreadable, IdempotencyKeyMalformed   400
"""

from django.utils.translation import gettext_lazy as _

from essaim.manager.core.errors import EssaimError


class TokenMissing(EssaimError):
    """No `Authorization: Bearer ...` came with the request."""

    code = "api.token_missing"
    message = _("This address needs an API token.")
    hint = _("Send the header “Authorization: Bearer TOKEN”. Make one on the page of your tokens.")
    http_status = 401


class TokenRefused(EssaimError):
    """Unknown, expired, revoked, or its person may no longer sign in: not told apart."""

    code = "api.token_refused"
    message = _("This API token is not valid.")
    hint = _("It may have expired or been revoked. Make a new one on the page of your tokens.")
    http_status = 401


class TokenInAddress(EssaimError):
    """Addresses are kept in logs, histories and the Referer of other sites: a token there is no secret any more."""

    code = "api.token_in_address"
    message = _("A token stands in the address: whoever keeps addresses has it now.")
    hint = _("Revoke this token now, make another, and send it in the header “Authorization: Bearer TOKEN”.")
    http_status = 400


class AddressUnknown(EssaimError):
    """No operation stands there."""

    code = "api.address_unknown"
    message = _("The API has nothing at {path}.")
    hint = _("All addresses are listed at /api/v1/docs.")
    http_status = 404


class MethodRefused(EssaimError):
    """The address exists, this method does not."""

    code = "api.method_refused"
    message = _("{method} is not possible at this address.")
    hint = _("Possible here: {allowed}.")
    http_status = 405


class BodyUnreadable(EssaimError):
    """Not JSON, or not JSON of a shape that can be read."""

    code = "api.body_unreadable"
    message = _("The request's body is not JSON that can be read.")
    hint = _("Send one JSON object, in UTF-8.")
    http_status = 400


class RequestInvalid(EssaimError):
    """Fields are missing or not of their type; `errors` in the answer names each."""

    code = "api.request_invalid"
    message = _("The request has fields that cannot be accepted.")
    hint = _("“errors” names each of them.")
    http_status = 422


class LengthMissing(EssaimError):
    """An upload whose size is not told beforehand."""

    code = "api.length_missing"
    message = _("The upload does not say how long it is.")
    hint = _("Send the header Content-Length instead of a chunked transfer.")
    http_status = 411


class BodyTooLarge(EssaimError):
    """Refused before it is read."""

    code = "api.body_too_large"
    message = _("This upload is larger than the {most_mib} MiB that are accepted.")
    hint = _("Leave out what the site does not need, or send it in parts over SFTP.")
    http_status = 413


class ScopeTooWide(EssaimError):
    """A token never makes, sees through or revokes one that may do more than itself."""

    code = "api.scope_too_wide"
    message = _("This token may not give or take away the scope {scope}, which it does not have.")
    hint = _("Sign in to the Manager and use the page of your tokens.")
    http_status = 403
    field = "scopes"


class IdempotencyKeyMalformed(EssaimError):
    """Too short to be unique, or too long to be kept."""

    code = "core.idempotency_key_malformed"
    message = _("This Idempotency-Key cannot be used.")
    hint = _("Send 8 to 128 visible ASCII characters, for example a UUID, new for each thing asked.")
    http_status = 400


class IdempotencyKeyReused(EssaimError):
    """The key was used today for something else."""

    code = "core.idempotency_key_reused"
    message = _("This Idempotency-Key was already used for another request.")
    hint = _("Make a new key for each new thing asked; repeat one only with the very same request and token.")
    http_status = 409
