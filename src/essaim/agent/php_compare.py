"""Asks for a site's own pages in the version of PHP it has and in the one that is tried, and says how they did. A process of its own:
what it reads is the client's, and what it takes of memory goes with it.

`python -m essaim.agent.php_compare`: a question as JSON on standard input, the answer on standard output. It speaks to nginx on this
machine, as a visitor of the site would; nothing is sent but GET, no more than `PAGES_MAX` pages, none that ends a session.
"""

import hashlib
import http.client
import json
import re
import socket
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import msgspec

from essaim.agent.engines import php_log
from essaim.agent.machine import Paths
from essaim.agent.php_errors import Found, entries
from essaim.contract import Fqdn, Login, PhpPage
from essaim.contract.php_reports import PAGES_MAX

REQUEST_S = 20.0
ALL_S = 110.0
BODY_MAX = 2 * 1024 * 1024
HOPS_MAX = 3
JITTER_S = 0.1
MESSAGES_MAX = 3
_NO_PAGE = re.compile(
    r"\.(?:avif|bmp|css|csv|docx?|gif|gz|ico|jpe?g|js|json|mp[34]|odt|pdf|png|svg|tar|txt|webp|woff2?|xlsx?|xml|zip)$",
    re.IGNORECASE,
)
_ENDS_A_SESSION = re.compile(r"log-?out|sign-?out|deconnexion|delete|remove", re.IGNORECASE)


class Answer(NamedTuple):
    """What came back; status 0: nothing."""

    status: int
    size: int
    seconds: float
    location: str
    body: bytes


Get = Callable[[str, str], Answer]
"""A path and a token (empty: none) to what came back."""


class Visitor:
    """Asks nginx on this machine for one site, over TLS where the site has a certificate."""

    def __init__(self, fqdn: str, *, tls: bool, address: str = "127.0.0.1") -> None:
        self._fqdn, self._tls, self._address = fqdn, tls, address

    def get(self, path: str, token: str) -> Answer:
        """One request; nothing is followed."""
        began = time.monotonic()
        try:
            with closing(self._connection()) as connection:
                headers = {"Host": self._fqdn, "User-Agent": "essaim-compare", "Accept": "text/html,*/*"}
                connection.request(
                    "GET", path, headers=headers | ({"Cookie": f"essaim_preview={token}"} if token else {})
                )
                answer = connection.getresponse()
                body = answer.read(BODY_MAX)
                return Answer(
                    answer.status, len(body), time.monotonic() - began, answer.getheader("Location") or "", body
                )
        except (OSError, http.client.HTTPException, ValueError):
            return Answer(0, 0, time.monotonic() - began, "", b"")

    def _connection(self) -> http.client.HTTPConnection:
        """To this machine, whatever the name leads to. Its certificate is not what is asked about."""
        made = http.client.HTTPConnection(self._fqdn, timeout=REQUEST_S)
        made.sock = socket.create_connection((self._address, 443 if self._tls else 80), REQUEST_S)
        if self._tls:
            unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
            made.sock = unverified.wrap_socket(made.sock, server_hostname=self._fqdn)
        return made


class _Links(HTMLParser):
    """Where a page leads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and len(self.found) < 2_000:  # noqa: PLR2004  a page may be all links
            self.found += [value for name, value in attrs if name == "href" and value]


def pages_of(body: bytes, names: set[str]) -> list[str]:
    """Paths of the site's own pages that `body` leads to, those without a query first."""
    reader = _Links()
    with suppress(AssertionError):  # what the parser says of some broken markup
        reader.feed(body.decode(errors="replace"))
    found: dict[str, None] = {}
    for link in reader.found:
        with suppress(ValueError):
            parts = urlsplit(urljoin(f"http://{min(names, key=len)}/", link.strip()))
            path = parts.path or "/"
            is_page = parts.hostname in names and parts.scheme in ("http", "https") and not _NO_PAGE.search(path)
            if (
                is_page
                and not _ENDS_A_SESSION.search(link)
                and path.isascii()
                and path.isprintable()
                and " " not in path
            ):
                found[f"{path}?{parts.query}" if parts.query and parts.query.isascii() else path] = None
    return sorted(found, key=lambda path: "?" in path)


