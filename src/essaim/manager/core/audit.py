"""The audit trail: who did what, about what, when, from where, in a chain of hashes that `essaim audit verify` checks.

What a line says of people can go without breaking the chain: `audit_words`. The trail proves that no line was changed or taken out in the middle. A trail cut off at its end is seen only by
comparing with a hash noted elsewhere (`essaim audit head`).
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from essaim.manager.core import audit_words, masks
from essaim.manager.core.models import AuditLine

if TYPE_CHECKING:
    from essaim.manager.people.models import Person

FIRST = "0" * 64
_origin: ContextVar[str] = ContextVar("origin", default="essaim")


@contextmanager
def origin(where: str) -> Iterator[None]:
    """Lines recorded inside the block say that they came from `where`."""
    token = _origin.set(where[:64])
    try:
        yield
    finally:
        _origin.reset(token)


def record(
    code: str,
    *,
    by: "Person | None",
    about: tuple[str, str],
    client: str = "",
    reason: str = "",
    **facts: object,
) -> AuditLine:
    """Add one line, inside the caller's transaction. `about` is (kind, key); `by` None means the platform itself.

    The chain needs one writer at a time: SQLite's IMMEDIATE transactions give that, PostgreSQL an advisory lock.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("audit.record belongs inside the action's transaction")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(715517)")
    previous = AuditLine.objects.order_by("-id").values_list("hash", flat=True).first() or FIRST
    line = AuditLine(
        at=timezone.now(),
        code=code,
        person=by,
        who=by.email if by else "essaim",
        about_kind=about[0],
        about_key=about[1],
        client_slug=client,
        origin=_origin.get(),
        reason=reason,
        facts=json.loads(json.dumps(facts, default=str)),
        previous_hash=previous,
    )
    audit_words.seal(line)
    line.hash = digest(line)
    line.save(force_insert=True)
    return line


def digest(line: AuditLine) -> str:
    """SHA-256 in hex of `line` and of the hash before it: of its words, or, since they are sealed one by one, of their hashes."""
    at: datetime = line.at
    if line.sealed is not None:
        sealed = [at.isoformat(), line.code, line.person_id, line.about_kind, line.sealed, line.previous_hash]
        return _sha256(sealed)
    fields: list[object] = [
        at.isoformat(),
        line.code,
        line.person_id,
        line.who,
        line.about_kind,
        line.about_key,
        line.client_slug,
    ]
    fields += [line.origin, line.reason, line.facts, line.previous_hash]
    return _sha256(fields)


def _sha256(fields: list[object]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def first_broken_line() -> AuditLine | None:
    """The first line that is not as it was written or does not follow the one before; None when the chain holds."""
    with masks.read_by(None):  # a hash is of what was written, not of what a reader may see
        return _first_broken_line()


def _first_broken_line() -> AuditLine | None:
    previous = FIRST
    for line in AuditLine.objects.order_by("id").iterator(chunk_size=2000):
        if line.previous_hash != previous or line.hash != digest(line) or not audit_words.agree(line):
            return line
        previous = line.hash
    return None
