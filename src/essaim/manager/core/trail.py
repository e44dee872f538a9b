"""Reads of the audit trail for the screens. Nothing here writes."""

from typing import NamedTuple

from essaim.manager.core import masks
from essaim.manager.core.models import AuditLine


class TrailPage(NamedTuple):
    """Lines, newest first, and where the next page starts (empty: the end)."""

    lines: list[AuditLine]
    next_cursor: str


def is_hidden(text: str) -> bool:
    """Whether asking for `text` would tell a reader something that is masked for them."""
    reader = masks.reader()
    return reader is not None and "@" in text and text.strip().lower() != reader.email


def find_lines(*, about: str = "", client: str = "", who: str = "", after: str = "", limit: int = 50) -> TrailPage:
    """The trail from its newest line: one query. `about` is a key, or a kind and a key (`site/www.example.test`);
    `client` an identifier; `who` an e-mail; `after` the last line's number.
    """
    lines = AuditLine.objects.order_by("-id")
    if is_hidden(about) or is_hidden(who):
        return TrailPage([], "")
    kind, slash, key = about.strip().lower().rpartition("/")
    if key:
        lines = lines.filter(about_key=key, **({"about_kind": kind} if slash else {}))
    if client.strip():
        lines = lines.filter(client_slug=client.strip())
    if who.strip():
        lines = lines.filter(who=who.strip().lower())
    if after.isdecimal() and len(after) < 19:  # noqa: PLR2004 - digits of a 64-bit number
        lines = lines.filter(id__lt=int(after))
    page = list(lines[: limit + 1])
    return TrailPage(page[:limit], str(page[limit - 1].pk) if len(page) > limit else "")
