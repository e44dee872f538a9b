"""Letters: written with what wanted them, taken by a mail server once, lost never. The server is a real one."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from essaim.manager.core import mail, mail_sender
from essaim.manager.core.mail import Letter
from essaim.manager.core.models import Mail

pytestmark = pytest.mark.django_db


class Postbox:
    """What the server took, and what it says to whom."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.says: dict[str, str] = {}
        self.hangs_up = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_up:
            server.transport.close()
            return "421 closing"
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@pytest.fixture
def postbox(settings: Settings) -> Iterator[Postbox]:
    box = Postbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "La Ruche <essaim@ruche.test>"
    settings.HOUSE = "La Ruche"
    yield box
    controller.stop()


def write(to: str = "camille@example.test", subject: str = "Bonjour à tous") -> Mail:
    letter = Letter(
        subject=subject, paragraphs=["Du <fromage> & du miel."], action="Voir", url="https://ruche.test/?a=1&b=2"
    )
    with transaction.atomic():
        return mail.write("test", to=to, language="fr", letter=lambda: letter)


def test_a_letter_arrives_as_text_and_as_html(postbox: Postbox) -> None:
    write()

    assert mail_sender.send_due() == 1

    (message,) = postbox.taken
    text, html = (part.get_content() for part in message.iter_parts())  # type: ignore[attr-defined]  # with this policy it has them
    assert (message["To"], message["Subject"], message["From"]) == (
        "camille@example.test", "Bonjour à tous", "La Ruche <essaim@ruche.test>",
    )  # fmt: skip
    assert "Du <fromage> & du miel." in text
    assert "https://ruche.test/?a=1&b=2" in text
    assert "Du &lt;fromage&gt; &amp; du miel." in html
    assert message["Auto-Submitted"] == "auto-generated"


def test_what_was_taken_is_sent_once_and_its_text_forgotten(postbox: Postbox) -> None:
    letter = write()
    mail_sender.send_due()
    assert mail_sender.send_due() == 0
    letter.refresh_from_db()
    assert (letter.text, letter.html, letter.is_given_up, len(postbox.taken)) == ("", "", False, 1)


def test_of_what_is_rolled_back_nothing_is_written(postbox: Postbox) -> None:
    with transaction.atomic():
        mail.write("test", to="a@example.test", language="en", letter=lambda: Letter("x", ["y"]))
        transaction.set_rollback(True)
    assert mail_sender.send_due() == 0


def test_a_server_that_is_away_is_tried_again_later_and_later(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    letter = write()
    pauses = []
    for _try in range(3):
        Mail.objects.update(due_at=timezone.now())
        assert mail_sender.send_due() == 0
        letter.refresh_from_db()
        assert letter.due_at is not None
        pauses.append(round((letter.due_at - timezone.now()).total_seconds() / 60))
    assert pauses == [1, 2, 4]
    assert letter.text
    assert "refused" in letter.refusal


def test_a_reader_who_does_not_exist_is_given_up_and_hinders_nobody(postbox: Postbox) -> None:
    postbox.says["gone@example.test"] = "550 no such user"
    gone, there = write("gone@example.test"), write()
    assert mail_sender.send_due() == 1
    gone.refresh_from_db()
    there.refresh_from_db()
    assert (gone.is_given_up, gone.refusal, gone.text) == (True, "550 no such user", "")
    assert there.sent_at is not None


def test_a_full_mailbox_is_tried_again(postbox: Postbox) -> None:
    postbox.says["full@example.test"] = "452 mailbox full"
    letter = write("full@example.test")
    mail_sender.send_due()
    letter.refresh_from_db()
    assert letter.due_at is not None
    assert letter.text


def test_a_server_that_hangs_up_half_way_loses_nothing(postbox: Postbox) -> None:
    postbox.hangs_up = True
    write()
    assert mail_sender.send_due() == 0
    postbox.hangs_up = False
    Mail.objects.update(due_at=timezone.now())
    assert mail_sender.send_due() == 1
    assert Mail.objects.get().sent_at is not None


def test_after_four_days_it_is_given_up(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    write()
    Mail.objects.update(created_at=timezone.now() - timedelta(days=4, minutes=1))
    mail_sender.send_due()
    assert Mail.objects.get().is_given_up


def test_without_a_server_letters_wait(settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    write()
    assert mail_sender.send_due() == 0
    assert Mail.objects.get().tries == 0


def test_a_name_with_a_line_feed_makes_no_second_header(postbox: Postbox) -> None:
    write(subject="Invitation\r\nBcc: everybody@example.test")
    mail_sender.send_due()
    assert postbox.taken[0]["Bcc"] is None
    assert postbox.taken[0]["Subject"] == "Invitation Bcc: everybody@example.test"


def test_a_killed_sender_sends_again_under_the_same_id(postbox: Postbox) -> None:
    letter = write()
    mail_sender.send_due()
    Mail.objects.filter(pk=letter.pk).update(sent_at=None, due_at=timezone.now(), text=letter.text, html=letter.html)
    mail_sender.send_due()
    first, second = postbox.taken
    assert first["Message-ID"] == second["Message-ID"] == letter.message_id


def test_what_was_sent_long_ago_is_forgotten(postbox: Postbox) -> None:
    write()
    mail_sender.send_due()
    Mail.objects.update(created_at=timezone.now() - timedelta(days=91))
    write("waits@example.test")
    mail_sender.forget_old()
    assert Mail.objects.get().to == "waits@example.test"
