"""Clients from a table (CSV): read whole, told line by line, and either brought in whole or not at all. The same table again changes nothing.

A client is found again by its `reference`, the number that the other register gave it. An empty cell says nothing: what is there stays.
"""

import csv
import io
from collections.abc import Iterator
from typing import Literal, NamedTuple

from django.conf import settings
from django.db import transaction

from essaim.manager.core import audit
from essaim.manager.core.errors import EssaimError
from essaim.manager.people import actions, rights
from essaim.manager.people.client_details import (
    FIELDS,
    Reached,
    change_contact,
    change_details,
    read_contact,
    read_details,
)
from essaim.manager.people.client_errors import (
    ImportColumnsMissing,
    ImportEmpty,
    ImportLineUneven,
    ImportTooLong,
    KnownOtherwise,
    ReferenceMissing,
    ReferenceTwice,
)
from essaim.manager.people.models import Client, Contact, Person

LINES_MAX = 5000
BYTES_MAX = 2_000_000
NEEDED = ("reference", "name")
REACHED = tuple(f"{kind}_{name}" for kind in Contact.Kind.values for name in ("name", "email", "phone"))
COLUMNS = (*NEEDED, *(name for name in FIELDS if name not in NEEDED), *REACHED)
"""All that a table may have, in any order; others are told and left alone."""
What = Literal["new", "changed", "same", "broken"]


class Line(NamedTuple):
    """What one line of the table means. `number` counts as a person's editor does, from the heading's 1."""

    number: int
    reference: str
    name: str
    what: What
    code: str = ""
    field: str = ""
    sentence: str = ""
    advice: str = ""


class Report(NamedTuple):
    """What a table means, and whether it was brought in."""

    lines: list[Line]
    unknown_columns: list[str]
    is_done: bool

    def count(self, what: What) -> int:
        """How many lines mean that."""
        return sum(line.what == what for line in self.lines)

    @property
    def counts(self) -> dict[str, int]:
        """How many lines mean what."""
        kinds: tuple[What, ...] = ("new", "changed", "same", "broken")
        return {kind: self.count(kind) for kind in kinds}


class _Read(NamedTuple):
    """A whole line: what it says of a client, and of whom to write to."""

    line: Line
    details: dict[str, str]
    contacts: dict[str, Reached]
    client: Client | None


def as_text(file: bytes) -> str:
    """The table's text: UTF-8, or what office programs in Western Europe write where it is not (Windows-1252).

    Raises:
        ImportTooLong.
    """
    if len(file) > BYTES_MAX:
        raise ImportTooLong(most=LINES_MAX)
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file.decode("cp1252", errors="replace")


@transaction.atomic
def bring_in(text: str, *, by: Person, is_trial: bool, without_broken: bool = False) -> Report:
    """Read the table and say what each line means. Unless `is_trial`, bring it in: all of it, or with `without_broken` all lines that
    are whole; a table with a broken line is not brought in otherwise. One transaction.

    Raises:
        RightMissing, ImportEmpty, ImportColumnsMissing, ImportTooLong.
    """
    rights.require(by, "clients.add")
    records, unknown = _records(text)
    read = list(_read_all(records))
    lines = [one.line for one in read]
    is_whole = all(line.what != "broken" for line in lines)
    if is_trial or not (is_whole or without_broken):
        return Report(lines, unknown, is_done=False)
    for one in read:
        if one.line.what in ("new", "changed"):
            _write(one, by)
    report = Report(lines, unknown, is_done=True)
    if report.count("new") or report.count("changed"):
        about = ("clients", settings.HOUSE[:253])
        audit.record("people.clients_imported", by=by, about=about, client="", reason="", **report.counts)
    return report


