"""The address that somebody signs in with: asked for here, agreed to from both addresses by letter."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.people import email_changes, errors
from essaim.manager.people.models import Person
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation

router = Router(tags=["me"])


class EmailOrder(Body):
    """Another address."""

    email: Word


class EmailAnswer(Schema):
    """Your address, and the one that is on its way."""

    email: str
    wanted: str = Field(description="Empty: no change is under way.")
    expires_at: datetime | None = Field(description="Until when both links open.")
    is_agreed_by_old: bool
    is_agreed_by_new: bool


def _answer(person: Person) -> EmailAnswer:
    change = email_changes.under_way(person)
    return EmailAnswer(
        email=person.email,
        wanted=change.new if change else "",
        expires_at=change.expires_at if change else None,
        is_agreed_by_old=bool(change and change.old_agreed_at),
        is_agreed_by_new=bool(change and change.new_agreed_at),
    )


@operation(router, "GET", "/email", summary="Show your address", answers=EmailAnswer, scope="")
def show_email(request: HttpRequest) -> EmailAnswer:
    """What you sign in with, and a change that waits for letters to be opened."""
    return _answer(asker(request))


@operation(
    router, "POST", "/email", summary="Ask for another address", answers=EmailAnswer, scope="keys:write", status=202,
    refusals=(errors.EmailMalformed, errors.EmailTooLong, errors.EmailSame),
)  # fmt: skip
def ask_email_change(request: HttpRequest, order: EmailOrder) -> EmailAnswer:
    """Writes to both addresses: it changes once the links of both letters were opened, within a day. The old one may stop it. Whether
    somebody signs in with the new one already is not told here.
    """
    person = asker(request)
    email_changes.ask(person, email=order.email, by=person)
    return _answer(person)
