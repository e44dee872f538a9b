"""Numbers by which the state knows a client, and telephone numbers: read as people write them, kept in one form. Nobody is asked.

SIREN and SIRET have a checksum (Luhn), VAT numbers each country's own, an RNA number only a form.
"""

import re
from typing import NamedTuple

import phonenumbers
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError as Wrong
from stdnum.fr import siren as fr_siren
from stdnum.fr import siret as fr_siret

from essaim.manager.people.client_errors import PhoneRefused, RnaRefused, SirenRefused, SiretRefused, VatRefused

_RNA = re.compile(r"W[0-9][0-9A-Z][0-9]{7}")
_SHOWN = 40


class Numbers(NamedTuple):
    """What a client is registered under; empty where it is not."""

    siren: str = ""
    siret: str = ""
    rna: str = ""
    vat: str = ""


def read_numbers(*, siren: str = "", siret: str = "", rna: str = "", vat: str = "") -> Numbers:
    """The numbers, checked by themselves and against each other. A SIRET alone tells the SIREN.

    Raises:
        SirenRefused, SiretRefused, RnaRefused, VatRefused.
    """
    siren, siret = _siren(siren), _siret(siret)
    if siret and siren and not siret.startswith(siren):
        raise SiretRefused(number=siret)
    siren = siren or siret[:9]
    vat = _vat(vat)
    if siren and vat.startswith("FR") and not vat.endswith(siren):
        raise VatRefused(number=vat)
    return Numbers(siren, siret, _rna(rna), vat)


def _siren(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return str(fr_siren.validate(text))
    except Wrong:
        raise SirenRefused(number=text.strip()[:_SHOWN]) from None


def _siret(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return str(fr_siret.validate(text))
    except Wrong:
        raise SiretRefused(number=text.strip()[:_SHOWN]) from None


def _rna(text: str) -> str:
    number = re.sub(r"[\s.-]", "", text).upper()
    if number and not _RNA.fullmatch(number):
        raise RnaRefused(number=text.strip()[:_SHOWN])
    return number


def _vat(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return str(eu_vat.validate(text))
    except Wrong:
        raise VatRefused(number=text.strip()[:_SHOWN]) from None


def read_phone(text: str, *, country: str) -> str:
    """The number as E.164. Without a plus sign it is one of `country` (two letters; empty: France).

    Raises:
        PhoneRefused.
    """
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, country or "FR")
    except phonenumbers.NumberParseException:
        raise PhoneRefused(phone=text.strip()[:_SHOWN]) from None
    if not phonenumbers.is_possible_number(number):
        raise PhoneRefused(phone=text.strip()[:_SHOWN])
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def written_phone(number: str) -> str:
    """An E.164 number as people read it."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
