"""Why nobody answered is said in words, never with the kernel's number: by real sockets, as each client of ours raises it."""

import socket
import struct
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import httpx
import pytest

from essaim import unanswered

Ask = Callable[[str], object]


def by_httpx(url: str) -> object:
    return httpx.get(url, timeout=20, trust_env=False)


def by_urllib(url: str) -> object:
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20)


@pytest.fixture
def nobody() -> str:
    """An address where nothing listens."""
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{once.getsockname()[1]}/"


@pytest.fixture
def cutting() -> Iterator[str]:
    """An address that takes the request and resets the connection."""

    def cut() -> None:
        connection, _address = listening.accept()
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        cutter = threading.Thread(target=cut, daemon=True)
        cutter.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        cutter.join()


@pytest.mark.parametrize("ask", [by_httpx, by_urllib])
def test_an_address_where_nobody_is(ask: Ask, nobody: str) -> None:
    with pytest.raises((httpx.TransportError, OSError)) as told:
        ask(nobody)
    assert unanswered.why(told.value) == "nothing listens there"


@pytest.mark.parametrize("ask", [by_httpx, by_urllib])
def test_a_connection_that_is_cut(ask: Ask, cutting: str) -> None:
    with pytest.raises((httpx.TransportError, OSError)) as told:
        ask(cutting)
    assert unanswered.why(told.value) == "the connection was cut"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TimeoutError("timed out"), "no answer came in time"),
        (socket.gaierror(-2, "Name or service not known"), "its name leads nowhere"),
        (OSError(113, "No route to host"), "no route to host"),
        (urllib.error.URLError(OSError(101, "Network is unreachable")), "network is unreachable"),
        (httpx.RemoteProtocolError("Server disconnected."), "Server disconnected"),
        (httpx.ReadError(""), "ReadError"),
    ],
)
def test_other_reasons(wrong: Exception, said: str) -> None:
    assert unanswered.why(wrong) == said
