"""Host names as people type them, parsed into what DNS carries (IDNA 2008, RFC 5890 to 5893, RFC 1123).

What stands here needs no database: shape, addresses, public suffixes, reserved names, scripts. Who holds a name is
the business of `claims`.
"""

import ipaddress
import itertools
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import idna
from django.conf import settings
from publicsuffixlist import PublicSuffixList

from essaim import contract
from essaim.manager.core.errors import EssaimError
from essaim.manager.hosting.errors import (
    NameHasUnderscore,
    NameIsAddress,
    NameIsEmail,
    NameIsPublicSuffix,
    NameIsUrl,
    NameIsWildcard,
    NameLooksLike,
    NameMalformed,
    NameReserved,
    NameTooLong,
    NameWithoutDomain,
)
from essaim.manager.hosting.lookalikes import mixes_scripts, passes_for_latin, skeleton

LONGEST_NAME, LONGEST_LABEL = 100, 63
"""In ASCII form. DNS allows 253 in all; the path of a PHP socket by its site's name leaves 100."""
RESERVED = frozenset(
    {"localhost", "localdomain", "local", "lan", "home", "corp", "internal", "invalid", "onion", "alt", "arpa"}
)
"""Last labels that never lead to a site on the Internet (RFC 6761, 6762, 7686, 8375, 9476; ICANN's `internal`)."""
WILDCARD = "*."
"""Begins an alias that stands for every name one label below."""
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_SIGNS = "/?#:\\@"
"""Of a web or e-mail address."""
_DOTS = re.compile("[.\u3002\uff0e\uff61]")


@dataclass(frozen=True)
class ParsedName:
    """A host name that may be served, if nobody else holds it."""

    fqdn: str
    """Lower-case A-labels, no trailing dot."""
    unicode: str
    """As a person reads it."""
    registrable: str
    """The domain that a registrar sold, or a label under a shared domain: whoever holds it has the names below."""

    @property
    def skeleton(self) -> str:
        """What the name looks like at a glance."""
        return skeleton(self.unicode)


def parse_name(text: str) -> ParsedName:
    """`text` as a host name. Upper case, surrounding blanks and a trailing dot are accepted and dropped.

    Raises:
        NameMalformed, NameIsUrl, NameIsEmail, NameHasUnderscore, NameTooLong, NameIsAddress, NameWithoutDomain,
        NameReserved, NameIsPublicSuffix, NameLooksLike.
    """
    typed = text.strip()
    _refuse_what_is_not_a_name(typed)
    name = _DOTS.sub(".", typed).removesuffix(".")
    _refuse_lengths(name, typed)
    fqdn, readable = _encode(name, typed)
    _refuse_reserved(fqdn)
    _refuse_deception(readable)
    return ParsedName(fqdn, readable, _registrable(fqdn))


def parse_alias(text: str) -> ParsedName:
    """`text` as another name of a site: as `parse_name`, or with `*.` before it, for every name one label below.

    Raises:
        as `parse_name`; NameReserved: a name of the house is one label below.
    """
    typed = text.strip()
    if not typed.startswith(WILDCARD):
        return parse_name(typed)
    above = parse_name(typed.removeprefix(WILDCARD))
    if any(name.partition(".")[2] == above.fqdn for name in _of_the_house()):
        raise NameReserved(name=f"{WILDCARD}{above.unicode}")
    return ParsedName(f"{WILDCARD}{above.fqdn}", f"{WILDCARD}{above.unicode}", above.registrable)


def as_read(fqdn: str) -> str:
    """A name that DNS has, as a person reads it. Never raises."""
    return contract.as_read(fqdn)


