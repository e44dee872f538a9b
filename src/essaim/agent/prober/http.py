"""One HTTP/1.1 GET to one address (RFC 9112), strict and bounded.

Our own, because the address family has to be pinned while the certificate is checked against the name, nothing may be
followed or decoded behind our back, and the agent stays small: no client library does less than we need.
"""

import asyncio
import datetime as dt
import re
import ssl
from dataclasses import dataclass, field, replace

HEAD_BYTES_MAX = 16 * 1024
BODY_BYTES_MAX = 64 * 1024
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})(?:;[^\r\n]*)?\r\n")


class BadAnswer(Exception):
    """The server answered something that is not HTTP, or more than a proof may take. `str()` is a sentence.

    `coding`: what the answer is coded as, where that is what is wrong.
    """

    def __init__(self, sentence: str, *, coding: str = "") -> None:
        super().__init__(sentence)
        self.coding = coding


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case; of a header sent twice the last counts."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    certificate_not_after: float | None = None
    """When the certificate that was shown ends, in seconds since the epoch; None: it was asked without TLS."""


async def get(
    address: str, name: str, path: str, *, port: int, tls: ssl.SSLContext | None, want_body: bool = True
) -> Answer:
    """Ask `address` for `path` of `name`. Redirects are not followed. The caller sets the time limit.

    Raises:
        OSError: no connection; ssl.SSLError among them.
        BadAnswer: connected, but what was answered cannot be used.
    """
    server_name = name if tls else None
    reader, writer = await asyncio.open_connection(
        address, port, ssl=tls, server_hostname=server_name, limit=HEAD_BYTES_MAX
    )
    try:
        writer.write(_request(name, path))
        return replace(await _answer(reader, want_body=want_body), certificate_not_after=_end_of(writer))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise BadAnswer("The connection was closed in the middle of the answer.") from None
    finally:
        writer.transport.abort()  # a polite close would wait for a server that may be broken


def _end_of(writer: asyncio.StreamWriter) -> float | None:
    """`ssl.cert_time_to_seconds` would do, and take a megabyte for what it imports."""
    shown = writer.get_extra_info("peercert") or {}
    if "notAfter" not in shown:
        return None
    month, day, clock, year, _gmt = shown["notAfter"].split()  # as in `Jan  5 09:34:43 2018 GMT`
    date = dt.date(int(year), _MONTHS.index(month) // 3 + 1, int(day))
    moment = dt.datetime.combine(date, dt.time.fromisoformat(clock), dt.UTC)
    return moment.timestamp()


def _request(name: str, path: str) -> bytes:
    lines = (f"GET {path} HTTP/1.1", f"Host: {name}", "User-Agent: essaim-prober", "Accept: */*", "Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


async def _answer(reader: asyncio.StreamReader, *, want_body: bool) -> Answer:
    status_line, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
    status = _STATUS.fullmatch(status_line)
    if status is None:
        raise BadAnswer("What was answered is not HTTP.")
    headers = {}
    for line in lines:
        key, colon, value = line.partition(b":")
        if not colon:
            raise BadAnswer("What was answered is not HTTP.")
        headers[key.decode("latin-1").lower()] = value.strip().decode("latin-1")
    body = await _body(reader, headers) if want_body else b""
    return Answer(int(status[1]), headers, body)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "transfer-encoding" in headers:
        return await _chunked(reader, headers["transfer-encoding"])
    length = headers.get("content-length")
    if length is None:
        return await _at_most(reader, BODY_BYTES_MAX + 1)
    if not (length.isascii() and length.isdigit()) or int(length) > BODY_BYTES_MAX:
        raise BadAnswer("The answer is larger than a proof's.")
    return await reader.readexactly(int(length))


async def _at_most(reader: asyncio.StreamReader, size: int) -> bytes:
    body = b""
    while piece := await reader.read(size - len(body)):
        body += piece
        if len(body) >= size:
            raise BadAnswer("The answer is larger than a proof's.")
    return body


async def _chunked(reader: asyncio.StreamReader, coding: str) -> bytes:
    if coding.lower() != "chunked":
        raise BadAnswer(f"The answer is coded as {coding[:40]!r}, which was not asked for.", coding=coding[:40])
    body = b""
    while True:
        size = _CHUNK.fullmatch(await reader.readuntil(b"\r\n"))
        if size is None or len(body) + int(size[1], 16) > BODY_BYTES_MAX:
            raise BadAnswer("The answer is larger than a proof's, or not HTTP.")
        if int(size[1], 16) == 0:
            return body
        body += await reader.readexactly(int(size[1], 16))
        await reader.readexactly(2)
