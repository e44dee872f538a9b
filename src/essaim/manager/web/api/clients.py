"""Clients: persons or organisations that buy services."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.hosting import access
from essaim.manager.hosting.errors import AccountNotFound
from essaim.manager.people import actions, client_details, client_errors, errors, places, queries
from essaim.manager.people.models import Client, Membership
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import After, Limit, Page, listed, page_of

router = Router(tags=["clients"])
DETAIL_REFUSALS = (
    client_errors.KindUnknown,
    client_errors.StreetMissing,
    client_errors.PostalCodeRefused,
    client_errors.CityMissing,
    client_errors.AreaRefused,
    client_errors.CountryUnknown,
    client_errors.SirenRefused,
    client_errors.SiretRefused,
    client_errors.RnaRefused,
    client_errors.VatRefused,
    client_errors.TimeZoneUnknown,
    client_errors.ReferenceTaken,
    client_errors.DetailTooLong,
)


class ClientOrder(Body):
    """A client to make."""

    name: Word
    slug: Word = Field("", description="Its identifier; empty: one is made from the name.")
    language: Literal["fr", "en"] = "fr"


class ClientAnswer(Schema):
    """One client. What is not known is empty."""

    slug: str
    name: str
    kind: str
    state: str
    legal_name: str
    street: str
    postal_code: str
    city: str
    area: str
    country: str
    siren: str
    siret: str
    rna: str
    vat: str
    reference: str
    language: str
    time_zone: str
    created_at: datetime


class ContactAnswer(Schema):
    """Whom the house writes to about one side of a client."""

    kind: str
    name: str
    email: str
    phone: str


class ClientDetail(ClientAnswer):
    """One client with its contacts."""

    contacts: list[ContactAnswer]


class ClientChange(Body):
    """What to change; what is left out stays."""

    name: Word | None = None
    kind: Literal["person", "organisation"] | None = None
    legal_name: Word | None = None
    street: Word | None = Field(None, description="At most three lines.")
    postal_code: Word | None = None
    city: Word | None = None
    area: Word | None = Field(None, description="Province or state, where addresses have one.")
    country: Word | None = Field(None, description="Two letters (ISO 3166-1).")
    siren: Word | None = None
    siret: Word | None = None
    rna: Word | None = None
    vat: Word | None = None
    reference: Word | None = Field(None, description="What another register calls it.")
    language: Literal["fr", "en"] | None = None
    time_zone: Word | None = Field(None, description="As Europe/Paris.")


class ContactOrder(Body):
    """Whom to write to about one side of a client; all empty: nobody in particular."""

    kind: Literal["owner", "technical", "billing"]
    name: Word = ""
    email: Word = ""
    phone: Word = Field("", description="With a plus sign, or as one writes it in the client's country.")


def client_answer(client: Client) -> ClientAnswer:
    return ClientAnswer.from_orm(client)


def client_detail(client: Client) -> ClientDetail:
    contacts = [ContactAnswer.from_orm(contact) for contact in client.contacts.all()]
    return ClientDetail(**client_answer(client).model_dump(), contacts=contacts)


@operation(router, "GET", "", summary="List clients", answers=Page[ClientAnswer], scope="sites:read")
def list_clients(request: HttpRequest, after: After, limit: Limit) -> HttpResponse:
    """The clients that you may see, by identifier: every client for the team, your own for anyone else."""
    clients = queries.clients_visible_to(asker(request))
    items, following = page_of(clients, "slug", client_answer, after=after, limit=limit)
    return listed(request, Page(items=items, next=following))


@operation(
    router,
    "POST",
    "",
    summary="Create a client",
    answers=ClientAnswer,
    scope="sites:write",
    right="clients.add",
    status=201,
    refusals=(errors.NameMissing, errors.SlugMalformed, errors.ClientExists, RightMissing),
)
def create_client(request: HttpRequest, order: ClientOrder) -> ClientAnswer:
    """A new client, without members yet."""
    client = actions.create_client(name=order.name, slug=order.slug, language=order.language, by=asker(request))
    return client_answer(client)


@operation(
    router,
    "GET",
    "/{slug}",
    summary="Show a client",
    answers=ClientDetail,
    scope="sites:read",
    refusals=(errors.ClientNotFound,),
)
def show_client(request: HttpRequest, slug: str) -> ClientDetail:
    """One client with its address, numbers and contacts."""
    return client_detail(queries.get_client(slug, seen_by=asker(request)))


@operation(
    router,
    "PATCH",
    "/{slug}",
    summary="Change what is written of a client",
    answers=ClientDetail,
    scope="people:write",
    refusals=(errors.ClientNotFound, errors.NameMissing, *DETAIL_REFUSALS, RightMissing),
)
def change_client(request: HttpRequest, slug: str, change: ClientChange) -> ClientDetail:
    """Its names, address and numbers, checked without asking anybody. The audit trail keeps what stood there before."""
    client, by = queries.get_client(slug, seen_by=asker(request)), asker(request)
    return client_detail(client_details.change_details(client, by=by, **change.model_dump(exclude_none=True)))


@operation(
    router,
    "POST",
    "/{slug}/contacts",
    summary="Say whom to write to",
    answers=ClientDetail,
    scope="people:write",
    refusals=(
        errors.ClientNotFound,
        errors.EmailMalformed,
        client_errors.PhoneRefused,
        client_errors.DetailTooLong,
        RightMissing,
    ),
)
def change_contact(request: HttpRequest, slug: str, order: ContactOrder) -> ClientDetail:
    """The contact of one side of the client: owner, technical or billing. Doing it twice changes nothing."""
    client, by = queries.get_client(slug, seen_by=asker(request)), asker(request)
    reached = client_details.Reached(order.name, order.email, order.phone)
    client_details.change_contact(client, order.kind, by=by, reached=reached)
    return client_detail(client)


class PersonOrder(Body):
    """Someone to give a place at the client. Who has a sign-in already keeps it: name, language and password are not
    changed.
    """

    email: Word
    name: Word = ""
    language: Literal["fr", "en"] = "fr"
    role: Literal["owner", "manager", "technician", "billing", "reader"] = "owner"
    password: Word = Field("", description="At least 12 characters; empty: nobody signs in until one is set.")


class MemberAnswer(Schema):
    """One person's place at a client."""

    email: str
    name: str
    role: str