def _records(text: str) -> tuple[list[tuple[int, dict[str, str] | None]], list[str]]:
    """Each line's cells by column; None where it has more or fewer than the heading."""
    text = text.lstrip("\ufeff").replace("\0", "")
    heading = text.partition("\n")[0]
    delimiter = max(";,\t", key=heading.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        names = [name.strip().lower().replace(" ", "_") for name in next(reader, [])]
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise ImportColumnsMissing(missing=", ".join(missing), known=", ".join(COLUMNS))
        records: list[tuple[int, dict[str, str] | None]] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(records) == LINES_MAX:
                raise ImportTooLong(most=LINES_MAX)
            even = len(cells) == len(names)
            records.append((reader.line_num, dict(zip(names, cells, strict=True)) if even else None))
    except csv.Error:
        raise ImportEmpty from None
    if not records:
        raise ImportEmpty
    return records, [name for name in names if name and name not in COLUMNS]


def _read_all(records: list[tuple[int, dict[str, str] | None]]) -> Iterator[_Read]:
    given = [(cells or {}).get("reference", "").strip() for _number, cells in records]
    known = {
        one.reference: one
        for one in Client.objects.filter(reference__in=given).exclude(reference="").prefetch_related("contacts")
    }
    others = _numbers_of_others()
    seen: set[str] = set()
    for number, found in records:
        cells = {name: " ".join(text.split()) if name != "street" else text for name, text in (found or {}).items()}
        reference, name = cells.get("reference", ""), cells.get("name", "")
        line = Line(number, reference[:64], name[:160], "broken")
        try:
            if not cells:
                raise ImportLineUneven
            if not reference:
                raise ReferenceMissing
            if reference in seen:
                raise ReferenceTwice(reference=reference[:64])
            seen.add(reference)
            yield _read(line, cells, known.get(reference), others)
        except EssaimError as refusal:
            broken = line._replace(code=refusal.code, field=refusal.field, sentence=str(refusal), advice=refusal.advice)
            yield _Read(broken, {}, {}, None)


def _numbers_of_others() -> dict[str, Client]:
    """Clients without a reference, or with another, by each number that the state knows them by: one query."""
    rows = Client.objects.exclude(siren="", rna="", vat="").exclude(state=Client.State.MERGED)
    return {
        number: one
        for one in rows.only("slug", "reference", "siren", "rna", "vat")
        for number in (one.siren, one.rna, one.vat)
        if number
    }


def _read(line: Line, cells: dict[str, str], client: Client | None, others: dict[str, Client]) -> _Read:
    before = {name: str(getattr(client or _FRESH, name)) for name in FIELDS}
    details = read_details({**before, **{name: cells[name] for name in FIELDS if cells.get(name)}})
    for number in (details["siren"], details["rna"], details["vat"]):
        other = others.get(number)
        if number and other is not None and other.reference != details["reference"]:
            raise KnownOtherwise(number=number, slug=other.slug)
    contacts = _contacts(cells, client, details["country"])
    if client is None:
        return _Read(line._replace(what="new"), details, contacts, None)
    same = details == before and not contacts
    return _Read(line._replace(what="same" if same else "changed"), details, contacts, client)


def _contacts(cells: dict[str, str], client: Client | None, country: str) -> dict[str, Reached]:
    """What changes of whom to write to, by side."""
    rows = {one.kind: one for one in client.contacts.all()} if client else {}
    changed = {}
    for kind in Contact.Kind.values:
        row = rows.get(kind)
        before = Reached(row.name, row.email, row.phone) if row else Reached()
        given = {name: cells.get(f"{kind}_{name}") or getattr(before, name) for name in ("name", "email", "phone")}
        after = read_contact(Reached(**given), country=country)
        if after != before:
            changed[kind] = after
    return changed


def _write(one: _Read, by: Person) -> None:
    client = one.client or actions.create_client(name=one.details["name"], language=one.details["language"], by=by)
    client = change_details(client, by=by, **one.details)
    for kind, reached in one.contacts.items():
        change_contact(client, kind, by=by, reached=reached)


_FRESH = Client()
"""What a client has of whom nothing was said."""
