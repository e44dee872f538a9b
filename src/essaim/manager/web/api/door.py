"""Who asks, and what their token opens. Cookies open nothing here, so there is no cross-site request to forge."""

from typing import Any, cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from essaim.manager.core import masks
from essaim.manager.people import confidentiality
from essaim.manager.people.models import ApiToken, Person
from essaim.manager.people.queries import token_of
from essaim.manager.people.rights import masked_for, require, require_scope
from essaim.manager.people.tokens import TOKEN_MARK
from essaim.manager.web.api.errors import RequestInvalid, TokenInAddress, TokenMissing, TokenRefused


class BearerToken(HttpBearer):
    """Lets in a request whose token has `scope` (empty: any token), and whose person has `right` as one of the team."""

    def __init__(self, *, scope: str = "", right: str = "") -> None:
        self.scope = scope
        self.right = right
        super().__init__()

    def __call__(self, request: HttpRequest) -> Any:
        """The token, or the refusal that says what is missing."""
        refuse_nul(request)
        refuse_token_in_address(request)
        scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise TokenMissing
        return self.authenticate(request, text.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """The token that `token` is the text of.

        Raises:
            TokenRefused, ScopeMissing, AgreementUnsigned, RightMissing.
        """
        found = token_of(token)
        if found is None:
            raise TokenRefused
        if self.scope:
            require_scope(found, self.scope)
        confidentiality.require(found.person)
        if self.right:
            require(found.person, self.right)
        request.user = found.person
        masks.from_now_on(masked_for(found.person))
        return found


def refuse_nul(request: HttpRequest) -> None:
    """PostgreSQL has no NUL in text and no name has one: told here, once for every path and query."""
    if "\0" in request.path or any("\0" in value for values in request.GET.lists() for value in values[1]):
        raise RequestInvalid


def refuse_token_in_address(request: HttpRequest) -> None:
    """Not even a good one: else it is sent there again. No token's text is in the refusal, nor in any log of ours."""
    if TOKEN_MARK in request.get_full_path():
        raise TokenInAddress


def token(request: HttpRequest) -> ApiToken:
    """The token of a request that came through the door."""
    return cast("ApiToken", getattr(request, "auth"))  # noqa: B009  # ninja puts it on the request, untyped


def asker(request: HttpRequest) -> Person:
    """The person whose token came with the request."""
    return token(request).person
