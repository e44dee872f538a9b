"""Redirects and networks as people write them: one on a line, so that a list can be pasted, and each mistake is told with its line."""

import re

from essaim.contract.rule_bounds import odd_networks
from essaim.contract.rules import USUAL_STATUS, Allowed, Header, Redirect
from essaim.manager.hosting.rule_errors import RedirectLine, RuleHeaderName, RulePath, refusal_of
from essaim.manager.hosting.rules import tidy_networks, tidy_path

STATUSES = {"301", "302", "307", "308", "410"}
WITHOUT_QUERY = "noquery"


def read_redirects(text: str) -> tuple[Redirect, ...]:
    """`/old /new`, `/folder/* https://example.org/* 302`, `/gone 410`; `noquery` leaves out what follows the `?`. Empty lines and those
    that begin with `#` count for nothing.

    Raises:
        RedirectLine: with the number of the line.
    """
    return tuple(_redirect(line, at) for at, line in _lines(text))


def _lines(text: str) -> list[tuple[int, str]]:
    lines = ((at, line.strip()) for at, line in enumerate(text.splitlines(), 1))
    return [(at, line) for at, line in lines if line and not line.startswith("#")]


def _redirect(line: str, at: int) -> Redirect:
    words = line.split()
    path, rest = words[0], words[1:]
    keep_query = WITHOUT_QUERY not in rest
    rest = [word for word in rest if word != WITHOUT_QUERY]
    status = rest.pop() if rest and rest[-1] in STATUSES else "301"
    if len(rest) > 1 or (not rest and status != "410"):
        raise RedirectLine(part="redirects", at=at, line=line[:80])
    below = path.endswith("/*")
    return Redirect(
        path=tidy_path(path.removesuffix("/*") or "/") if not below or path != "/*" else "",
        below=below,
        target=rest[0] if rest else "",
        status=int(status),  # type: ignore[arg-type]  # one of STATUSES
        keep_query=keep_query,
    )


def redirect_line(redirect: Redirect) -> str:
    """The same as a line."""
    words = [_typed(redirect.path) + ("/*" if redirect.below else ""), redirect.target]
    if redirect.status != USUAL_STATUS:
        words.append(str(redirect.status))
    if not redirect.keep_query:
        words.append(WITHOUT_QUERY)
    return " ".join(filter(None, words))


def _typed(path: str) -> str:
    """What would end the word is written as in an address."""
    return re.sub(r"[\s%#]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), path)


def read_allowed(text: str) -> tuple[Allowed, ...]:
    """`/admin 192.0.2.0/24 2001:db8::/32`: a folder, and the networks that reach it.

    Raises:
        RuleRefused: with the number of the line.
    """
    return tuple(_allowed(line, at) for at, line in _lines(text))


def _allowed(line: str, at: int) -> Allowed:
    path, *networks = re.split(r"[\s,;]+", line)
    if not path.startswith("/"):
        raise RulePath(part="allowed", at=at, path=path[:80])
    tidy = tidy_networks(networks)
    for odd in odd_networks(tidy, at):
        raise refusal_of(odd._replace(part="allowed"))
    return Allowed(path=tidy_path(path), networks=tidy)


def allowed_line(allowed: Allowed) -> str:
    """The same as a line."""
    return " ".join([_typed(allowed.path), *allowed.networks])


def read_headers(text: str) -> tuple[Header, ...]:
    """`Name: value`.

    Raises:
        RuleHeaderName: with the number of the line.
    """
    found = []
    for at, line in _lines(text):
        name, colon, value = line.partition(":")
        if not colon:
            raise RuleHeaderName(part="headers", at=at, name=line[:60])
        found.append(Header(name=name.strip(), value=value.strip()))
    return tuple(found)


def header_line(header: Header) -> str:
    """The same as a line."""
    return f"{header.name}: {header.value}"
