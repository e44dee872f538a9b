"""Lists by cursor: a page starts after a key, so that a row added or gone meanwhile moves nothing. Nothing is counted."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema
from pydantic import Field

from essaim.manager.web.api.operations import rendered

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")
Limit = Annotated[int, Query(50, ge=1, le=200, description="Most entries of one page.")]
After = Annotated[str, Query("", max_length=600, description="The `next` of the page before; empty: the first page.")]


class Page(Schema, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: Annotated[str, Field(description="Give it as `after` to get the next page; empty: this is the last.")] = ""


def page_of(
    rows: QuerySet[Row], key: str, make: Callable[[Row], Any], *, after: str, limit: int, newest_first: bool = False
) -> tuple[list[Any], str]:
    """At most `limit` of `rows` by the unique field `key`, each through `make`, and where the next page starts."""
    ordered = rows.order_by(f"-{key}" if newest_first else key)
    if after:
        ordered = ordered.filter(**{f"{key}__{'lt' if newest_first else 'gt'}": after})
    found = list(ordered[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return [make(row) for row in found], str(getattr(found[-1], key)) if more else ""


def listed(request: HttpRequest, page: Page[Any]) -> HttpResponse:
    """The page as JSON, with the next one in a Link header too (RFC 8288)."""
    response = rendered(page)
    if page.next:
        query = urlencode({**request.GET.dict(), "after": page.next})
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{query}>; rel="next"'
    return response
