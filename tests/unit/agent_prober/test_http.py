"""The GET of the prober against servers that answer oddly."""

import asyncio
from collections.abc import Sequence

import pytest

from essaim.agent.prober.http import Answer, BadAnswer, get


def ask(answer: bytes, *, pieces: Sequence[bytes] = ()) -> Answer:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces or (answer,):
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def run() -> Answer:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.wait_for(get("127.0.0.1", "a.example.test", "/", port=port, tls=None), 5)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloand more",
        b"HTTP/1.1 200\r\nContent-Length:5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
    ],
)
def test_a_body_is_read_however_it_is_framed(answer: bytes) -> None:
    assert ask(answer).body == b"hello"


def test_header_names_have_no_case() -> None:
    assert ask(b"HTTP/1.1 503 No\r\nX-ESSAIM-State:  suspended \r\n\r\n").headers["x-essaim-state"] == "suspended"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"hello\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 999 X\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    ],
)
def test_an_answer_that_is_cut_large_or_not_http_is_refused(answer: bytes) -> None:
    with pytest.raises(BadAnswer):
        ask(answer)


def test_a_body_without_an_end_is_refused_once_it_is_too_large() -> None:
    with pytest.raises(BadAnswer, match="larger"):
        ask(b"", pieces=[b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 10_000] * 20])
