"""One's own data: what is held and why, taken along, erased; what one consented to. For the team, what the next night forgets."""

from datetime import datetime

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import NotAllowed
from essaim.manager.core.personal import declarations
from essaim.manager.people.errors import ClientNotFound
from essaim.manager.people.queries import get_client
from essaim.manager.privacy import consents, erasing, errors, exporting, retention
from essaim.manager.privacy.models import Erasure, Export
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import OPEN, operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["privacy"])
OWN = "privacy:write"


class HeldAnswer(Schema):
    """What one kind of row holds of people."""

    model: str
    purpose: str
    ground: str
    kept: str
    when_erased: str
    law: str = Field(description="What makes us keep it when somebody is erased; empty: nothing does.")


class ExportOrder(Body):
    """An export to make."""

    client: Word = Field("", description="Identifier of a client that you own; empty: your own data.")


class ExportAnswer(Schema):
    """A file with everything."""

    id: int
    client: str = Field(description="Empty: your own data.")
    asked_at: datetime
    ready_at: datetime | None = Field(description="Null: it is being prepared.")
    rows: int
    size_bytes: int


class ErasureOrder(Body):
    """Erase me."""

    confirm: Word = Field(description="Your e-mail.")


class ErasureLine(Schema):
    """What becomes of one kind of row."""

    purpose: str
    rows: int
    how: str = Field(description="`deleted`, `blanked`, `kept`, `clients`.")
    law: str


class ErasureAnswer(Schema):
    """What an erasure of yourself does, and the one that is under way."""

    due_at: datetime = Field(description="When it is done, or would be if you asked now.")
    is_under_way: bool
    identity_kept_until: datetime
    refused_because: str = Field(description="What has to be done first; empty: nothing.")
    lines: list[ErasureLine]


class ConsentAnswer(Schema):
    """Something beyond the contract."""

    purpose: str
    title: str
    text: str
    version: int
    given_at: datetime | None = Field(description="Null: you did not agree, or to an older text.")


class GoingAnswer(Schema):
    """What the next night forgets of one kind of row."""

    model: str
    purpose: str
    kept: str
    rows: int
    oldest: datetime | None


@operation(router, "GET", "/register", summary="Show what is held of people", answers=Page[HeldAnswer], scope=OPEN)
def show_register(request: HttpRequest) -> HttpResponse:
    """The register of processings: answers without a token."""
    items = [
        HeldAnswer(
            model=one.label,
            purpose=str(one.purpose),
            ground=one.ground.value,
            kept=str(one.kept),
            when_erased=one.erase.value,
            law=str(one.law),
        )
        for one in declarations()
    ]
    return listed(request, Page(items=items))


def _export(export: Export) -> ExportAnswer:
    slug = export.client.slug if export.client else ""
    return ExportAnswer(
        id=export.pk,
        client=slug,
        asked_at=export.asked_at,
        ready_at=export.ready_at,
        rows=export.rows,
        size_bytes=export.size_bytes,
    )


@operation(router, "GET", "/exports", summary="List your exports", answers=Page[ExportAnswer], scope=OWN)
def list_exports(request: HttpRequest) -> HttpResponse:
    """The files that you asked for, newest first. Each is kept for seven days."""
    return listed(request, Page(items=[_export(one) for one in exporting.exports_of(asker(request))]))


@operation(
    router,
    "POST",
    "/exports",
    summary="Make a file of your data",
    answers=ExportAnswer,
    scope=OWN,
    status=201,
    refusals=(ClientNotFound, errors.ExportsTooMany, NotAllowed),
)
def create_export(request: HttpRequest, order: ExportOrder) -> ExportAnswer:
    """Everything that is held of you, or of a client that you own, as a ZIP of JSON. What is long is prepared meanwhile: read `ready_at`."""
    person = asker(request)
    client = get_client(order.client, seen_by=person) if order.client else None
    return _export(exporting.ask(person, client=client))


