"""What stands in place of names, addresses, e-mail addresses and telephone numbers for a reader who may not see them.

The mask is put on where rows leave the database (`MaskedRows.from_db`), not in templates: a page, the API, an export or a story that reads
a row in such a reader's request gets it masked, whichever query it writes. Who the reader is, and whether they may see, is said
once a request (`read_by`). A masked row is never stored, and no letter goes to a masked address: both are bugs, and say so.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NamedTuple, Self

from django.db import models

HIDDEN = "…"
EMAIL = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+")
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
PHONE = re.compile(r"(?<![\w.])[+0]\d(?:[\s.-]?\d){7,13}(?!\w)")
PERSONAL_FACTS = frozenset(
    {"email", "member", "name", "person", "people", "address", "phone", "guest", "to", "street", "city"}
)
"""Keys of facts in the trail whose whole value is about somebody."""


class Reader(NamedTuple):
    """Somebody who does not see what is about others, but for the clients they belong to themselves and the people there."""

    pk: int
    email: str
    clients: Mapping[int, str] = {}
    """Number and identifier."""
    people: frozenset[int] = frozenset()


_reader: ContextVar[Reader | None] = ContextVar("masks", default=None)


@contextmanager
def read_by(reader: Reader | None) -> Iterator[None]:
    """Rows that are read inside the block are masked for `reader`; None: for nobody."""
    token = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(token)


def from_now_on(reader: Reader | None) -> None:
    """As `read_by`, until the block around it ends: who a token belongs to is known only late."""
    _reader.set(reader)


def reader() -> Reader | None:
    """For whom rows are masked now; None: for nobody."""
    return _reader.get()


def name(text: str) -> str:
    """`Camille Martin` is `C… M…`."""
    return " ".join(f"{word[:1]}{HIDDEN}" for word in text.split())


def email(text: str) -> str:
    """`camille@example.org` is `c…@…`; the reader's own address and the platform's word stay."""
    who = _reader.get()
    if not text or "@" not in text or (who is not None and text == who.email):
        return text
    return f"{text[:1]}{HIDDEN}@{HIDDEN}"


def gone(text: str) -> str:
    """Nothing of it."""
    return HIDDEN if text else ""


def words(text: str) -> str:
    """`text` without the e-mail addresses, addresses and telephone numbers that stand in it."""
    text = EMAIL.sub(lambda found: email(found[0]), text)
    return PHONE.sub(HIDDEN, ADDRESS.sub(HIDDEN, text))


def facts(value: Any, key: str = "") -> Any:
    """A value of JSON, with what is about somebody masked."""
    if isinstance(value, Mapping):
        return {name: facts(held, name) for name, held in value.items()}
    if isinstance(value, list):
        return [facts(held, key) for held in value]
    if not isinstance(value, str):
        return value
    if key.rpartition("_")[2] in PERSONAL_FACTS:
        return email(value) if "@" in value else name(value)
    return words(value)


class MaskedRowStored(RuntimeError):
    """A row was read masked and is to be stored: a bug, which must not reach the database."""


class MaskedRows(models.Model):
    """A model whose rows are about people. `MASKED` says what stands in a field's place."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    _is_masked = False

    class Meta:
        abstract = True

    def save(self, *arguments: Any, **options: Any) -> None:
        """Store the row.

        Raises:
            MaskedRowStored: it was read masked.
        """
        if self._is_masked:
            raise MaskedRowStored(type(self).__name__)
        super().save(*arguments, **options)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        """The row as its reader may see it."""
        row = super().from_db(db, field_names, values, **options)
        who = _reader.get()
        if who is not None and row.is_about_others(who):
            shown = {field: mask(row.__dict__[field]) for field, mask in cls.MASKED.items() if field in row.__dict__}
            row._is_masked = any(row.__dict__[field] != value for field, value in shown.items())  # noqa: SLF001 - our own row
            row.__dict__.update(shown)
        return row

    def is_about_others(self, who: Reader) -> bool:  # noqa: ARG002 - rooms look at the reader
        """Whether `who` sees this row masked."""
        return True
