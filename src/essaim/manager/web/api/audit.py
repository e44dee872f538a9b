"""The audit trail: who did what, about what, when, from where. For the team."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.core import audit, masks
from essaim.manager.core.models import AuditLine
from essaim.manager.core.trail import is_hidden
from essaim.manager.web.api.answers import MOST, Word
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Limit, Page, listed, page_of

router = Router(tags=["audit"])
READ = "audit:read"


class AuditAnswer(Schema):
    """One line of the trail. Each carries the hash of the one before."""

    id: int
    at: datetime
    code: str = Field(examples=["hosting.site_created"])
    who: str = Field(description="The person's e-mail at that time, or essaim: the platform itself.")
    about_kind: str
    about_key: str
    client: str
    origin: str = Field(description="Way in and address.")
    reason: str
    facts: dict[str, Any]
    previous_hash: str
    hash: str


class ChainAnswer(Schema):
    """Whether the chain of hashes holds."""

    holds: bool
    first_broken: int | None = Field(description="Id of the first line that is not as it was written.")
    lines: int


class HeadAnswer(Schema):
    """The newest line: note it elsewhere, and a trail cut off at its end is seen."""

    id: int
    hash: str
    at: datetime | None


def _answer(line: AuditLine) -> AuditAnswer:
    return AuditAnswer(
        id=line.pk,
        at=line.at,
        code=line.code,
        who=line.who,
        about_kind=line.about_kind,
        about_key=line.about_key,
        client=line.client_slug,
        origin=line.origin,
        reason=line.reason,
        facts=line.facts,
        previous_hash=line.previous_hash,
        hash=line.hash,
    )


@operation(router, "GET", "", summary="List audit lines", answers=Page[AuditAnswer], scope=READ, right="audit.see")
def list_audit(
    request: HttpRequest,
    about_kind: Annotated[Word, Query("", description="site, account, machine, client, person ...")],
    about_key: Annotated[Word, Query("", description="Name, login or identifier; together with `about_kind`.")],
    client: Annotated[Word, Query("", description="A client's identifier.")],
    after: Annotated[int, Query(0, ge=0, le=MOST, description="The `next` of the page before; 0: the first page.")],
    limit: Limit,
) -> HttpResponse:
    """The trail, newest first."""
    lines = AuditLine.objects.none() if is_hidden(about_key) else AuditLine.objects.all()
    if about_kind:
        lines = lines.filter(about_kind=about_kind)
    if about_key:
        lines = lines.filter(about_key=about_key)
    if client:
        lines = lines.filter(client_slug=client)
    cursor = str(after) if after else ""
    items, following = page_of(lines, "id", _answer, after=cursor, limit=limit, newest_first=True)
    return listed(request, Page(items=items, next=following))


@operation(
    router, "GET", "/verify", summary="Verify the audit trail", answers=ChainAnswer, scope=READ, right="audit.see"
)
def verify_audit(request: HttpRequest) -> ChainAnswer:  # noqa: ARG001 - every view is given it
    """Recomputes every hash from the first line on."""
    broken = audit.first_broken_line()
    return ChainAnswer(
        holds=broken is None, first_broken=broken.pk if broken else None, lines=AuditLine.objects.count()
    )


@operation(router, "GET", "/head", summary="Show the newest hash", answers=HeadAnswer, scope=READ, right="audit.see")
def show_audit_head(request: HttpRequest) -> HeadAnswer:  # noqa: ARG001 - every view is given it
    """The chain proves that nothing was changed or taken out in the middle; a head noted elsewhere, that nothing was
    cut off at the end.
    """
    with masks.read_by(None):
        newest = AuditLine.objects.order_by("-id").first()
    if newest is None:
        return HeadAnswer(id=0, hash=audit.FIRST, at=None)
    return HeadAnswer(id=newest.pk, hash=newest.hash, at=newest.at)
