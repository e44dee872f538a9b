"""Letters to people: written in the transaction that wants them, sent by a process of its own (`mail_sender`), so that none is lost
and none is sent of something that was not done.
"""

import secrets
from collections.abc import Callable
from email.utils import parseaddr
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from essaim.manager.core import masks
from essaim.manager.core.models import Mail

SUBJECT_MAX = 200


class Letter(NamedTuple):
    """What is said, in the reader's language."""

    subject: str
    paragraphs: list[str]
    action: str = ""
    """What the button says."""
    url: str = ""
    """Where it leads."""
    why: str = ""
    """Why they get this; empty: nothing more to say than the letter does."""


def write(kind: str, *, to: str, language: str, letter: Callable[[], Letter]) -> Mail:
    """Put a letter into the queue, in the caller's transaction. `letter` is asked in the reader's language.

    Raises:
        TransactionManagementError: outside of a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("mail.write belongs inside the action's transaction")
    if masks.HIDDEN in to:
        raise masks.MaskedRowStored(kind)
    subject, text, html = written(letter, language=language)
    return Mail.objects.create(
        to=to,
        kind=kind,
        language=language,
        subject=subject,
        text=text,
        html=html,
        message_id=f"<{secrets.token_hex(16)}@{_domain()}>",
        due_at=timezone.now(),
    )


def written(letter: Callable[[], Letter], *, language: str) -> tuple[str, str, str]:
    """Subject, plain text and HTML, in `language`."""
    with translation.override(language):
        said = letter()
        context = {"letter": said, "house": settings.HOUSE, "colour": settings.COLOUR, "language": language}
        subject = " ".join(said.subject.split())[:SUBJECT_MAX]  # a line feed would begin another header
        return subject, render_to_string("mail/letter.txt", context), render_to_string("mail/letter.html", context)


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
