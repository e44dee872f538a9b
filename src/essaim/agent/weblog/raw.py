"""nginx' own log files: what was written since the last batch, across rotations.

A file is known by its number (inode) and its first line, which holds the time to the millisecond: a number is given again once a file is gone.
"""

import contextlib
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from essaim.agent.weblog.lines import LONGEST_BYTES

FOLDER = "var/log/essaim/web"
ACCESS, ERROR = "access", "error"
_HEAD_BYTES = 512
_NAME = re.compile(r"(access|error)(-[0-9-]+)?\.log")


@dataclass(frozen=True)
class Position:
    """How far a file was read. `head`: the sum of its first bytes, as many as there were: 512 at most."""

    inode: int
    head: int
    head_bytes: int
    offset: int


@dataclass(frozen=True)
class Piece:
    """Whole lines of one file, and where it is then read up to."""

    sort: str
    """`access` or `error`."""
    data: bytes
    position: Position
    is_all: bool
    """Nothing more was there."""


def files(folder: Path) -> list[Path]:
    """What is there to read, rotated ones first and in order, the two that nginx writes to last."""
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]  # glob would hide that it may not look
    return sorted(found, key=lambda path: ("-" not in path.name, path.name))


def pieces(folder: Path, known: Mapping[int, Position], *, most_bytes: int) -> Iterator[Piece]:
    """What is new in each file, `most_bytes` of it at the most. A file that cannot be opened is passed over."""
    for path in files(folder):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            piece = _piece(file.fileno(), path.name.partition("-")[0].partition(".")[0], known, most_bytes)
            if piece is not None:
                yield piece


def position_in(descriptor: int, known: Mapping[int, Position]) -> Position:
    """Where to go on in this file: at its beginning, if it is not known."""
    now = os.fstat(descriptor)
    position = known.get(now.st_ino)
    if position is not None and _head(descriptor, position.head_bytes) == position.head:
        # shorter than it was: the machine lost power, and what it had not written is gone for good
        return position if position.offset <= now.st_size else _at(descriptor, now.st_ino, now.st_size)
    return _at(descriptor, now.st_ino, 0)


def _piece(descriptor: int, sort: str, known: Mapping[int, Position], most_bytes: int) -> Piece | None:
    position = position_in(descriptor, known)
    data = os.pread(descriptor, most_bytes, position.offset)
    end = data.rfind(b"\n") + 1
    if end == 0:
        if len(data) < LONGEST_BYTES:
            return None
        end = len(data)  # no line is as long: skipped, for it would be waited for for ever
    after = _at(descriptor, position.inode, position.offset + end)
    return Piece(sort, data[:end], after, is_all=len(data) < most_bytes)


def _at(descriptor: int, inode: int, offset: int) -> Position:
    size = min(_HEAD_BYTES, offset)
    return Position(inode, _head(descriptor, size), size, offset)


def _head(descriptor: int, size: int) -> int:
    return zlib.crc32(os.pread(descriptor, size, 0))
