"""What is odd about rules, as a code and the facts that its sentence needs. Shapes only: what a client may wish is the manager's business."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from essaim.contract import rules as r

T = TypeVar("T")
_PATH = re.compile(r"/(?:[^\x00-\x1f\x7f\\/?#%*]+/?)*")
_TARGET_PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()+,;=:@?/-]|%[0-9A-Fa-f]{2})*\*?")
_TARGET_ADDRESS = re.compile(r"https?://[^\x00-\x20\x7f\"<>\\^`{|}]+")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_HASH = re.compile(r"pbkdf2-sha512\$[1-9][0-9]{3,5}\$[0-9a-f]{32}\$[0-9a-f]{64}")
_USER = re.compile(r"[^\x00-\x1f\x7f:]{1,60}")
_KEY = re.compile(r"(?:[a-z2-7]{26})?")
_LOCAL = re.compile(r"(?:\d{4}-\d\d-\d\d \d\d:\d\d(?: [A-Za-z0-9+:-]{1,8})?)?")

NEVER = frozenset(
    [
        "accept-ranges",
        "age",
        "alt-svc",
        "allow",
        "connection",
        "content-encoding",
        "content-length",
        "content-location",
        "content-range",
        "content-type",
        "date",
        "etag",
        "keep-alive",
        "last-modified",
        "location",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "retry-after",
        "server",
        "set-cookie",
        "status",
        "strict-transport-security",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "vary",
        "via",
        "www-authenticate",
    ]
)
"""Names that say how an answer is carried, whose it is, or that have a rule of their own."""
NEVER_BEGIN = ("x-accel-", "x-essaim-", "sec-", "proxy-")


class Odd(NamedTuple):
    """What cannot be. `code` is that of its sentence; `part`, the field of `Rules` or `Maintenance` it is about; `at`, which one of it,
    from 1; 0: none."""

    code: str
    facts: dict[str, str | int]
    at: int = 0
    part: str = ""


def odd_rules(rules: r.Rules) -> Iterator[Odd]:
    """All that is odd about `rules`, in the order of its parts."""
    for part, odd in _odd_parts(rules):
        yield odd._replace(part=part)


def _odd_parts(rules: r.Rules) -> Iterator[tuple[str, Odd]]:
    if rules.absent not in ("", r.NO_FILE) and (not is_path(rules.absent) or rules.absent.endswith("/")):
        yield "absent", Odd("rules.path", {"path": rules.absent[:80]})
    found: dict[str, Iterable[Odd]] = {
        "redirects": _each(rules.redirects, "redirects", r.REDIRECTS_MAX, _odd_redirect),
        "headers": _each(rules.headers, "headers", r.HEADERS_MAX, _odd_header),
        "cache": _odd_cache(rules.cache),
        "hsts": _odd_hsts(rules.hsts),
        "protected": _each(rules.protected, "folders", r.FOLDERS_MAX, _odd_protected),
        "allowed": _each(rules.allowed, "folders", r.FOLDERS_MAX, _odd_allowed),
    }
    for part, odds in found.items():
        yield from ((part, odd) for odd in odds)
    if rules.elsewhere is not None and not is_address(rules.elsewhere.target):
        yield "elsewhere", Odd("rules.target", {"target": rules.elsewhere.target[:80]})


def _each(given: tuple[T, ...], what: str, most: int, odd_of: Callable[[T, int], Iterator[Odd]]) -> Iterator[Odd]:
    yield from _many(what, given, most)
    for at, one in enumerate(given, 1):
        yield from odd_of(one, at)


def _odd_cache(cache: Mapping[r.FileKind, int]) -> Iterator[Odd]:
    for kind, seconds in cache.items():
        if not 0 <= seconds <= r.CACHE_MAX_S:
            yield Odd("rules.seconds", {"name": kind, "seconds": seconds, "most": r.CACHE_MAX_S})


def _odd_hsts(hsts: r.Hsts | None) -> Iterator[Odd]:
    if hsts is not None and not 0 <= hsts.max_age_s <= r.HSTS_MAX_S:
        yield Odd("rules.seconds", {"name": "hsts", "seconds": hsts.max_age_s, "most": r.HSTS_MAX_S})


def odd_maintenance(maintenance: r.Maintenance) -> Iterator[Odd]:
    """All that is odd about it."""
    if len(maintenance.sentence) > r.SENTENCE_MAX:
        yield Odd("rules.sentence", {"most": r.SENTENCE_MAX}, part="sentence")
    if not _KEY.fullmatch(maintenance.key) or not _LOCAL.fullmatch(maintenance.until_local) or maintenance.until < 0:
        yield Odd("rules.until", {"until": maintenance.until_local[:40]}, part="until")
    yield from (odd._replace(part="networks") for odd in odd_networks(maintenance.networks))


def is_path(path: str) -> bool:
    """A decoded path of a site that names one place: no `..`, no doubled slash, no query."""
    segments = path.split("/")
    return (
        len(path) <= r.LONGEST_PATH
        and _PATH.fullmatch(path) is not None
        and "." not in segments
        and ".." not in segments
        and "" not in segments[1:-1]
    )


def is_header_allowed(name: str) -> bool:
    """A client may say it with each answer."""
    return name.lower() not in NEVER and not name.lower().startswith(NEVER_BEGIN)


def odd_networks(networks: Iterable[str], at: int = 0) -> Iterator[Odd]:
    """Those that are no network, and too many."""
    given = tuple(networks)
    yield from _many("networks", given, r.NETWORKS_MAX, at)
    for text in given:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            yield Odd("rules.network", {"network": text[:60]}, at)


def _many(what: str, given: tuple[object, ...], most: int, at: int = 0) -> Iterator[Odd]:
    if len(given) > most:
        yield Odd(f"rules.{what}_too_many", {"most": most, "given": len(given)}, at)


def _odd_redirect(redirect: r.Redirect, at: int) -> Iterator[Odd]:
    if not is_path(redirect.path) and not (redirect.below and redirect.path == ""):
        yield Odd("rules.path", {"path": redirect.path[:80]}, at)
    if redirect.status == r.GONE:
        if redirect.target:
            yield Odd("rules.gone_with_target", {"target": redirect.target[:80]}, at)
    elif not is_target(redirect.target) or ("*" in redirect.target and not redirect.below):
        yield Odd("rules.target", {"target": redirect.target[:80]}, at)


def is_target(target: str) -> bool:
    """A path of the site, as it is written in an address, or an http(s) address; each may end with `*`."""
    if len(target) > r.LONGEST_TARGET or target.startswith("//") or "*" in target[:-1]:
        return False
    return _TARGET_PATH.fullmatch(target) is not None or is_address(target.removesuffix("*"))


def is_address(target: str) -> bool:
    """An http(s) address without a name and password in it."""
    if len(target) > r.LONGEST_TARGET or not _TARGET_ADDRESS.fullmatch(target) or not target.isascii():
        return False
    try:
        address = urlsplit(target)
        return bool(address.hostname) and "@" not in address.netloc and (address.port or 1) > 0
    except ValueError:
        return False


def _odd_header(header: r.Header, at: int) -> Iterator[Odd]:
    if not _HEADER_NAME.fullmatch(header.name):
        yield Odd("rules.header_name", {"name": header.name[:60]}, at)
    elif not is_header_allowed(header.name):
        yield Odd("rules.header_reserved", {"name": header.name}, at)
    if len(header.value) > r.LONGEST_HEADER or not _HEADER_VALUE.fullmatch(header.value):
        yield Odd("rules.header_value", {"name": header.name[:60], "most": r.LONGEST_HEADER}, at)


def _odd_folder(path: str, at: int) -> Iterator[Odd]:
    if not is_path(path) or (path != "/" and path.endswith("/")):
        yield Odd("rules.path", {"path": path[:80]}, at)


def _odd_protected(folder: r.Protected, at: int) -> Iterator[Odd]:
    yield from _odd_folder(folder.path, at)
    yield from _many("users", tuple(folder.users), r.USERS_MAX, at)
    for user, hashed in folder.users.items():
        if not is_user(user):
            yield Odd("rules.user", {"user": user[:60]}, at)
        elif not _HASH.fullmatch(hashed):
            yield Odd("rules.hash", {"user": user[:60]}, at)


def is_user(name: str) -> bool:
    """A name that a browser can send with a password (RFC 7617)."""
    return _USER.fullmatch(name) is not None


def _odd_allowed(allowed: r.Allowed, at: int) -> Iterator[Odd]:
    yield from _odd_folder(allowed.path, at)
    yield from odd_networks(allowed.networks, at)
    if not allowed.networks:
        yield Odd("rules.nobody", {"path": allowed.path[:80]}, at)
