"""A client who died, an association that dissolved: one of the team proposes with the papers, another approves, then its services end.

What ends is each room's: it registers how, and keeps what it keeps (accounts, for thirty days).
"""

import hashlib
from collections.abc import Callable
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import rights
from essaim.manager.people.client_errors import (
    DocumentMissing,
    DocumentNotFound,
    DocumentRefused,
    EndingGone,
    EndingThere,
    SecondVolunteerMissing,
)
from essaim.manager.people.models import Client, Ending, EndingDocument, Person

DOCUMENT_BYTES_MAX = 5_000_000
KINDS = {b"%PDF": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""Files by how they begin: what a scanner or a telephone makes."""
Close = Callable[[Client, Person | None, str], int]
_closes: dict[str, Close] = {}


def on_end(name: str, close: Close) -> None:
    """From now on `close` ends what a client has in one room; it answers how many things that were."""
    _closes[name] = close


def endings_of(client: Client, *, seen_by: Person) -> list[Ending]:
    """The procedures of `client`, newest first: one query.

    Raises:
        RightMissing.
    """
    rights.require(seen_by, "clients.end")
    return list(client.endings.select_related("client", "proposed_by", "approved_by"))


def under_way(client: Client, *, seen_by: Person) -> Ending:
    """The procedure that may still be approved or stopped.

    Raises:
        RightMissing, EndingGone: there is none.
    """
    for found in endings_of(client, seen_by=seen_by):
        if found.state in (Ending.State.PROPOSED, Ending.State.APPROVED):
            return found
    raise EndingGone(client=client.name)


def get_document(client: Client, pk: int, *, seen_by: Person) -> EndingDocument:
    """A paper of `client`'s end, with what it contains.

    Raises:
        RightMissing, DocumentNotFound.
    """
    rights.require(seen_by, "clients.end")
    found = EndingDocument.objects.filter(ending__client=client, pk=pk).first()
    if found is None:
        raise DocumentNotFound(client=client.name)
    return found


@transaction.atomic
def propose(client: Client, *, cause: str, reason: str, ends_on: date, by: Person) -> Ending:
    """Begin the procedure; nothing ends before another of the team has approved.

    Raises:
        RightMissing, ReasonMissing, EndingThere.
    """
    rights.require(by, "clients.end")
    if not reason.strip():
        raise ReasonMissing
    client = Client.objects.select_for_update().get(pk=client.pk)
    if client.state != Client.State.ACTIVE:
        raise EndingThere(client=client.name)
    try:
        with transaction.atomic():
            ending = Ending.objects.create(
                client=client, cause=cause, reason=reason.strip()[:4000], ends_on=ends_on, proposed_by=by
            )
    except IntegrityError:
        raise EndingThere(client=client.name) from None
    _record("people.ending_proposed", ending, by=by, cause=cause, ends_on=ends_on)
    return ending


@transaction.atomic
def add_document(ending: Ending, *, filename: str, content: bytes, by: Person) -> EndingDocument:
    """Keep a paper with the procedure. The same again is the one that is there.

    Raises:
        RightMissing, DocumentRefused: not a PDF or a picture, or too large; EndingGone.
    """
    rights.require(by, "clients.end")
    ending = _open(ending)
    kind = next((kind for start, kind in KINDS.items() if content.startswith(start)), "")
    if not kind or len(content) > DOCUMENT_BYTES_MAX:
        raise DocumentRefused(filename=filename[:80])
    digest = hashlib.sha256(content).hexdigest()
    same = ending.documents.filter(sha256=digest).first()
    if same is not None:
        return same
    document = EndingDocument.objects.create(
        ending=ending, filename=filename[-160:], kind=kind, content=content, sha256=digest, by=by
    )
    _record("people.ending_document", ending, by=by, filename=document.filename, sha256=digest)
    return document


@transaction.atomic
def approve(ending: Ending, *, by: Person) -> Ending:
    """Let it happen: a second volunteer has looked at the papers. Services end on the day that was proposed, or at once if it is past.

    Raises:
        RightMissing, SecondVolunteerMissing: who proposed; DocumentMissing, EndingGone.
    """
    rights.require(by, "clients.end")
    ending = _open(ending)
    if ending.state == Ending.State.APPROVED:
        return ending
    if ending.proposed_by_id in (None, by.pk):
        raise SecondVolunteerMissing
    if ending.cause != Ending.Cause.WISH and not ending.documents.exists():
        raise DocumentMissing
    ending.state, ending.approved_by, ending.approved_at = Ending.State.APPROVED, by, timezone.now()
    ending.save(update_fields=["state", "approved_by", "approved_at"])
    ending.client.state = Client.State.ENDING
    ending.client.save(update_fields=["state"])
    _record("people.ending_approved", ending, by=by)
    if ending.ends_on <= timezone.localdate():
        _end(ending, by)
    return ending


@transaction.atomic
def withdraw(ending: Ending, *, by: Person) -> Ending:
    """Stop the procedure before services have ended: it was an error, or somebody goes on.

    Raises:
        RightMissing, EndingGone.
    """
    rights.require(by, "clients.end")
    ending = _open(ending)
    ending.state = Ending.State.WITHDRAWN
    ending.save(update_fields=["state"])
    ending.client.state = Client.State.ACTIVE
    ending.client.save(update_fields=["state"])
    _record("people.ending_withdrawn", ending, by=by)
    return ending


def end_due() -> int:
    """End the services of clients whose day has come; how many clients that were. Asked every hour."""
    due = Ending.objects.filter(state=Ending.State.APPROVED, ends_on__lte=timezone.localdate())
    for ending in due:
        with transaction.atomic():
            _end(_open(ending), None)
    return len(due)


def _end(ending: Ending, by: Person | None) -> None:
    counts = {name: close(ending.client, by, ending.get_cause_display()) for name, close in _closes.items()}
    ending.client.invitations.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())
    ending.client.state = Client.State.CLOSED
    ending.client.save(update_fields=["state"])
    ending.state = Ending.State.DONE
    ending.save(update_fields=["state"])
    _record("people.client_closed", ending, by=by, **counts)


def _open(ending: Ending) -> Ending:
    Client.objects.select_for_update().get(pk=ending.client_id)
    ending = Ending.objects.select_related("client").get(pk=ending.pk)
    if ending.state not in (Ending.State.PROPOSED, Ending.State.APPROVED):
        raise EndingGone(client=ending.client.name)
    return ending


def _record(code: str, ending: Ending, *, by: Person | None, **facts: object) -> None:
    slug = ending.client.slug
    audit.record(code, by=by, about=("client", slug), client=slug, reason=ending.reason, **facts)
