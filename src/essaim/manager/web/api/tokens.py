"""A person's own API tokens. A token rules only over those that may do no more, and last no longer, than itself."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from essaim.manager.people import errors, queries
from essaim.manager.people.models import ApiToken
from essaim.manager.people.rights import RightMissing
from essaim.manager.people.tokens import issue_token
from essaim.manager.people.tokens import revoke_token as revoke
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker, token
from essaim.manager.web.api.errors import ScopeTooWide
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Limit, Page, listed

router = Router(tags=["tokens"])


class TokenOrder(Body):
    """A token to make."""

    name: Word = Field(description="What it is for: a list of tokens shows it.")
    scopes: list[Word] = Field(max_length=20, examples=[["sites:read", "sites:write"]])
    expires_at: AwareDatetime | None = Field(
        None, description="Empty: 90 days from now. A year at most, and never longer than the token that asks."
    )


class TokenAnswer(Schema):
    """One token, without its text."""

    id: int
    name: str
    prefix: str = Field(description="Its first characters, to tell tokens apart.")
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewTokenAnswer(TokenAnswer):
    """A new token with its text, shown this once."""

    token: str


def _answer(row: ApiToken) -> TokenAnswer:
    return TokenAnswer.from_orm(row)


@operation(router, "GET", "", summary="List your tokens", answers=Page[TokenAnswer], scope="")
def list_tokens(request: HttpRequest, limit: Limit) -> HttpResponse:
    """Your own tokens, newest first, ended ones too."""
    return listed(request, Page(items=[_answer(row) for row in queries.tokens_of(asker(request))[:limit]]))


@operation(
    router,
    "POST",
    "",
    summary="Create a token",
    answers=NewTokenAnswer,
    scope="keys:write",
    status=201,
    is_secret=True,
    refusals=(errors.NameMissing, errors.ScopeUnknown, errors.ExpiryPast, errors.ExpiryFar, RightMissing, ScopeTooWide),
)
def create_token(request: HttpRequest, order: TokenOrder) -> NewTokenAnswer:
    """A further token of yours, with no scope that the one that asks does not have. Its text is shown this once."""
    _require_within(request, [scope for scope in order.scopes if scope in ApiToken.SCOPES])
    own_end = token(request).expires_at
    ends = [moment for moment in (own_end, order.expires_at) if moment is not None]
    row, text = issue_token(
        asker(request),
        name=order.name,
        scopes=list(order.scopes),
        expires_at=min(ends, default=None),
        by=asker(request),
    )
    return NewTokenAnswer(token=text, **_answer(row).model_dump())


@operation(
    router,
    "POST",
    "/{id}/revoke",
    summary="Revoke a token",
    answers=TokenAnswer,
    scope="",
    refusals=(errors.TokenNotFound, ScopeTooWide),
)
def revoke_token(request: HttpRequest, id: int) -> TokenAnswer:  # noqa: A002 - the name of the path's parameter
    """Ends one of your tokens at once. Revoking twice changes nothing."""
    row = queries.get_token(min(id, 2**62), seen_by=asker(request))
    _require_within(request, row.scopes)
    return _answer(revoke(row, by=asker(request)))


def _require_within(request: HttpRequest, scopes: list[str]) -> None:
    for scope in scopes:
        if scope not in token(request).scopes:
            raise ScopeTooWide(scope=scope)