def reading_order(unicode_name: str) -> str:
    """What to sort names by, so that an accented letter stands beside the plain one, as in a dictionary."""
    decomposed = unicodedata.normalize("NFKD", unicode_name.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _refuse_what_is_not_a_name(typed: str) -> None:
    if not typed:
        raise NameMalformed(name=typed)
    if _is_address(typed):
        raise NameIsAddress(name=typed[:80])
    if "@" in typed and "/" not in typed:
        raise NameIsEmail(name=typed[:80], suggestion=_suggestion(typed.rsplit("@", 1)[1]))
    if any(sign in typed for sign in _SIGNS):
        raise NameIsUrl(name=typed[:80], suggestion=_suggestion(_host_of(typed)))
    if "_" in typed:
        raise NameHasUnderscore(name=typed[:80])
    if typed.startswith(WILDCARD):
        raise NameIsWildcard(name=typed[:80], suggestion=_suggestion(typed.removeprefix(WILDCARD)))
    if "*" in typed or any(character.isspace() for character in typed):
        raise NameMalformed(name=typed[:80])


def _is_address(typed: str) -> bool:
    """An IPv4 or IPv6 address in any form that a browser takes for one, with or without port (WHATWG URL, host parsing)."""
    bare = _DOTS.sub(".", typed.lower()).removesuffix(".")
    try:
        ipaddress.ip_address(bare.split("]")[0].strip("[") if bare.startswith("[") else bare)
    except ValueError:
        host = re.sub(r":\d*$", "", bare)
        return bool(_NUMBER.fullmatch(host.rsplit(".", 1)[-1]))
    return True


def _host_of(typed: str) -> str:
    try:
        return urlsplit(typed if "://" in typed else f"//{typed}").hostname or ""
    except ValueError:
        return ""


def _suggestion(host: str) -> str:
    """The name inside what was pasted, if there is a good one."""
    if host and not any(sign in host for sign in _SIGNS):
        with suppress(EssaimError):
            return parse_name(host).unicode
    return "www.example.org"


def _refuse_lengths(name: str, typed: str) -> None:
    if "" in name.split("."):
        raise NameMalformed(name=typed[:80])
    if len(name) > LONGEST_NAME:
        raise NameTooLong(name=typed[:80])


def _encode(name: str, typed: str) -> tuple[str, str]:
    """A-labels and what they read as. Mapping as UTS 46 has it, then strictly IDNA 2008."""
    try:
        fqdn = idna.encode(name, uts46=True, std3_rules=True).decode("ascii")
        readable = idna.decode(fqdn)
        if "." not in fqdn:
            raise NameWithoutDomain(name=typed[:80])
        contract.Fqdn(fqdn)
        _refuse_lengths(fqdn, typed)  # accented letters count for more
    except idna.IDNAError as wrong:
        too_long = "too long" in str(wrong).lower()
        raise (NameTooLong if too_long else NameMalformed)(name=typed[:80]) from None
    except (contract.NameRefused, UnicodeError):
        raise NameMalformed(name=typed[:80]) from None
    return fqdn, readable


def _refuse_reserved(fqdn: str) -> None:
    """The nearest name above decides: a shared domain may lie below a reserved one."""
    if fqdn.rsplit(".", 1)[-1] in RESERVED:
        raise NameReserved(name=fqdn)
    reserved, shared = _of_the_house(), set(settings.SHARED_DOMAINS)
    nearest = next((name for name in _ancestors(fqdn) if name in reserved or name in shared), "")
    if nearest in reserved - {""}:
        raise NameReserved(name=fqdn)


def _of_the_house() -> set[str]:
    """The domains that are the operator's to reserve, and the names of the Manager and of the bus, which are so by themselves."""
    addresses = (settings.ORIGIN, settings.BUS_URL, settings.BUS_PUBLIC_URL)
    hosts = {urlsplit(address).hostname or "" for address in addresses}
    return {name.lower() for name in (*settings.RESERVED_DOMAINS, *settings.HOSTS)} | hosts


def _refuse_deception(readable: str) -> None:
    """Under a domain in another script (`.рф`) a whole word in that script is what a reader expects."""
    labels = readable.split(".")
    for label in labels:
        if mixes_scripts(label) or (labels[-1].isascii() and passes_for_latin(label)):
            raise NameLooksLike(name=readable, looks_like=skeleton(label), label=label)


def _ancestors(fqdn: str) -> list[str]:
    """`fqdn` and every name above it: a.b.org gives a.b.org, b.org, org."""
    labels = fqdn.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def _registrable(fqdn: str) -> str:
    """The registrable domain. A shared domain of the house (`SHARED_DOMAINS`) counts as a public suffix."""
    names = _ancestors(fqdn)
    shared = set(getattr(settings, "SHARED_DOMAINS", ()))
    if fqdn in shared:
        raise NameIsPublicSuffix(name=fqdn)
    for name, above in itertools.pairwise(names):
        if above in shared:
            return name
    registrable = suffixes().privatesuffix(fqdn)
    if registrable is None:
        raise NameIsPublicSuffix(name=fqdn)
    return registrable


@cache
def suffixes() -> PublicSuffixList:
    """Mozilla's list, its private section included, read once a process. An unknown last label is a suffix."""
    return PublicSuffixList(accept_unknown=True)
