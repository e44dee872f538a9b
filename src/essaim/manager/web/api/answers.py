"""What the API answers and takes, as types; from these the documentation is made.

Units are in the names; times are UTC in ISO 8601; a null says that something has not happened yet.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from essaim.manager.web.stories import told

MOST = 2**62


def plain(text: str) -> str:
    """`text`, unless it has what no database keeps: NUL, or half of a surrogate pair."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise PydanticCustomError("unreadable_text", "This text has characters that cannot be kept.")
    return text


Text = Annotated[str, StringConstraints(max_length=2000), AfterValidator(plain)]
Word = Annotated[str, StringConstraints(max_length=300), AfterValidator(plain)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Bytes = Annotated[int, Field(ge=0, le=MOST)]


class Body(Schema):
    """A request's body. A field that does not exist is refused: a spelling mistake must not pass for a wish."""

    model_config = ConfigDict(extra="forbid")


class Reason(Body):
    """Why, in words that others can understand later."""

    reason: Text = Field(description="Shown in the story and kept in the audit trail.")


class OptionalReason(Body):
    """Why, if there is something to say."""

    reason: Text = ""


class Problem(Schema):
    """RFC 9457. `code` is dotted, room first; `title` and `detail` follow Accept-Language."""

    type: str = Field(examples=["urn:essaim:hosting.site_taken"])
    title: str = Field(description="What is refused, in a sentence.")
    status: int
    detail: str = Field("", description="What to do next.")
    code: str = Field(examples=["hosting.site_taken"])
    field: str = Field("", description="The field that the refusal is about, if it is about one.")
    facts: dict[str, str] = {}
    errors: list["FieldError"] = []


class FieldError(Schema):
    """One field of a request that cannot be accepted."""

    where: Literal["path", "query", "header", "body"]
    field: str
    code: str
    sentence: str


class StoryLine(Schema):
    """One thing that happened: decided, sent, applied, proved, failed, drifted, mended."""

    id: int
    at: datetime
    what: str
    kind: str = Field(description="Kind of the wish: a site's story also tells of its certificate, content and probe.")
    revision: int | None
    machine: str
    seconds: float | None = Field(
        description="`applied`: applying took this long; `sent`, `proved`: since it was decided."
    )
    told: str = Field(description="What happened, as one sentence: as its page says it.")
    code: str
    sentence: str
    advice: str
    who: str = Field(description="E-mail of who asked, for `decided`; `essaim`: the platform itself.")
    reason: str
    act: str = Field(description="Code of the audit line of what was asked, for `decided`.")


class Story(Schema):
    """What happened to one thing, newest first."""

    items: list[StoryLine]


def story_of(lines: list[Any]) -> Story:
    """Story lines of the fleet room, with who asked, as the API tells them."""
    return Story(items=[_story_line(line) for line in lines])


def _story_line(line: Any) -> StoryLine:
    asked = line.audit
    return StoryLine(
        id=line.pk,
        at=line.at,
        what=line.what,
        kind=line.kind,
        revision=line.revision,
        machine=line.machine,
        seconds=line.seconds,
        told=told(line),
        code=line.code,
        sentence=line.said,
        advice=line.advised,
        who=asked.who if asked else "",
        reason=asked.reason if asked else "",
        act=asked.code if asked else "",
    )
