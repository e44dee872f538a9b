"""Clients from a table of another register."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AfterValidator, Field, StringConstraints

from essaim.manager.people import client_errors
from essaim.manager.people.client_import import BYTES_MAX, bring_in
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation

router = Router(tags=["clients"])


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


Table = Annotated[str, StringConstraints(max_length=BYTES_MAX), AfterValidator(_whole)]


class ImportOrder(Body):
    """A table to bring in."""

    csv: Table = Field(description="The table, with a heading; columns as docs/people.md names them.")
    dry_run: bool = Field(default=False, description="Say what each line means and write nothing.")
    without_broken: bool = Field(
        default=False, description="Leave broken lines out; otherwise one broken line keeps all out."
    )


class ImportLine(Schema):
    """What one line means."""

    number: int
    reference: str
    name: str
    what: str = Field(description="`new`, `changed`, `same` or `broken`.")
    code: str
    field: str
    sentence: str
    advice: str


class ImportAnswer(Schema):
    """What a table means, and whether it was brought in."""

    is_done: bool
    new: int
    changed: int
    same: int
    broken: int
    unknown_columns: list[str]
    lines: list[ImportLine]


@operation(
    router,
    "POST",
    "",
    summary="Bring clients in",
    answers=ImportAnswer,
    scope="people:write",
    right="clients.add",
    refusals=(
        client_errors.ImportEmpty,
        client_errors.ImportColumnsMissing,
        client_errors.ImportTooLong,
        RightMissing,
    ),
)
def import_clients(request: HttpRequest, order: ImportOrder) -> ImportAnswer:
    """Clients are found again by their `reference`: the same table again changes nothing. All lines in one transaction, or none."""
    report = bring_in(order.csv, by=asker(request), is_trial=order.dry_run, without_broken=order.without_broken)
    return ImportAnswer(
        is_done=report.is_done,
        unknown_columns=report.unknown_columns,
        lines=[ImportLine(**line._asdict()) for line in report.lines],
        **report.counts,
    )
