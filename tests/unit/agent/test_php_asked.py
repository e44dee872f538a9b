"""What a site's PHP is asked and answers: over FastCGI, from a process that may be anything, and never more than is wanted."""

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from essaim.agent.engines import fastcgi, php
from essaim.agent.machine import Machine
from essaim.agent.php_asked import Asked
from essaim.agent.resources.site import SiteResource
from essaim.contract import Fqdn, Login
from tests.unit.agent.running import site, web_machine

NAME = Fqdn("a.example.test")
HEAD = b"Content-Type: application/json\r\n\r\n"
TOLD = {
    "version": "8.2.29", "sapi": "fpm-fcgi", "system": "Linux x86_64", "ini_files": ["/etc/php.ini"],
    "extensions": {"gd": "8.2.29"}, "settings": [["memory_limit", "256M", "128M", False], ["precision", "14\x1b[31m", "14", True]],
}  # fmt: skip
Serve = Callable[..., Path]


def record(sort: int, content: bytes) -> bytes:
    return struct.pack("!BBHHBx", 1, sort, 1, len(content), 3) + content + b"pad"


def answer(*pieces: bytes) -> bytes:
    return b"".join(record(6, piece) for piece in pieces) + record(3, bytes(8))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A server that answers the next request with given bytes, and remembers what it was asked."""
    servers: list[socket.socket] = []

    def serve(
        said: bytes, *, path: Path = tmp_path / "fpm.sock", asked: list[bytes] | None = None, pause_s: float = 0.0
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen()
        servers.append(server)

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                (asked if asked is not None else []).append(connection.recv(65536))
                time.sleep(pause_s)
                for at in range(0, len(said), 1000):
                    connection.sendall(said[at : at + 1000])

        threading.Thread(target=once, daemon=True).start()
        return path

    yield serve
    for server in servers:
        server.close()


def get(path: Path, **changes: Any) -> tuple[bytes, bytes]:
    return fastcgi.get(
        path, {"SCRIPT_FILENAME": "/x.php", "LONG": "y" * 300}, **{"seconds": 2.0, "bytes_max": 5000, **changes}
    )


def test_an_answer_in_pieces_is_put_together_and_errors_kept_apart(serve: Serve) -> None:
    asked: list[bytes] = []
    path = serve(record(6, b"one ") + record(7, b"oops") + record(6, b"x" * 3000) + answer(b"end"), asked=asked)
    assert get(path) == (b"one " + b"x" * 3000 + b"end", b"oops")
    assert b"SCRIPT_FILENAME/x.php" in asked[0]
    assert b"\x04" + struct.pack("!I", 300 | 0x80000000) + b"LONG" + b"y" * 300 in asked[0]


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 200 OK\r\n\r\n", record(6, b"x")[:5], record(9, b"x"), answer(b"x" * 6000), b"\0" * 64],
    ids=["nothing", "http", "cut", "another sort", "too long", "zeros"],
)
def test_what_is_no_answer_is_said_so(serve: Serve, said: bytes) -> None:
    with pytest.raises((fastcgi.BadAnswer, ConnectionError)):
        get(serve(said))


def test_one_that_does_not_answer_is_not_waited_for_longer_than_told(serve: Serve) -> None:
    path = serve(b"", pause_s=3)
    began = time.monotonic()
    with pytest.raises(OSError, match="timed out"):
        get(path, seconds=0.3)
    assert time.monotonic() - began < 2


# -- what it is


class Quiet:
    """Notes what it could answer."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[str], None]] = {}


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    web = web_machine(tmp_path)
    SiteResource().apply(site(docroot="public"), 1, web)
    return web


def info(web: Machine, serve: Serve, said: bytes, asked: list[bytes] | None = None) -> Any:
    path = php.socket_path(Login("alice"), "8.2", web.paths)
    serve(said, path=path, asked=asked)
    return asyncio.run(Asked(web, Quiet()).info("q1", NAME))  # type: ignore[arg-type]  # it only has answers registered


def test_what_php_says_is_told_without_what_a_terminal_obeys(web: Machine, serve: Serve) -> None:
    asked: list[bytes] = []
    told = info(web, serve, answer(HEAD + json.dumps(TOLD).encode()), asked)
    assert (told.code, told.version, told.extensions) == ("", "8.2.29", {"gd": "8.2.29"})
    assert [(one.name, one.value, one.usual) for one in told.settings] == [
        ("memory_limit", "256M", "128M"),
        ("precision", "14 [31m", "14"),
    ]
    assert b"DOCUMENT_ROOT/srv/home/sites/a.example.test/public" in asked[0].replace(b"\x2c", b"")


@pytest.mark.parametrize(
    "said",
    [
        answer(b"no head"), answer(HEAD + b"<html>"), answer(HEAD + b'{"version": 8}'), answer(HEAD + b"[]"), b"",
        answer(*([HEAD] + [json.dumps({**TOLD, "settings": [[f"s{n}", "\U0001f41d" * 400, "", False] for n in range(250)]}, ensure_ascii=False).encode()[at : at + 60_000] for at in range(0, 400_000, 60_000)])),
    ],
    ids=["no head", "html", "types", "list", "nothing", "too much"],
)  # fmt: skip
def test_an_odd_answer_is_called_one(web: Machine, serve: Serve, said: bytes) -> None:
    assert info(web, serve, said).code == "php.odd_answer"


def test_a_site_that_is_not_here_and_a_php_that_is_silent_are_told(web: Machine) -> None:
    asked = Asked(web, Quiet())  # type: ignore[arg-type]  # as above
    assert asyncio.run(asked.info("q1", Fqdn("nobody.test"))).code == "php.no_site"
    assert asyncio.run(asked.info("q1", NAME)).code == "php.no_answer"


def test_questions_are_taken_once_and_never_too_many(web: Machine) -> None:
    quiet = Quiet()
    asked = Asked(web, quiet)  # type: ignore[arg-type]  # as above
    for word in ("q1 a.example.test", "q1 a.example.test", "q1", "q1 ../../etc", "", "q2 a.example.test"):
        quiet.answers["php-info"](word)
    assert asked._waiting.qsize() == 2
    for n in range(200):
        quiet.answers["php-compare"](f"t{n} a.example.test")
    assert asked._waiting.full()
