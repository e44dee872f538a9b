"""Sign-ins of people: ended, and given back."""

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import actions, sign_ins
from essaim.manager.people import sign_in_errors as errors
from essaim.manager.people.grant_errors import PersonUnknown
from essaim.manager.people.models import Person
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation

router = Router(tags=["clients"])


class SignInOrder(Body):
    """Whose sign-in, and why."""

    email: Word
    reason: Word


class SignInAnswer(Schema):
    """Whether somebody signs in."""

    email: str
    name: str
    signs_in: bool
    without_owner: list[str] = Field(description="Identifiers of clients that nobody can sign in for as an owner.")


def _answer(person: Person) -> SignInAnswer:
    without = [] if person.is_active else [client.slug for client in sign_ins.without_owner(person)]
    return SignInAnswer(email=person.email, name=person.name, signs_in=person.is_active, without_owner=without)


@operation(
    router,
    "POST",
    "/end-sign-in",
    summary="End somebody's sign-in",
    answers=SignInAnswer,
    scope="people:write",
    right=sign_ins.RIGHT,
    refusals=(PersonUnknown, errors.SignInOwn, errors.SignInOfTeam, ReasonMissing),
)
def end_sign_in(request: HttpRequest, order: SignInOrder) -> SignInAnswer:
    """Closes every door of theirs: sessions, tokens, keys, tools. Their places at clients stay in the list and open nothing. A letter tells
    them the reason. Who is of the team leaves it by `POST /team/members/{email}/leave`.
    """
    person = sign_ins.find_person(order.email, seen_by=asker(request))
    return _answer(sign_ins.end(person, by=asker(request), reason=order.reason))


@operation(
    router,
    "POST",
    "/give-sign-in-back",
    summary="Give somebody their sign-in back",
    answers=SignInAnswer,
    scope="people:write",
    right=sign_ins.RIGHT,
    refusals=(PersonUnknown, ReasonMissing),
)
def give_sign_in_back(request: HttpRequest, order: SignInOrder) -> SignInAnswer:
    """Writes them a letter to choose a new password with. What was closed stays closed, a second factor stays one."""
    person = sign_ins.find_person(order.email, seen_by=asker(request))
    return _answer(actions.reactivate_person(person, by=asker(request), reason=order.reason))
