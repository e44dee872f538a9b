"""One request to a FastCGI server on a Unix socket (FastCGI 1.0, sections 3 and 5), strict and bounded.

Our own, because no package of Debian has a client, and all that is needed is one GET without a body whose answer is not trusted.
"""

import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path

_HEADER = struct.Struct("!BBHHBx")
_VERSION, _REQUEST = 1, 1
_BEGIN, _END, _PARAMS, _STDIN, _STDOUT, _STDERR = 1, 3, 4, 5, 6, 7
_RESPONDER = 1
_RECORD_BYTES_MAX = 65_535


class BadAnswer(Exception):
    """What was answered is no FastCGI, or more than was asked for. `str()` is a sentence."""


def get(path: Path, parameters: Mapping[str, str], *, seconds: float, bytes_max: int) -> tuple[bytes, bytes]:
    """What a script writes, headers included, and what it says of its errors. Blocks for `seconds` at most.

    Raises:
        OSError: nobody answers, or not in time.
        BadAnswer: it is no FastCGI, or longer than `bytes_max`.
    """
    until = time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.settimeout(seconds)
        server.connect(str(path))
        server.sendall(_request(parameters))
        return _answer(server, until, bytes_max)


def _request(parameters: Mapping[str, str]) -> bytes:
    begin = _record(_BEGIN, struct.pack("!HB5x", _RESPONDER, 0))
    pairs = b"".join(_pair(name.encode(), value.encode()) for name, value in parameters.items())
    if len(pairs) > _RECORD_BYTES_MAX:
        raise ValueError("The parameters do not fit into one record.")
    return begin + _record(_PARAMS, pairs) + _record(_PARAMS, b"") + _record(_STDIN, b"")


def _record(sort: int, content: bytes) -> bytes:
    return _HEADER.pack(_VERSION, sort, _REQUEST, len(content), 0) + content


def _pair(name: bytes, value: bytes) -> bytes:
    return _length(name) + _length(value) + name + value


def _length(text: bytes) -> bytes:
    return bytes([len(text)]) if len(text) < 128 else struct.pack("!I", len(text) | 0x80000000)  # noqa: PLR2004  section 3.4


def _answer(server: socket.socket, until: float, bytes_max: int) -> tuple[bytes, bytes]:
    said: dict[int, bytes] = {_STDOUT: b"", _STDERR: b""}
    while True:
        _version, sort, _request_id, length, padding = _HEADER.unpack(_read(server, _HEADER.size, until))
        content = _read(server, length + padding, until)[:length]
        if sort == _END:
            return said[_STDOUT], said[_STDERR]
        if sort not in said:
            raise BadAnswer("What was answered is not FastCGI.")
        said[sort] += content
        if len(said[sort]) > bytes_max:
            raise BadAnswer("The answer is longer than it may be.")


def _read(server: socket.socket, size: int, until: float) -> bytes:
    found = b""
    while len(found) < size:
        server.settimeout(max(0.001, until - time.monotonic()))
        piece = server.recv(size - len(found))
        if not piece:
            raise BadAnswer("The connection was closed in the middle of the answer.")
        found += piece
    return found
