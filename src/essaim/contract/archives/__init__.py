"""What an uploaded archive may hold, checked before a byte of it is written anywhere.

The manager asks before it ships an upload, a machine asks again while it unpacks: both must mean the same, so the
rules stand here. Standard library only; nothing is written, nothing needs root. `tarfile` is not used: Debian 12's
(3.11.2) has no extraction filters (PEP 706) and reads extension headers of any size into memory.
"""

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from essaim.contract.archives import tars, zips
from essaim.contract.archives.members import Archive, Chunks, Limits, Member
from essaim.contract.archives.refusals import ArchiveRefused, damaged, not_an_archive
from essaim.contract.archives.tree import Summary, Tree

__all__ = ["Archive", "ArchiveRefused", "Chunks", "Limits", "Member", "Summary", "checked", "inspect"]

_READERS_ERRORS = (
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,  # NotImplementedError among them: a feature that zipfile does not read
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
_OTHERS = {b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR", b"\x28\xb5\x2f\xfd": "Zstandard"}


def inspect(path: Path, limits: Limits) -> Summary:
    """What the archive at `path` holds, once all of it was read and found acceptable.

    Raises:
        ArchiveRefused: with a code, a sentence and what to do about it.
    """
    with path.open("rb") as file:
        tree = Tree(limits, archive_bytes=path.stat().st_size)
        for _, data in checked(file, tree):
            for _ in data:
                pass
        return tree.finish()


def checked(file: BinaryIO, tree: Tree) -> Iterator[tuple[Member, Chunks]]:
    """Each member with its bytes, in the archive's order, after `tree` accepted it. Call `tree.finish()` at the end.

    Raises:
        ArchiveRefused: as soon as a member, or the bytes of one, are not acceptable.
    """
    with _told():
        for member, data in _open(file, tree):
            tree.add(member)
            yield member, _counted(member, data, tree)


def _counted(member: Member, data: Chunks, tree: Tree) -> Chunks:
    seen = 0
    with _told():
        for chunk in data:
            seen += len(chunk)
            tree.count(member, len(chunk))
            yield chunk
    if seen != member.size:
        detail = f"{member.shown} has {seen} bytes where {member.size} are announced"
        raise damaged(detail, name=member.shown, size=seen, announced=member.size)


@contextmanager
def _told() -> Iterator[None]:
    """What the standard library's readers raise on bad input, said as a refusal."""
    try:
        yield
    except _READERS_ERRORS as wrong:
        raise damaged(str(wrong) or type(wrong).__name__) from None
    except OSError as wrong:
        if wrong.errno not in (
            None,
            errno.EINVAL,
        ):  # no number: a decompressor; EINVAL: an offset before the file's start
            raise  # the disk's fault, not the archive's
        raise damaged(str(wrong)) from None


def _open(file: BinaryIO, tree: Tree) -> Archive:
    head = file.read(512)
    file.seek(0)
    for magic, kind in _OTHERS.items():
        if head.startswith(magic):
            raise not_an_archive(kind)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zips.members(file, tree.limits)
    return tars.members(file, head, tree)