@operation(
    router,
    "GET",
    "/{slug}/people",
    summary="List a client's people",
    answers=Page[MemberAnswer],
    scope="sites:read",
    refusals=(errors.ClientNotFound,),
)
def list_people(request: HttpRequest, slug: str) -> HttpResponse:
    """Who belongs to the client, by e-mail, on one page."""
    client = queries.get_client(slug, seen_by=asker(request))
    return listed(request, Page(items=[_member(one) for one in queries.members_of(client)]))


@operation(
    router,
    "POST",
    "/{slug}/people",
    summary="Add a person to a client",
    answers=MemberAnswer,
    scope="people:write",
    right="people.add",
    status=201,
    refusals=(
        errors.ClientNotFound,
        errors.EmailMalformed,
        errors.NameMissing,
        errors.PasswordRefused,
        errors.LastOwner,
        RightMissing,
    ),
)
def add_person(request: HttpRequest, slug: str, order: PersonOrder) -> MemberAnswer:
    """Gives a person a place at the client, or another role there; makes the sign-in if there is none."""
    client, by = queries.get_client(slug, seen_by=asker(request)), asker(request)
    return _member(actions.add_person(client, **order.model_dump(), by=by))


def _member(membership: Membership) -> MemberAnswer:
    person = membership.person
    return MemberAnswer(email=person.email, name=person.name, role=membership.role)


class WhoseOrder(Body):
    """One of a client's people."""

    email: Word


class TechnicianOrder(WhoseOrder):
    """Which accounts a technician looks after."""

    accounts: list[Word] = Field(max_length=500, description="Logins; those that are left out are taken away.")


class TechnicianAnswer(Schema):
    """Which accounts a technician looks after."""

    email: str
    accounts: list[str]


@operation(
    router,
    "POST",
    "/{slug}/people/remove",
    summary="Take a place at a client away",
    answers=Page[MemberAnswer],
    scope="people:write",
    refusals=(errors.ClientNotFound, errors.PlaceMissing, errors.LastOwner, RightMissing),
)
def remove_person(request: HttpRequest, slug: str, order: WhoseOrder) -> HttpResponse:
    """The person sees nothing of the client any more, and is told by a letter; of oneself, it is leaving. Answers who is left."""
    client, by = queries.get_client(slug, seen_by=asker(request)), asker(request)
    if order.email.strip().lower() == by.email:
        places.leave(client, by=by)
    else:
        places.remove(places.place_of(client, order.email), by=by)
    return listed(request, Page(items=[_member(one) for one in queries.members_of(client)]))


@operation(
    router,
    "POST",
    "/{slug}/people/accounts",
    summary="Give accounts to a technician",
    answers=TechnicianAnswer,
    scope="people:write",
    refusals=(errors.ClientNotFound, errors.PlaceMissing, AccountNotFound, RightMissing),
)
def give_accounts(request: HttpRequest, slug: str, order: TechnicianOrder) -> TechnicianAnswer:
    """A technician sees and changes these accounts of the client and no others."""
    client, by = queries.get_client(slug, seen_by=asker(request)), asker(request)
    place = places.place_of(client, order.email)
    return TechnicianAnswer(email=place.person.email, accounts=access.give_accounts(place, order.accounts, by=by))
