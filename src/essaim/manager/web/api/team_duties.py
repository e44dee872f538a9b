"""Duties: what the house must be able to do, and who can."""

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.people.errors import NameMissing
from essaim.manager.people.models import Person
from essaim.manager.people.rights import RightMissing
from essaim.manager.team import duties, errors, gate
from essaim.manager.team.models import Duty
from essaim.manager.team.roll import get_member
from essaim.manager.web.api.answers import Body, Text, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["team"])
READ, WRITE, MANAGE = "team:read", "team:write", "team.manage"
REFUSALS = (NameMissing, errors.DutyExists, errors.MemberNotFound, errors.NotOfTheTeam, RightMissing)


class DutyAnswer(Schema):
    """One thing that somebody must be able to do."""

    id: int
    name: str
    what: str = Field(description="How it is done, or where that is written.")
    people: list[str] = Field(description="E-mail of each who can, without asking anybody.")


class DutyOrder(Body):
    """A duty to write down."""

    name: Word
    what: Text = ""
    people: list[Word] = Field([], max_length=100, description="E-mail of each of the team who can.")


class DutyChange(Body):
    """What to change; what is left out stays."""

    name: Word | None = None
    what: Text | None = None
    people: list[Word] | None = Field(None, max_length=100, description="All who can; who is left out can no longer.")


def _answer(duty: Duty) -> DutyAnswer:
    people = [holder.person.email for holder in duty.holders.all()]
    return DutyAnswer(id=duty.pk, name=duty.name, what=duty.what, people=people)


def _people(emails: list[str]) -> list[Person]:
    return [get_member(email) for email in emails]


def _all(request: HttpRequest) -> HttpResponse:
    gate.require(asker(request), "team.see")
    return listed(request, Page(items=[_answer(duty) for duty in duties.all_duties()]))


@operation(router, "GET", "/duties", summary="List duties", answers=Page[DutyAnswer], scope=READ, right="team.see")
def list_duties(request: HttpRequest) -> HttpResponse:
    """Each duty by name, what it takes and who can, on one page."""
    return _all(request)


@operation(
    router, "POST", "/duties", summary="Write a duty down", answers=DutyAnswer, scope=WRITE, right=MANAGE, status=201, refusals=REFUSALS
)  # fmt: skip
def add_duty(request: HttpRequest, order: DutyOrder) -> DutyAnswer:
    """Another thing that somebody must be able to do. It counts in the bus factor."""
    people = _people(list(order.people))
    return _answer(duties.add_duty(name=order.name, what=order.what, people=people, by=asker(request)))


@operation(
    router, "PATCH", "/duties/{number}", summary="Change a duty", answers=DutyAnswer, scope=WRITE, right=MANAGE,
    refusals=(errors.DutyNotFound, *REFUSALS),
)  # fmt: skip
def change_duty(request: HttpRequest, number: int, change: DutyChange) -> DutyAnswer:
    """Another name, another text, other people. Each who is given it or loses it stands in the trail."""
    duty, given = duties.get_duty(min(number, 2**62)), change.model_dump(exclude_none=True)
    people = (
        [holder.person for holder in duty.holders.select_related("person")]
        if change.people is None
        else _people(list(change.people))
    )
    what, name = given.get("what", duty.what), given.get("name", duty.name)
    return _answer(duties.change_duty(duty, name=name, what=what, people=people, by=asker(request)))


@operation(
    router, "POST", "/duties/{number}/remove", summary="Remove a duty", answers=Page[DutyAnswer], scope=WRITE, right=MANAGE,
    refusals=(errors.DutyNotFound, RightMissing),
)  # fmt: skip
def remove_duty(request: HttpRequest, number: int) -> HttpResponse:
    """The house needs it no longer. Answers the duties that are left."""
    duties.remove_duty(duties.get_duty(min(number, 2**62)), by=asker(request))
    return _all(request)
