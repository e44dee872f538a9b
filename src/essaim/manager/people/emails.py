"""E-mail addresses as they are kept: lower case, at most 254 characters (RFC 5321, 4.5.3.1.3), the domain as DNS has it (IDNA 2008)."""

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from essaim.manager.people.errors import EmailMalformed, EmailTooLong

EMAIL_MAX = 254


def read_email(text: str) -> str:
    """The address, in the one form in which it is kept and compared: `Ada@BÜCHER.example` is `ada@xn--bcher-kva.example`.

    Raises:
        EmailMalformed: too long, or none at all.
    """
    email = one_form(text)
    if len(email) > EMAIL_MAX:
        raise EmailTooLong(email=f"{email[:80]}…", length=len(email), most=EMAIL_MAX)
    try:
        validate_email(email)
    except ValidationError:
        raise EmailMalformed(email=text.strip()[:80]) from None
    return email


def one_form(text: str) -> str:
    """`text` as `read_email` would compare it, whether or not it is an address."""
    name, at, domain = text.strip().lower().rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return text.strip().lower()
    return f"{name}{at}{domain}"
