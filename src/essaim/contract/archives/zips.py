"""Zip archives, read through the standard library after the size of their directory was checked.

`zipfile` makes an object of every entry before we see the first, so a directory larger than wanted is refused before.
It yields at most the announced size of a member and verifies its CRC, so a lie about sizes is a damaged archive.
"""

import calendar
import stat
import struct
import zipfile
from typing import BinaryIO

from essaim.contract.archives import refusals
from essaim.contract.archives.members import Archive, Chunks, Kind, Limits, Member, parse_path, shown

_PIECE = 64 * 1024
_TARGET_MAX = 4095
_ENTRY_MIN = 46
_ENTRY_MAX = 1024  # of the central directory, on average: name, extra fields and comment
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_UNIX = 3
_ENCRYPTED = 0x1
_UTF8 = 0x800
_DIRECTORIES_OF_FINDER = "__MACOSX"


def members(file: BinaryIO, limits: Limits) -> Archive:
    """The members of the zip in `file`. The folder that macOS adds for its own use is left out."""
    _refuse_large_directory(file, limits)
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            path = parse_path(_name(info), windows=True)
            if path[:1] != (_DIRECTORIES_OF_FINDER,):
                yield _member(archive, info), _chunks(archive, info)


def _refuse_large_directory(file: BinaryIO, limits: Limits) -> None:
    """Look at the end record (APPNOTE 4.3.16, and 4.3.14 for zip64) as `zipfile` will."""
    length = file.seek(0, 2)
    file.seek(max(0, length - _END.size - 0xFFFF))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise refusals.damaged("the list of its files is missing")
    count, size = _END.unpack_from(tail, at)[4:6]
    at64 = tail.rfind(b"PK\x06\x06", 0, at)
    if at64 >= 0 and len(tail) - at64 >= _END64.size:
        *_, count64, size64, _ = _END64.unpack_from(tail, at64)
        count, size = max(count, count64), max(size if size != 0xFFFFFFFF else 0, size64)  # noqa: PLR2004 (zip64)
    if (count > limits.files_max and count != 0xFFFF) or size > limits.files_max * _ENTRY_MAX:  # noqa: PLR2004 (zip64)
        raise refusals.too_many_files(limits.files_max)
    if size < min(count, 0xFFFE) * _ENTRY_MIN:
        raise refusals.damaged("the list of its files is shorter than announced")
    file.seek(0)


def _name(info: zipfile.ZipInfo) -> str:
    """As the archive has it. Unmarked names are UTF-8 where that can be (macOS writes so), else code page 437."""
    name = info.orig_filename  # `filename` is cut at the first NUL
    if info.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _kind(mode: int, name: str) -> Kind:
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise refusals.special_file(shown(name))
    if stat.S_ISLNK(mode):
        return "symlink"
    return "directory" if name.endswith("/") or stat.S_ISDIR(mode) else "file"


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    name = _name(info)
    if info.flag_bits & _ENCRYPTED:
        raise refusals.encrypted(shown(name))
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refusals.unreadable_method(shown(name), f"method {info.compress_type}")
    mode = info.external_attr >> 16 if info.create_system == _UNIX else 0
    kind = _kind(mode, name)
    path = parse_path(name, windows=True)
    if not path and kind != "directory":
        raise refusals.unsafe_name(shown(name))
    if kind == "directory" and info.file_size:
        raise refusals.damaged(f"{shown(name)} is a folder with data", name=shown(name))
    return Member(
        path=path,
        kind=kind,
        size=info.file_size,
        target=_target(archive, info) if kind == "symlink" else "",
        executable=bool(mode & 0o100),
        mtime=_mtime(info),
    )


def _target(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    if not 0 < info.file_size <= _TARGET_MAX:
        raise refusals.unsafe_link(shown(info.orig_filename), "…")
    target = b"".join(_chunks(archive, info)).decode("utf-8", "surrogateescape")
    if "\0" in target:
        raise refusals.unsafe_link(shown(info.orig_filename), shown(target))
    return target


def _mtime(info: zipfile.ZipInfo) -> float:
    """Zip has no time zone; UTC is as right as any, and the same on every machine."""
    try:
        return float(calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Chunks:
    with archive.open(info) as data:
        while piece := data.read(_PIECE):
            yield piece