@operation(
    router,
    "GET",
    "/exports/{id}/file",
    summary="Fetch a file of your data",
    answers=ExportAnswer,
    scope=OWN,
    refusals=(errors.ExportMissing, errors.ExportNotReady),
)
def fetch_export(request: HttpRequest, id: int) -> FileResponse:  # noqa: A002 - the name of the path's parameter
    """The ZIP itself."""
    found = exporting.get(asker(request), min(id, 2**62))
    return FileResponse(exporting.path_of(found).open("rb"), as_attachment=True, filename=f"essaim-{found.pk}.zip")


def _erasure(person_erasure: Erasure | None, seen: erasing.Preview) -> ErasureAnswer:
    refusal = seen.refusal
    return ErasureAnswer(
        due_at=person_erasure.due_at if person_erasure else seen.due_at,
        is_under_way=person_erasure is not None,
        identity_kept_until=seen.identity_until,
        refused_because=f"{refusal} {refusal.advice}" if refusal else "",
        lines=[
            ErasureLine(purpose=str(line.purpose), rows=line.rows, how=line.erase.value, law=str(line.law))
            for line in seen.lines
        ],
    )


@operation(router, "GET", "/erasure", summary="Show what erasing you would do", answers=ErasureAnswer, scope=OWN)
def show_erasure(request: HttpRequest) -> ErasureAnswer:
    """What goes, what stays with your clients, what the law has us keep and until when."""
    return _erasure(erasing.under_way(asker(request)), erasing.preview(asker(request)))


@operation(
    router,
    "POST",
    "/erasure",
    summary="Erase yourself",
    answers=ErasureAnswer,
    scope=OWN,
    status=202,
    refusals=(errors.AddressWrong, errors.OwnsStill, errors.OfTheTeam),
)
def ask_erasure(request: HttpRequest, order: ErasureOrder) -> ErasureAnswer:
    """It is done after two weeks, in which it can be stopped."""
    person = asker(request)
    return _erasure(erasing.ask(person, confirm=order.confirm), erasing.preview(person))


@operation(router, "POST", "/erasure/stop", summary="Stop an erasure", answers=ErasureAnswer, scope=OWN)
def stop_erasure(request: HttpRequest) -> ErasureAnswer:
    """You stay. Where none is under way, nothing changes."""
    person = asker(request)
    erasing.stop(person)
    return _erasure(None, erasing.preview(person))


def _consents(request: HttpRequest) -> HttpResponse:
    items = [
        ConsentAnswer(
            purpose=one.name,
            title=str(one.purpose.title),
            text=str(one.purpose.text),
            version=one.purpose.version,
            given_at=one.consent.given_at if one.consent else None,
        )
        for one in consents.asked_of(asker(request))
    ]
    return listed(request, Page(items=items))


@operation(router, "GET", "/consents", summary="List what you agreed to", answers=Page[ConsentAnswer], scope=OWN)
def list_own_consents(request: HttpRequest) -> HttpResponse:
    """Everything beyond the contract that a consent is asked for."""
    return _consents(request)


@operation(
    router,
    "POST",
    "/consents/{purpose}/give",
    summary="Agree",
    answers=Page[ConsentAnswer],
    scope=OWN,
    refusals=(errors.PurposeUnknown,),
)
def give_own_consent(request: HttpRequest, purpose: str) -> HttpResponse:
    """Say yes to the text as it is now. Twice is once."""
    consents.give(asker(request), purpose)
    return _consents(request)


@operation(
    router,
    "POST",
    "/consents/{purpose}/withdraw",
    summary="Agree no longer",
    answers=Page[ConsentAnswer],
    scope=OWN,
    refusals=(errors.PurposeUnknown,),
)
def withdraw_own_consent(request: HttpRequest, purpose: str) -> HttpResponse:
    """Say no from now on. Twice is once."""
    consents.withdraw(asker(request), purpose)
    return _consents(request)


@operation(
    router,
    "GET",
    "/retention",
    summary="Show what tonight forgets",
    answers=Page[GoingAnswer],
    scope="audit:read",
    right="privacy.keep",
)
def show_retention(request: HttpRequest) -> HttpResponse:
    """Counted now; nothing is changed."""
    items = [
        GoingAnswer(model=one.label, purpose=str(one.purpose), kept=str(one.kept), rows=one.rows, oldest=one.oldest)
        for one in retention.going()
    ]
    return listed(request, Page(items=items))
