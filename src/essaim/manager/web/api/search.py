"""The team's search for clients and people."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.people import finding
from essaim.manager.web.api.answers import Word
from essaim.manager.web.api.clients import ClientAnswer, client_answer
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation

router = Router(tags=["clients"])


class PersonFound(Schema):
    """A person, and where they have a place."""

    email: str
    name: str
    signs_in: bool = Field(description="False: their sign-in was ended.")
    clients: list[str] = Field(description="Identifiers of clients.")


class Findings(Schema):
    """What fits best, best first; a few of each."""

    clients: list[ClientAnswer]
    people: list[PersonFound]


@operation(
    router,
    "GET",
    "",
    summary="Search clients and people",
    answers=Findings,
    scope="sites:read",
    right="people.see_personal",
)
def find_clients_and_people(
    request: HttpRequest, text: Annotated[Word, Query(..., description="What you remember of it.")]
) -> Findings:
    """By names, e-mail addresses, cities and numbers; accents and typing errors are forgiven."""
    found = finding.find(text, by=asker(request))
    people = [
        PersonFound(
            email=one.email,
            name=one.name,
            signs_in=one.is_active,
            clients=[place.client.slug for place in one.memberships.all()],
        )
        for one in found.people
    ]
    return Findings(clients=[client_answer(one) for one in found.clients], people=people)