def compare(
    get: Get,
    names: set[str],
    token: str,
    logged: Callable[[str], list[Found]],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> list[PhpPage]:
    """Each page in both versions. `logged(which)`: what the `old` or the `new` version has logged since it was last asked."""
    until = clock() + ALL_S
    first = _followed(get, "/", "", names)
    paths = list(dict.fromkeys(["/", *pages_of(first.body, names)]))[:PAGES_MAX]
    for which in ("old", "new"):
        logged(which)
    found: list[PhpPage] = []
    for path in paths:
        if clock() > until:
            break
        old, old_said = _followed(get, path, "", names), logged("old")
        new, new_said = _followed(get, path, token, names), logged("new")
        if new.seconds > old.seconds + JITTER_S:  # the machine may have been busy: the better of two counts
            old = old._replace(seconds=min(old.seconds, _followed(get, path, "", names).seconds))
            new = new._replace(seconds=min(new.seconds, _followed(get, path, token, names).seconds))
            logged("old"), logged("new")
        found.append(_page(path, (old, old_said), (new, new_said)))
    return found


def _page(path: str, old: tuple[Answer, list[Found]], new: tuple[Answer, list[Found]]) -> PhpPage:
    known = {one.key for one in old[1]}
    fresh = {one.key: _said(one) for one in new[1] if one.key not in known}
    return PhpPage(
        path=path[:300],
        status_old=old[0].status, status_new=new[0].status,
        bytes_old=old[0].size, bytes_new=new[0].size,
        seconds_old=round(old[0].seconds, 4), seconds_new=round(new[0].seconds, 4),
        errors_old=len(old[1]), errors_new=len(new[1]),
        messages=tuple(list(fresh.values())[:MESSAGES_MAX]),
    )  # fmt: skip


def _said(one: Found) -> str:
    return f"{one.message} ({one.file}:{one.line})" if one.file else one.message


def _followed(get: Get, path: str, token: str, names: set[str]) -> Answer:
    """The answer after redirects within the site; its time is of the last one."""
    answer = get(path, token)
    for _ in range(HOPS_MAX):
        if not answer.location:
            break
        with suppress(ValueError):
            parts = urlsplit(urljoin(f"http://{min(names, key=len)}{path}", answer.location))
            if parts.hostname in names and parts.path.isascii():
                path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
                answer = get(path, token)
                continue
        break
    return answer


def is_answered_by(get: Get, token: str, login: str, version: str) -> bool:
    """Whether this version answers, as the platform's own proof has it. It also wakes it."""
    answer = get("/.well-known/essaim/php?nonce=compare", token)
    return (
        answer.body.strip().decode(errors="replace")
        == hashlib.sha256(f"{login}:{version}:compare".encode()).hexdigest()
    )


class Logs:
    """What both versions log, from now on."""

    def __init__(self, home: Path, fqdn: Fqdn, old: str, new: str) -> None:
        self._home, self._fqdn, self._versions = home, fqdn, {"old": old, "new": new}
        self._marks: dict[str, php_log.Mark] = {}

    def __call__(self, which: str) -> list[Found]:
        version = self._versions[which]
        news = php_log.news(self._home, self._fqdn, version, self._marks.get(version))
        if news is None:
            return []
        self._marks[version] = news.mark
        return list(entries(news.text, self._fqdn, now=time.time()))


def main() -> None:
    """Answer the one question."""
    asked = json.loads(sys.stdin.buffer.read())
    paths, fqdn, login, token = Paths(Path(asked["root"])), Fqdn(asked["fqdn"]), Login(asked["login"]), asked["token"]
    links = paths.site_links(fqdn)
    visitor = Visitor(fqdn, tls=(links / "tls/fullchain.pem").exists())
    names = {str(fqdn), *((links / "aliases").read_text().split() if (links / "aliases").exists() else ())}
    code, pages = "", []
    if not is_answered_by(visitor.get, token, login, asked["new"]):
        code = "php.no_preview"
    elif not is_answered_by(visitor.get, "", login, asked["old"]):
        code = "php.no_answer"
    else:
        logs = Logs(paths.home(login), fqdn, asked["old"], asked["new"])
        pages = compare(visitor.get, names, token, logs)
    sys.stdout.buffer.write(msgspec.json.encode({"code": code, "pages": pages}))


if __name__ == "__main__":
    main()
