"""The story of an object: one line for each thing that happened, as its page tells it."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import StoryLine

ABOUT = {
    "account": "account",
    "site": "site",
    "certificate": "site",
    "content": "site",
    "probe": "site",
    "program": "site",
    "engine": "site",
}
"""Kind of a wish to kind of the object whose page tells about it."""

What = StoryLine.What


def line(
    kind: str,
    key: str,
    what: StoryLine.What,
    *,
    at: datetime | None = None,
    revision: int | None = None,
    machine: str = "",
    seconds: float | None = None,
    code: str = "",
    sentence: str = "",
    advice: str = "",
    audit: AuditLine | None = None,
    facts: dict[str, Any] | None = None,
) -> StoryLine:
    """A line about a wish of `kind` under `key`, not yet stored: for those who store many at once."""
    return StoryLine(
        about_kind=ABOUT.get(kind, kind),
        about_key=key,
        at=at or timezone.now(),
        what=what,
        kind=kind,
        revision=revision,
        machine=machine,
        seconds=seconds,
        code=code,
        sentence=sentence,
        advice=advice,
        audit=audit,
        facts=facts or {},
    )


def tell(kind: str, key: str, what: StoryLine.What, **details: Any) -> StoryLine:
    """Store one line. Details as in `line`."""
    told = line(kind, key, what, **details)
    told.save(force_insert=True)
    return told
