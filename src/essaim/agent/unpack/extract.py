"""Writes the members of an accepted archive below one new directory.

Links are made last, so nothing can be written through one whatever the archive says. Owners are ours, modes are plain
(0644, 0755, and executable where the archive says so): set-user-ID bits and the like cannot arise.
"""

import os
import time
from pathlib import Path
from typing import BinaryIO

from essaim.contract.archives import Chunks, Member, Summary, checked
from essaim.contract.archives.tree import Tree

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def extract(archive: BinaryIO, tree: Tree, into: Path) -> Summary:
    """Write the archive below `into`, an empty directory.

    Raises:
        ArchiveRefused: part of it may be written by then; `into` is to be thrown away.
        OSError: the disk or the quota is full.
    """
    place = _Place(into)
    for member, data in checked(archive, tree):
        place.write(member, data)
    summary = tree.finish()
    place.make_links(below=summary.top)
    return summary


class _Place:
    """One directory being filled."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._made: set[tuple[str, ...]] = {()}
        self._links: list[Member] = []
        self._now = time.time()

    def _at(self, path: tuple[str, ...]) -> str:
        return "/".join((self._root, *path))

    def _directory(self, path: tuple[str, ...]) -> None:
        if path not in self._made:
            self._directory(path[:-1])
            os.mkdir(self._at(path), 0o755)  # noqa: PTH102 (one Path a file doubles the time of 100,000)
            self._made.add(path)

    def write(self, member: Member, data: Chunks) -> None:
        """Make what `member` is; a link is only noted."""
        if member.kind == "directory":
            self._directory(member.path)
            return
        self._directory(member.path[:-1])
        if member.kind == "symlink":
            self._links.append(member)
        elif member.kind == "hardlink":
            os.link(self._at(member.linked), self._at(member.path), follow_symlinks=False)
        else:
            self._file(member, data)

    def _file(self, member: Member, data: Chunks) -> None:
        descriptor = os.open(self._at(member.path), _NEW, 0o755 if member.executable else 0o644)
        with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 (a descriptor)
            for piece in data:
                left = memoryview(piece)
                while left:
                    left = left[file.write(left) :]
            when = min(max(member.mtime, 0.0), self._now)
            os.utime(descriptor, (when, when))

    def make_links(self, *, below: str) -> None:
        """Make the symlinks that were noted; only those in the folder `below` are kept when it is unwrapped."""
        for member in self._links:
            if not below or member.path[0] == below:
                Path(self._at(member.path)).symlink_to(member.target)
