"""The confidentiality agreement: what is in force, who signed, the draft of the next one.

Signing and putting a draft in force are acts of a person who has shown that it is them: they stay on the pages.
"""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AfterValidator, Field, StringConstraints

from essaim.manager.people.errors import NameMissing
from essaim.manager.people.rights import RightMissing
from essaim.manager.team import agreement, errors
from essaim.manager.team.models import AgreementVersion
from essaim.manager.web.api.answers import Body, Word, plain
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation

router = Router(tags=["team"])
READ, WRITE = "team:read", "team:write"
Prose = Annotated[str, StringConstraints(max_length=100_000), AfterValidator(plain)]


class VersionAnswer(Schema):
    """One version."""

    number: int
    title: str
    text: str = Field(description="Markdown.")
    sha256: str = Field(description="Of the text's UTF-8 bytes; empty: a draft.")
    in_force_at: datetime | None = Field(description="Null: a draft, which nobody is asked to sign.")


class SignatureAnswer(Schema):
    """One of the team, and when they signed the version in force."""

    email: str
    name: str
    signed_at: datetime | None = Field(description="Null: nothing of the team's opens to them until they sign.")


class AgreementAnswer(Schema):
    """What is promised, and by whom."""

    current: VersionAnswer | None = Field(description="Null: the house asks for none.")
    signatures: list[SignatureAnswer]
    former: list[int] = Field(description="Numbers of versions that were in force before.")
    has_draft: bool


class DraftOrder(Body):
    """The next version, whole."""

    title: Word
    text: Prose = Field(description="Markdown.")


def _version(row: AgreementVersion) -> VersionAnswer:
    return VersionAnswer.from_orm(row)


@operation(
    router, "GET", "/agreement", summary="Show the agreement", answers=AgreementAnswer, scope=READ, right="team.see"
)
def show_agreement(request: HttpRequest) -> AgreementAnswer:  # noqa: ARG001 - every view is given it
    """The version in force with its text, who of the team has signed it and who has not."""
    current = agreement.current()
    return AgreementAnswer(
        current=_version(current) if current else None,
        signatures=[
            SignatureAnswer(email=person.email, name=person.name, signed_at=signed.signed_at if signed else None)
            for person, signed in (agreement.signatures_of_team(current) if current else [])
        ],
        former=[one.number for one in agreement.former() if current is None or one.number != current.number],
        has_draft=agreement.draft() is not None,
    )


@operation(
    router, "GET", "/agreement/versions/{number}", summary="Show a version of the agreement", answers=VersionAnswer, scope=READ, right="team.see",
    refusals=(errors.AgreementNotFound,),
)  # fmt: skip
def show_agreement_version(request: HttpRequest, number: int) -> VersionAnswer:  # noqa: ARG001 - every view is given it
    """One that is or was in force."""
    return _version(agreement.get_version(min(number, 2**31 - 1)))


@operation(
    router, "POST", "/agreement/draft", summary="Write the next agreement", answers=VersionAnswer, scope=WRITE, right="team.agreement",
    refusals=(NameMissing, errors.AgreementTextMissing, RightMissing),
)  # fmt: skip
def write_agreement_draft(request: HttpRequest, order: DraftOrder) -> VersionAnswer:
    """Writes the draft, or writes it anew. Nobody is asked to sign it before somebody puts it in force on its page."""
    return _version(agreement.write_draft(title=order.title, text=order.text, by=asker(request)))
