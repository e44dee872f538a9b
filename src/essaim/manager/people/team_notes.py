"""What the team sees of a client on its page, and the notes that they keep."""

from typing import NamedTuple

from django.db import transaction

from essaim.manager.core import audit
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.core.trail import find_lines
from essaim.manager.people import rights
from essaim.manager.people.client_errors import NoteEmpty
from essaim.manager.people.models import Client, Contact, Ending, Membership, Note, Person

LETTERS, LINES, NOTES = 6, 8, 20


class Sight(NamedTuple):
    """What touches a client, for the team: four queries."""

    notes: list[Note]
    letters: list[Mail]
    lines: list[AuditLine]
    ending: Ending | None


def sight_of(client: Client, members: list[Membership], contacts: list[Contact]) -> Sight:
    """The team's notes, the last letters to its people and contacts, the last acts, and the end that is under way."""
    addresses = {one.person.email for one in members} | {one.email for one in contacts if one.email}
    letters = Mail.objects.filter(to__in=addresses).defer("text", "html")
    ending = client.endings.select_related("proposed_by").filter(state__in=["proposed", "approved"]).first()
    return Sight(
        list(client.notes.select_related("by")[:NOTES]),
        list(letters[:LETTERS]),
        find_lines(client=client.slug, limit=LINES).lines,
        ending,
    )


def notes_of(client: Client, *, seen_by: Person) -> list[Note]:
    """The newest notes about `client`: one query.

    Raises:
        RightMissing.
    """
    rights.require(seen_by, "clients.notes")
    return list(client.notes.select_related("by")[:NOTES])


@transaction.atomic
def write_note(client: Client, *, text: str, by: Person) -> Note:
    """Keep a remark about `client` that its people do not see. What it says does not stand in the trail.

    Raises:
        RightMissing, NoteEmpty.
    """
    rights.require(by, "clients.notes")
    if not text.strip():
        raise NoteEmpty
    note = Note.objects.create(client=client, by=by, text=text.strip()[:4000])
    audit.record("people.note_written", by=by, about=("client", client.slug), client="", reason="", note=note.pk)
    return note


@transaction.atomic
def erase_note(client: Client, pk: int, *, by: Person) -> None:
    """Take a note away. One that is gone is gone.

    Raises:
        RightMissing.
    """
    rights.require(by, "clients.notes")
    gone, _each = Note.objects.filter(client=client, pk=pk).delete()
    if gone:
        audit.record("people.note_erased", by=by, about=("client", client.slug), client="", reason="", note=pk)
