"""Everything that is held of a person or a client, as a ZIP of JSON: a file a model, and `about.json`, which says what each is for.

What is small is made while its person waits; what is not goes on in the worker, a few thousand rows at a time, and a letter tells of its end.
"""

import json
import secrets
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone, translation

from essaim.manager.core import audit, mail
from essaim.manager.core.personal import Declaration, declarations, nothing
from essaim.manager.people import rights
from essaim.manager.people.models import Client, Person
from essaim.manager.privacy import letters
from essaim.manager.privacy.errors import ExportMissing, ExportNotReady, ExportsTooMany
from essaim.manager.privacy.models import Export

ROWS_AT_ONCE = 5000
WHILE_WAITING = 3
"""Portions that are written while the person waits for the page."""
A_DAY = 5
ABOUT = "about.json"


def folder() -> Path:
    """Where the files are, for the Manager alone."""
    path = settings.STATE / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def ask(person: Person, *, client: Client | None = None) -> Export:
    """Have everything of `person`, or of `client`, written to a file that `person` may fetch for seven days.

    Raises:
        ExportsTooMany; NotAllowed: not an owner of `client`.
    """
    export = _asked(person, client)
    for _portion in range(WHILE_WAITING):
        if advance(export):
            return export
    Export.objects.filter(pk=export.pk).update(is_waited_for=True)
    return export


@transaction.atomic
def _asked(person: Person, client: Client | None) -> Export:
    if client is not None:
        rights.require(person, "clients.people", client)
    Person.objects.select_for_update().get(pk=person.pk)
    if Export.objects.filter(person=person, asked_at__gt=timezone.now() - timedelta(days=1)).count() >= A_DAY:
        raise ExportsTooMany
    export = Export.objects.create(person=person, client=client, file=f"{secrets.token_urlsafe(24)}.zip")
    about = ("client", client.slug) if client else ("person", person.email)
    audit.record("privacy.export_asked", by=person, about=about, client=client.slug if client else "")
    return export


def get(person: Person, pk: int) -> Export:
    """One of `person`'s exports that is ready, and whose file is there.

    Raises:
        ExportMissing, ExportNotReady.
    """
    found = Export.objects.select_related("client").filter(person=person, pk=pk).first()
    if found is None:
        raise ExportMissing
    if found.client is not None and not rights.may(person, "clients.people", found.client):
        raise ExportMissing
    if found.ready_at is None:
        raise ExportNotReady
    if not path_of(found).exists():
        raise ExportMissing
    return found


def path_of(export: Export) -> Path:
    """Its file."""
    return folder() / export.file


def exports_of(person: Person) -> list[Export]:
    """Those that are kept, the newest first."""
    return list(Export.objects.select_related("client").filter(person=person)[:20])


def advance_some() -> None:
    """The worker's turn: one portion of the oldest export that waits. A worker that was killed between writing a portion and noting it
    writes it again under the same name.
    """
    waiting = Export.objects.select_related("person", "client").filter(ready_at=None, is_waited_for=True)
    if export := waiting.order_by("pk").first():
        advance(export)


def advance(export: Export) -> bool:
    """Write the next rows into the file; whether it is whole now."""
    with zipfile.ZipFile(path_of(export), "a", zipfile.ZIP_DEFLATED) as archive:
        room = ROWS_AT_ONCE
        for one in _still_to_come(export):
            while room > 0:
                rows = _rows(one, export)
                if rows is None:
                    break
                portion = list(rows.filter(pk__gt=export.at_row)[:room])
                if portion:
                    _write(archive, _name(one, export.at_row), [_told(one, row) for row in portion])
                export.at_label, export.rows = one.label, export.rows + len(portion)
                export.at_row = portion[-1].pk if portion else export.at_row
                room -= max(len(portion), 1)
                if len(portion) == 0:
                    break
            if room <= 0:
                export.save(update_fields=["at_label", "at_row", "rows"])
                return False
            export.at_row = 0
        _write(archive, ABOUT, _about(export))
    _end(export)
    return True


def _still_to_come(export: Export) -> list[Declaration]:
    return [one for one in declarations() if one.label >= export.at_label]


def _rows(one: Declaration, export: Export) -> "models.QuerySet[Any] | None":
    rows = one.rows_of_client(export.client) if export.client else one.rows_of(export.person)
    return rows.select_related(*_names_to_follow(one)) if rows is not None else None


def _names_to_follow(one: Declaration) -> list[str]:
    return [field.name for field in one.model._meta.concrete_fields if field.is_relation]  # noqa: SLF001 - Django's public name for it


def _name(one: Declaration, after: int) -> str:
    return f"{one.label}.json" if not after else f"{one.label}.{after}.json"


def _write(archive: zipfile.ZipFile, name: str, content: object) -> None:
    if name not in archive.namelist():
        archive.writestr(name, json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))


def _told(one: Declaration, row: Any) -> dict[str, object]:
    """A row as it is given out: every field that is not hidden; what it points at, by number and by name."""
    told: dict[str, object] = {}
    for field in one.model._meta.concrete_fields:  # noqa: SLF001 - Django's public name for it
        if field.name in one.hidden:
            continue
        told[field.name] = field.value_from_object(row)
        if field.is_relation and getattr(row, field.attname) is not None:
            told[f"{field.name}_name"] = str(getattr(row, field.name))
    return told


def _about(export: Export) -> dict[str, object]:
    """What is in the file, and why we hold it, in the language of who asked."""
    with translation.override(export.person.language):
        held = [
            {
                "file": f"{one.label}.json",
                "purpose": str(one.purpose),
                "ground": str(one.ground.label),
                "kept": str(one.kept),
                "left_out": {name: str(why) for name, why in one.hidden.items()},
            }
            for one in declarations()
            if _rows(one, export) is not None
        ]
        without = {model._meta.label_lower: str(why) for model, why in nothing().items()}  # noqa: SLF001 - Django's public name for it
    return {
        "house": settings.HOUSE,
        "of": f"client {export.client.slug}" if export.client else f"person {export.person.email}",
        "asked_at": export.asked_at,
        "rows": export.rows,
        "held": held,
        "holds_nothing_of_people": without,
    }


@transaction.atomic
def _end(export: Export) -> None:
    export.ready_at, export.size_bytes = timezone.now(), path_of(export).stat().st_size
    export.save()
    if export.is_waited_for:
        url = settings.ORIGIN + reverse("privacy:mine")
        name = export.person.name
        mail.write(
            "export ready",
            to=export.person.email,
            language=export.person.language,
            letter=lambda: letters.export_ready(name=name, url=url),
        )


def remove_files_of_none() -> None:
    """Files whose rows are gone are removed."""
    known = set(Export.objects.values_list("file", flat=True))
    for file in folder().iterdir():
        if file.name not in known:
            file.unlink(missing_ok=True)
