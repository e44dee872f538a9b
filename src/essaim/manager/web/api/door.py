"""Who asks, and what their token opens. Cookies open nothing here, so there is no cross-site request to forge."""

from typing import Any, cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from essaim.manager.people.models import ApiToken, Person
from essaim.manager.people.queries import token_of
from essaim.manager.people.rights import require_scope
from essaim.manager.web.api.errors import RequestInvalid, TeamOnly, TokenMissing, TokenRefused


class BearerToken(HttpBearer):
    """Lets in a request whose token has `scope` (empty: any token), and for `team` only people of the team."""

    def __init__(self, *, scope: str = "", team: bool = False) -> None:
        self.scope = scope
        self.team = team
        super().__init__()

    def __call__(self, request: HttpRequest) -> Any:
        """The token, or the refusal that says what is missing."""
        refuse_nul(request)
        scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise TokenMissing
        return self.authenticate(request, text.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """The token that `token` is the text of.

        Raises:
            TokenRefused, ScopeMissing, TeamOnly.
        """
        found = token_of(token)
        if found is None:
            raise TokenRefused
        if self.scope:
            require_scope(found, self.scope)
        if self.team and not found.person.is_team:
            raise TeamOnly
        request.user = found.person
        return found


def refuse_nul(request: HttpRequest) -> None:
    """PostgreSQL has no NUL in text and no name has one: told here, once for every path and query."""
    if "\0" in request.path or any("\0" in value for values in request.GET.lists() for value in values[1]):
        raise RequestInvalid


def token(request: HttpRequest) -> ApiToken:
    """The token of a request that came through the door."""
    return cast("ApiToken", getattr(request, "auth"))  # noqa: B009  # ninja puts it on the request, untyped


def asker(request: HttpRequest) -> Person:
    """The person whose token came with the request."""
    return token(request).person
