"""Clients that are one: found, merged, and made two again."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import apart, client_errors, errors, merging
from essaim.manager.people.duplicates import find_duplicates
from essaim.manager.people.models import Apart, Merge
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["clients"])


class Duplicates(Schema):
    """Clients that have something in common."""

    why: str
    what: str
    clients: list[str] = Field(description="Identifiers, the oldest client first.")


class MergeOrder(Body):
    """Two clients that are one."""

    kept: Word = Field(description="Identifier of the client that stays.")
    gone: Word = Field(description="Identifier of the client that becomes part of it.")
    reason: Word


class MergeAnswer(Schema):
    """One client that became part of another."""

    id: int
    kept: str
    gone: str
    at: datetime
    reason: str
    undone_at: datetime | None


class ApartOrder(Body):
    """Two clients that are not one."""

    one: Word = Field(description="Identifier of a client.")
    other: Word = Field(description="Identifier of another.")
    reason: Word | None = None


class ApartAnswer(Schema):
    """Two clients that look like one and are not."""

    id: int
    clients: list[str]
    at: datetime
    reason: str


def _told(told: Apart) -> ApartAnswer:
    clients = [told.first.slug, told.second.slug]
    return ApartAnswer(id=told.pk, clients=clients, at=told.at, reason=told.reason)


@operation(
    router,
    "GET",
    "/apart",
    summary="List clients that are not one",
    answers=Page[ApartAnswer],
    scope="sites:read",
    right="clients.merge",
)
def list_apart(request: HttpRequest) -> HttpResponse:
    """Pairs of which somebody said that they are no duplicates, the newest first."""
    return listed(request, Page(items=[_told(one) for one in apart.listed(seen_by=asker(request))]))


@operation(
    router,
    "POST",
    "/apart",
    summary="Say that two clients are not one",
    answers=ApartAnswer,
    scope="people:write",
    right="clients.merge",
    refusals=(errors.ClientNotFound, client_errors.ClientMerged, client_errors.MergeWithItself),
)
def tell_clients_apart(request: HttpRequest, order: ApartOrder) -> ApartAnswer:
    """Their pair is no longer listed among the duplicates."""
    by = asker(request)
    one, other = (get_client(slug, seen_by=by) for slug in (order.one, order.other))
    return _told(apart.tell_apart(one, other, by=by, reason=order.reason or ""))


@operation(
    router,
    "POST",
    "/apart/{pk}/undo",
    summary="Look at two clients again",
    answers=ApartAnswer,
    scope="people:write",
    right="clients.merge",
    refusals=(client_errors.ApartMissing,),
)
def take_apart_back(request: HttpRequest, pk: int) -> ApartAnswer:
    """The pair is listed again if it has something in common."""
    told = apart.get_apart(pk, seen_by=asker(request))
    answer = _told(told)
    apart.take_back(told, by=asker(request))
    return answer


class Moving(Schema):
    """One kind of what would move."""

    what: str
    number: int


class MergePreview(Schema):
    """What merging would do. Nothing is written."""

    kept: str
    gone: str
    moving: list[Moving]
    filled: dict[str, str] = Field(
        description="What is empty of the one that stays, and would be taken from the other."
    )


def _answer(merged: Merge) -> MergeAnswer:
    return MergeAnswer(
        id=merged.pk, kept=merged.kept.slug, gone=merged.gone.slug, at=merged.at, reason=merged.reason,
        undone_at=merged.undone_at,
    )  # fmt: skip


@operation(
    router,
    "GET",
    "/duplicates",
    summary="List duplicates",
    answers=Page[Duplicates],
    scope="sites:read",
    right="clients.merge",
)
def list_duplicates(request: HttpRequest) -> HttpResponse:
    """Clients that are probably one, the surest reason first, on one page."""
    found = find_duplicates(by=asker(request))
    items = [Duplicates(why=str(one.why), what=one.what, clients=[row.slug for row in one.clients]) for one in found]
    return listed(request, Page(items=items))


@operation(
    router, "GET", "/preview", summary="Show what merging would do", answers=MergePreview, scope="sites:read", right="clients.merge",
    refusals=(errors.ClientNotFound, client_errors.MergeWithItself, client_errors.MergeAgain, RightMissing),
)  # fmt: skip
def preview_merge(
    request: HttpRequest,
    kept: Annotated[str, Query(..., max_length=300, description="Identifier of the client that would stay.")],
    gone: Annotated[
        str, Query(..., max_length=300, description="Identifier of the client that would become part of it.")
    ],
) -> MergePreview:
    """What would move and what would be filled in."""
    by = asker(request)
    seen = merging.preview(get_client(kept, seen_by=by), get_client(gone, seen_by=by), by=by)
    moving = [Moving(what=what, number=number) for what, number in seen.moving if number]
    return MergePreview(kept=seen.kept.slug, gone=seen.gone.slug, moving=moving, filled=seen.filled)


@operation(
    router,
    "POST",
    "",
    summary="Merge two clients",
    answers=MergeAnswer,
    scope="people:write",
    right="clients.merge",
    status=201,
    refusals=(
        errors.ClientNotFound,
        client_errors.ClientMerged,
        client_errors.MergeWithItself,
        client_errors.MergeAgain,
        ReasonMissing,
        RightMissing,
    ),
)
def merge_clients(request: HttpRequest, order: MergeOrder) -> MergeAnswer:
    """What is the one's becomes the other's; for thirty days that can be undone exactly."""
    by = asker(request)
    kept, gone = (get_client(slug, seen_by=by) for slug in (order.kept, order.gone))
    return _answer(merging.merge(kept, gone, by=by, reason=order.reason))


@operation(
    router,
    "POST",
    "/{pk}/undo",
    summary="Undo a merge",
    answers=MergeAnswer,
    scope="people:write",
    right="clients.merge",
    refusals=(client_errors.MergeMissing, client_errors.MergeTooOld, RightMissing),
)
def undo_merge(request: HttpRequest, pk: int) -> MergeAnswer:
    """Both are as they were; what was added since stays with the one that was kept."""
    return _answer(merging.undo(merging.get_merge(pk), by=asker(request)))
