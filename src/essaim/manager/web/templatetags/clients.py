"""Clients on pages: addresses as on an envelope, numbers with their names, telephone numbers as people read them."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from essaim.manager.core.models import AuditLine
from essaim.manager.people.addresses import country_name, written_address
from essaim.manager.people.client_details import address_of
from essaim.manager.people.identities import written_phone
from essaim.manager.people.models import Client

register = template.Library()

DETAILS: dict[str, str | Promise] = {
    "name": _("Name"),
    "kind": _("What it is"),
    "legal_name": _("Legal name"),
    "street": _("Street"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "area": _("Province or state"),
    "country": _("Country"),
    "siren": "SIREN",
    "siret": "SIRET",
    "rna": "RNA",
    "vat": _("VAT number"),
    "reference": _("Number elsewhere"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "role": _("Role"),
    "state": _("State"),
}


@register.filter
def address_lines(client: Client) -> list[str]:
    """The address, a line an entry; the country in the reader's language."""
    return written_address(address_of(client))


@register.filter
def numbers_written(client: Client) -> list[tuple[str, str]]:
    """Each number that the client has, after its name."""
    numbers = [("SIREN", client.siren), ("SIRET", client.siret), ("RNA", client.rna), (str(DETAILS["vat"]), client.vat)]
    return [(word, number) for word, number in numbers if number]


@register.filter
def phone(number: str) -> str:
    """A telephone number as people read it."""
    return written_phone(number)


@register.filter
def changes(line: AuditLine) -> list[tuple[str, str, str]]:
    """What a line of the trail says of before and after: (words, before, after), a fact a row; empty where it says nothing."""
    before, after = line.facts.get("before"), line.facts.get("after")
    if isinstance(before, list) and isinstance(after, list):
        return [("", ", ".join(map(str, before)), ", ".join(map(str, after)))]
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    names = [name for name in (before | after) if before.get(name) != after.get(name)]
    return [
        (str(DETAILS.get(name, name)), _shown(name, before.get(name)), _shown(name, after.get(name))) for name in names
    ]


def _shown(name: str, value: object) -> str:
    text = "" if value is None else str(value)
    return country_name(text) if name == "country" and text else text


@register.filter
def beside(kept: Client, gone: Client) -> list[tuple[str, str, str]]:
    """The details of two clients beside each other: (words, of the first, of the second), those that either has."""
    names = (
        "name",
        "legal_name",
        "street",
        "postal_code",
        "city",
        "country",
        "siren",
        "siret",
        "rna",
        "vat",
        "reference",
    )
    pairs = [(name, str(getattr(kept, name)), str(getattr(gone, name))) for name in names]
    return [
        (str(DETAILS[name]), _shown(name, mine), _shown(name, other)) for name, mine, other in pairs if mine or other
    ]


@register.filter
def detail_word(name: str) -> str:
    """What a detail is called."""
    return str(DETAILS.get(name, name))
