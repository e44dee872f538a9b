"""Sends the letters that are due, in a process of its own: a mail server that is slow keeps nobody waiting.

A letter is sent at least once: a process that is killed between the server's yes and its own note sends it again, under the same
message id. What a server refuses for good (RFC 5321, section 4.2.1) is given up; what it cannot take now is tried again for four days.
"""

import logging
import smtplib
import time
from datetime import datetime, timedelta
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from essaim.manager.core.models import Mail

log = logging.getLogger("essaim.mail")
AT_ONCE = 50
PAUSE_S = 1.0
HOUR_S = 3600.0
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)
GIVEN_UP_AFTER = timedelta(days=4)
KEPT = timedelta(days=90)
"""How long it is known that a letter was sent, when and to whom."""
FOR_GOOD = 500
"""From this reply code on, another try changes nothing."""


def send_due(now: datetime | None = None) -> int:
    """Try every letter that is due; how many were taken. Without a mail server none is tried and all wait."""
    if not settings.EMAIL_HOST:
        return 0
    due = list(Mail.objects.filter(due_at__lte=now or timezone.now()).order_by("due_at")[:AT_ONCE])
    if not due:
        return 0
    try:
        with get_connection() as server:
            return sum(_sent(mail, server) for mail in due)
    except OSError as wrong:  # smtplib's own errors are of this kind, too
        for mail in due:
            if mail.sent_at is None:
                _put_off(mail, wrong)
        return sum(mail.sent_at is not None for mail in due)


def _sent(mail: Mail, server: BaseEmailBackend) -> bool:
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        to=[mail.to],
        connection=server,
        headers={
            "Message-ID": mail.message_id,
            "Auto-Submitted": "auto-generated",
            "Date": format_datetime(mail.created_at),
        },
    )
    message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except (smtplib.SMTPServerDisconnected, ConnectionError):
        raise
    except smtplib.SMTPException as wrong:
        _put_off(mail, wrong)
        return False
    mail.tries += 1
    mail.sent_at, mail.due_at, mail.refusal, mail.text, mail.html = timezone.now(), None, "", "", ""
    mail.save()
    return True


def _put_off(mail: Mail, wrong: OSError) -> None:
    """Try again later, twice as late each time, or give it up."""
    mail.tries += 1
    code, mail.refusal = _said(wrong)
    pause = min(FIRST_PAUSE * 2 ** min(mail.tries - 1, 10), LONGEST_PAUSE)
    is_over = timezone.now() - mail.created_at > GIVEN_UP_AFTER
    mail.due_at = None if code >= FOR_GOOD or is_over else timezone.now() + pause
    if mail.due_at is None:
        mail.text = mail.html = ""
    mail.save()
    log.warning("letter %s to %s was not taken: %s", mail.pk, mail.to, mail.refusal)


def _said(wrong: OSError) -> tuple[int, str]:
    """The server's reply code, 0 where there was none, and its words."""
    if isinstance(wrong, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(wrong.recipients.values()))
        return code, f"{code} {words.decode(errors='replace')}"
    if isinstance(wrong, smtplib.SMTPAuthenticationError):
        return 0, "The mail server does not accept our user and password."  # ours to mend: the letter waits
    if isinstance(wrong, smtplib.SMTPResponseException):
        said: bytes | str = wrong.smtp_error
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        return wrong.smtp_code, f"{wrong.smtp_code} {text}"
    return 0, f"{type(wrong).__name__}: {wrong}"


def forget_old() -> None:
    """What was sent long ago is known no longer."""
    Mail.objects.filter(due_at=None, created_at__lt=timezone.now() - KEPT).delete()


def main() -> None:
    """Send for ever. A database that is away is waited for."""
    forgotten_at = 0.0
    while True:
        try:
            if not forgotten_at or time.monotonic() - forgotten_at > HOUR_S:
                forget_old()
                forgotten_at = time.monotonic()
            sent = send_due()
        except DatabaseError as wrong:
            log.warning("%s: %s", type(wrong).__name__, wrong)
            connection.close()
            sent = 0
        if not sent:
            time.sleep(PAUSE_S)
