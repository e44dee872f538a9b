"""What a client is: its names, address, numbers, and whom to write to. Every change says what stood there before."""

from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from essaim.manager.core import audit
from essaim.manager.people import rights
from essaim.manager.people.addresses import Address, read_address
from essaim.manager.people.client_errors import (
    ContactKindUnknown,
    DetailTooLong,
    KindUnknown,
    ReferenceTaken,
    TimeZoneUnknown,
)
from essaim.manager.people.emails import read_email
from essaim.manager.people.errors import NameMissing
from essaim.manager.people.identities import read_numbers, read_phone
from essaim.manager.people.models import Client, Contact, Person

ADDRESS = ("street", "postal_code", "city", "area", "country")
NUMBERS = ("siren", "siret", "rna", "vat")
WORDS = ("name", "kind", "legal_name", "reference", "language", "time_zone")
FIELDS = (*WORDS, *ADDRESS, *NUMBERS)
_LENGTHS = {field.name: getattr(field, "max_length", 0) or 0 for field in Client._meta.fields}  # noqa: SLF001 - Django's public word for it


@dataclass(frozen=True, slots=True)
class Reached:
    """How to reach a client about one side of it."""

    name: str = ""
    email: str = ""
    phone: str = ""


@transaction.atomic
def change_details(client: Client, *, by: Person | None, **given: str) -> Client:
    """Change what was given of `FIELDS`; what was not given stays. A change to nothing new writes no line.

    Raises:
        NameMissing, KindUnknown, TimeZoneUnknown, ReferenceTaken, DetailTooLong; the refusals of an address and of numbers;
        NotAllowed.
    """
    rights.require(by, "clients.change", client)
    client = Client.objects.select_for_update().get(pk=client.pk)
    before = {name: str(getattr(client, name)) for name in FIELDS}
    after = read_details({**before, **given})
    changed = {name: value for name, value in after.items() if value != before[name]}
    if not changed:
        return client
    _require_free(client, after["reference"])
    for name, value in changed.items():
        setattr(client, name, value)
    client.save()
    facts: dict[str, Any] = {"before": {name: before[name] for name in changed}, "after": changed}
    audit.record("people.client_changed", by=by, about=("client", client.slug), client=client.slug, **facts)
    return client


def read_details(given: dict[str, str]) -> dict[str, str]:
    """All of `FIELDS`, checked, in the form in which they are kept. Asks no database.

    Raises:
        NameMissing, KindUnknown, TimeZoneUnknown, DetailTooLong; the refusals of an address and of numbers.
    """
    words = {name: " ".join(given[name].split()) for name in WORDS}
    if not words["name"]:
        raise NameMissing
    if words["kind"] not in Client.Kind.values:
        raise KindUnknown(kind=words["kind"][:40])
    if words["time_zone"] not in available_timezones():
        raise TimeZoneUnknown(time_zone=words["time_zone"][:40])
    words["language"] = "en" if words["language"] == "en" else "fr"
    address = read_address(Address(**{name: given[name] for name in ADDRESS}))
    numbers = read_numbers(**{name: given[name] for name in NUMBERS})
    read = words | address._asdict() | numbers._asdict()
    for name, value in read.items():
        most = _LENGTHS[name]
        if len(value) > most:
            raise DetailTooLong(start=value[:30], most=most)
    return read


def _require_free(client: Client, reference: str) -> None:
    if reference and Client.objects.filter(reference=reference).exclude(pk=client.pk).exists():
        raise ReferenceTaken(reference=reference)


@transaction.atomic
def change_contact(client: Client, kind: str, *, by: Person | None, reached: Reached) -> Contact | None:
    """Say whom to write to about one side of `client`; nothing given: nobody in particular any more.

    Raises:
        ContactKindUnknown, EmailMalformed, PhoneRefused, DetailTooLong, NotAllowed.
    """
    rights.require(by, "clients.change", client)
    if kind not in Contact.Kind.values:
        raise ContactKindUnknown(kind=kind[:40])
    reached = read_contact(reached, country=client.country)
    Client.objects.select_for_update().get(pk=client.pk)
    contact = Contact.objects.filter(client=client, kind=kind).first()
    before = Reached(contact.name, contact.email, contact.phone) if contact else Reached()
    if before == reached:
        return contact
    contact = contact or Contact(client=client, kind=kind)
    contact.name, contact.email, contact.phone = reached.name, reached.email, reached.phone
    if reached == Reached():
        contact.delete()
    else:
        contact.save()
    facts: dict[str, Any] = {"before": asdict(before), "after": asdict(reached), "contact": kind}
    audit.record("people.contact_changed", by=by, about=("client", client.slug), client=client.slug, **facts)
    return None if reached == Reached() else contact


def read_contact(reached: Reached, *, country: str) -> Reached:
    """A contact, checked.

    Raises:
        EmailMalformed, PhoneRefused, DetailTooLong.
    """
    name = " ".join(reached.name.split())
    if len(name) > 120:  # noqa: PLR2004 - length of the column
        raise DetailTooLong(start=name[:30], most=120)
    email = read_email(reached.email) if reached.email.strip() else ""
    return Reached(name, email, read_phone(reached.phone, country=country))


def address_of(client: Client) -> Address:
    """Where the post finds `client`."""
    return Address(**{name: getattr(client, name) for name in ADDRESS})


def contacts_of(client: Client) -> dict[str, Contact]:
    """Whom to write to, by side: one query."""
    return {contact.kind: contact for contact in client.contacts.all()}
