"""A strict reader of tar streams: ustar, pax (POSIX.1-2017, "pax Interchange Format") and GNU long names.

It reads forward only, holds one header at a time, and refuses what has two readings: sparse members, members of
several volumes, links with data, global headers that rename.
"""

from collections.abc import Iterator
from typing import BinaryIO

from essaim.contract.archives import refusals
from essaim.contract.archives.members import Archive, Chunks, Kind, Member, parse_path, shown
from essaim.contract.archives.streams import Metered, decompressed
from essaim.contract.archives.tree import Tree

_BLOCK = 512
_PIECE = 64 * 1024
_EXTENSION_MAX = 64 * 1024
_EXTENSIONS_IN_A_ROW = 4
_KINDS: dict[bytes, Kind] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"5": "directory",
    b"2": "symlink",
    b"1": "hardlink",
}
_SPECIAL = b"346"


class _Header:
    """One 512-byte header, its checksum verified."""

    def __init__(self, block: bytes) -> None:
        summed = block[:148] + b" " * 8 + block[156:]
        signed = sum(byte - 256 if byte > 127 else byte for byte in summed)  # noqa: PLR2004 (some old tars summed so)
        if _number(block[148:156]) not in (sum(summed), signed):
            raise refusals.damaged("a header's checksum is wrong")
        self.type = block[156:157]
        self.mode = _number(block[100:108])
        self.size = _number(block[124:136])
        self.mtime = float(_number(block[136:148]))
        self.name = _text(block[:100])
        self.linkname = _text(block[157:257])
        if block[257:263] == b"ustar\0" and block[345] != 0:
            self.name = f"{_text(block[345:500])}/{self.name}"


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    """Octal digits, or base 256 where the first bit is set (GNU). Negative numbers are nonsense in all our fields."""
    if field[0] & 0x80:
        if field[0] != 0x80:  # noqa: PLR2004  # the mark of a number in base 256
            raise refusals.damaged("a number in a header is negative or too large")
        return int.from_bytes(field[1:], "big")
    digits = field.split(b"\0", 1)[0].strip()
    if digits and not all(0x30 <= digit <= 0x37 for digit in digits):  # noqa: PLR2004 (ASCII 0 to 7)
        raise refusals.damaged("a number in a header is not octal")
    return int(digits or b"0", 8)


def _records(data: bytes) -> Iterator[tuple[str, str]]:
    """Of a pax header: `LENGTH KEY=VALUE\\n`, where the length counts itself."""
    while data.strip(b"\0"):
        length, space, _ = data[:20].partition(b" ")
        if not space or not length.isdigit() or not len(length) + 2 < int(length) <= len(data):
            raise refusals.damaged("a pax header cannot be read")
        record, data = data[len(length) + 1 : int(length)], data[int(length) :]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n"):
            raise refusals.damaged("a pax header cannot be read")
        yield key.decode("utf-8", "surrogateescape"), value[:-1].decode("utf-8", "surrogateescape")


class _Extensions:
    """What the extension headers before a member say of it."""

    def __init__(self) -> None:
        self.pax: dict[str, str] = {}
        self.long: dict[str, str] = {}
        self.seen = 0

    def take(self, header: _Header, data: bytes) -> None:
        self.seen += 1
        if self.seen > _EXTENSIONS_IN_A_ROW:
            raise refusals.damaged("too many headers before one file")
        if header.type in b"LK":
            self.long["path" if header.type == b"L" else "linkpath"] = _text(data)
            return
        records = dict(_records(data))
        if any(key.startswith("GNU.sparse.") for key in records):
            raise refusals.unreadable_method(shown(records.get("GNU.sparse.name", "a file")), "sparse")
        if header.type == b"x":
            self.pax = records
        elif records.keys() & {"path", "linkpath", "size"}:
            raise refusals.damaged("a global header renames files")

    def path(self, header: _Header) -> str:
        return self.pax.get("path") or self.long.get("path") or header.name

    def linkpath(self, header: _Header) -> str:
        return self.pax.get("linkpath") or self.long.get("linkpath") or header.linkname

    def size(self, header: _Header) -> int:
        size = self.pax.get("size")
        if size is None:
            return header.size
        if not (size.isascii() and size.isdigit() and len(size) < 20):  # noqa: PLR2004 (digits of 2**64)
            raise refusals.damaged("a size in a pax header is not a number")
        return int(size)


def _member(header: _Header, extensions: _Extensions) -> Member:
    name = extensions.path(header)
    if header.type in _SPECIAL:
        raise refusals.special_file(shown(name))
    kind = _KINDS.get(header.type)
    if kind is None:
        raise refusals.unreadable_method(shown(name), f"tar type {header.type!r}")
    if kind == "file" and name.endswith("/"):
        kind = "directory"  # as tars from before 1988 say it
    path = parse_path(name)
    if not path and kind != "directory":
        raise refusals.unsafe_name(shown(name))
    size = extensions.size(header)
    if size and kind != "file":
        raise refusals.damaged(f"{shown(name)} is a {kind} with data", name=shown(name))
    target = extensions.linkpath(header)
    if kind == "symlink" and (not target or "\0" in target):
        raise refusals.unsafe_link(shown(name), shown(target))
    return Member(
        path=path,
        kind=kind,
        size=size,
        target=target if kind == "symlink" else "",
        linked=parse_path(target) if kind == "hardlink" else (),
        executable=bool(header.mode & 0o100),
        mtime=header.mtime,
    )


class _Body:
    """The bytes of one member, and past them to the next header."""

    def __init__(self, stream: Metered, size: int) -> None:
        self._stream = stream
        self._left = size
        self._padding = -size % _BLOCK

    def chunks(self) -> Chunks:
        while self._left:
            piece = self._stream.read(min(self._left, _PIECE))
            if not piece:
                raise refusals.damaged("the archive ends in the middle of a file")
            self._left -= len(piece)
            yield piece

    def skip(self) -> None:
        for _ in self.chunks():
            pass
        if len(self._stream.read(self._padding)) != self._padding:
            raise refusals.damaged("the archive ends in the middle of a file")


def members(file: BinaryIO, head: bytes, tree: Tree) -> Archive:
    """The members of the tar in `file`, compressed or not, whose first bytes are `head`."""
    stream = decompressed(file, head, tree)
    extensions = _Extensions()
    first = True
    while block := stream.read(_BLOCK):
        if block == b"\0" * _BLOCK:
            while stream.read(_PIECE):  # to the end: a compressed stream proves itself there
                pass
            return
        if first and not _looks_like_tar(block):
            raise refusals.not_an_archive()
        first = False
        if len(block) < _BLOCK:
            break
        header = _Header(block)
        if header.type in b"LKxg":
            if header.size > _EXTENSION_MAX:
                raise refusals.unsafe_name(shown(header.name))
            body = _Body(stream, header.size)
            extensions.take(header, b"".join(body.chunks()))
        else:
            member = _member(header, extensions)
            body = _Body(stream, member.size)
            yield member, body.chunks()
            extensions = _Extensions()
        body.skip()
    raise refusals.not_an_archive() if first else refusals.damaged("the archive has no end")


def _looks_like_tar(block: bytes) -> bool:
    if len(block) < _BLOCK:
        return False
    try:
        _Header(block)
    except refusals.ArchiveRefused:
        return block[257:262] == b"ustar"
    return True
