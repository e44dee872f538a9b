"""Tools of the house: what people sign in to with the Manager (OpenID Connect)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.openid import actions, errors, queries
from essaim.manager.openid.models import Tool
from essaim.manager.openid.provider import Adapter
from essaim.manager.web.api.answers import Body, Reason, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["tools"])
REFUSED = (errors.AddressRefused, errors.LogoutAddressRefused, errors.GroupsMissing, errors.GroupUnknown, errors.ToolNameMissing)  # fmt: skip


class ToolOrder(Body):
    """A tool to add."""

    name: Word
    redirect_uris: list[Word] = Field(
        max_length=20, description="Where people come back to, compared letter by letter."
    )
    groups: list[Word] = Field(max_length=20, description="Groups of the team that may sign in.")
    logout_url: Word = Field(
        "", description="Told of sign-outs (OpenID Connect Back-Channel Logout); empty: it is not."
    )


class ToolChange(Body):
    """What to change. What is left out stays."""

    name: Word | None = None
    redirect_uris: list[Word] | None = Field(None, max_length=20)
    groups: list[Word] | None = Field(None, max_length=20)
    logout_url: Word | None = None


class ToolAnswer(Schema):
    """One tool."""

    key: str = Field(description="Its identifier: the tool's client ID.")
    name: str
    issuer: str
    redirect_uris: list[str]
    groups: list[str]
    logout_url: str
    created_at: datetime
    closed_at: datetime | None


class NewSecretAnswer(ToolAnswer):
    """A tool with its secret, shown this once."""

    secret: str


def _answer(tool: Tool) -> ToolAnswer:
    return ToolAnswer(
        key=tool.pk,
        name=tool.client.name,
        issuer=Adapter().get_issuer(),
        redirect_uris=tool.client.get_redirect_uris(),
        groups=tool.groups,
        logout_url=tool.logout_url,
        created_at=tool.created_at,
        closed_at=tool.closed_at,
    )


@operation(
    router, "GET", "", summary="List tools", answers=Page[ToolAnswer], scope="openid:manage", right="openid.manage"
)
def list_tools(request: HttpRequest) -> HttpResponse:
    """Every tool on one page, closed ones last."""
    return listed(request, Page(items=[_answer(tool) for tool in queries.tools(asker(request))]))


@operation(
    router,
    "POST",
    "",
    summary="Add a tool",
    answers=NewSecretAnswer,
    scope="openid:manage",
    right="openid.manage",
    status=201,
    is_secret=True,
    refusals=REFUSED,
)
def create_tool(request: HttpRequest, order: ToolOrder) -> NewSecretAnswer:
    """A tool that people sign in to. Its secret is shown this once."""
    tool, secret = actions.create_tool(by=asker(request), **order.model_dump())
    return NewSecretAnswer(secret=secret, **_answer(tool).model_dump())


@operation(
    router,
    "GET",
    "/{key}",
    summary="Show a tool",
    answers=ToolAnswer,
    scope="openid:manage",
    right="openid.manage",
    refusals=(errors.ToolNotFound,),
)
def show_tool(request: HttpRequest, key: str) -> ToolAnswer:
    """One tool."""
    return _answer(queries.get_tool(key, seen_by=asker(request)))


@operation(
    router,
    "PATCH",
    "/{key}",
    summary="Change a tool",
    answers=ToolAnswer,
    scope="openid:manage",
    right="openid.manage",
    refusals=(errors.ToolNotFound, errors.ToolClosed, *REFUSED),
)
def change_tool(request: HttpRequest, key: str, change: ToolChange) -> ToolAnswer:
    """Whoever is of none of its groups any more is signed out of it."""
    tool = queries.get_tool(key, seen_by=asker(request))
    return _answer(actions.change_tool(tool, by=asker(request), **change.model_dump(exclude_none=True)))


@operation(
    router,
    "POST",
    "/{key}/secret",
    summary="Give a tool another secret",
    answers=NewSecretAnswer,
    scope="openid:manage",
    right="openid.manage",
    is_secret=True,
    refusals=(errors.ToolNotFound, errors.ToolClosed),
)
def renew_tool_secret(request: HttpRequest, key: str) -> NewSecretAnswer:
    """The secret before opens nothing any more."""
    tool = queries.get_tool(key, seen_by=asker(request))
    secret = actions.renew_secret(tool, by=asker(request))
    return NewSecretAnswer(secret=secret, **_answer(tool).model_dump())


@operation(
    router,
    "POST",
    "/{key}/close",
    summary="Close a tool",
    answers=ToolAnswer,
    scope="openid:manage",
    right="openid.manage",
    refusals=(errors.ToolNotFound, ReasonMissing),
)
def close_tool(request: HttpRequest, key: str, why: Reason) -> ToolAnswer:
    """Everybody is signed out of it, for good."""
    tool = queries.get_tool(key, seen_by=asker(request))
    return _answer(actions.close_tool(tool, by=asker(request), reason=why.reason))
