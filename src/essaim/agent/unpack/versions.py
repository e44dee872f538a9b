"""The versions of one site's content, and the steps between them. Each step is one rename; inodes tell which was done.

A version keeps its inode through every rename. The agent notes the inode of what is to be served, durably, before
`settle` is asked for: whenever the process is killed, the next `settle` with the same inode goes on.
"""

import contextlib
import ctypes
import os
import shutil
from pathlib import Path
from typing import BinaryIO

from essaim.agent.unpack.extract import extract
from essaim.contract.archives import Limits, Summary
from essaim.contract.archives.tree import Tree

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_FOLDERS_LOCKED_MAX = 100  # one inside another: each pass opens one level
_libc = ctypes.CDLL(None, use_errno=True)


class Versions:
    """What is served for `fqdn` below the account's `sites`, and its `ready` and `previous` neighbours."""

    def __init__(self, sites: Path, fqdn: str) -> None:
        self.current = sites / fqdn
        self._shelf = sites / ".versions" / fqdn
        self._unpacking = self._shelf / "unpacking"
        self._discarded = self._shelf / "discarded"
        self.ready = self._shelf / "ready"
        self.previous = self._shelf / "previous"

    def unpack(self, archive: BinaryIO, limits: Limits) -> tuple[Summary, int]:
        """Make `ready` a whole copy of the archive, on the disk. What is served is not touched.

        Returns:
            What it holds, and the inode of `ready`.
        """
        self._shelf.mkdir(mode=0o755, parents=True, exist_ok=True)
        _clear(self.ready)
        _clear(self._unpacking)
        self._unpacking.mkdir(mode=0o755)
        try:
            size = os.fstat(archive.fileno()).st_size
            summary = extract(archive, Tree(limits, archive_bytes=size), self._unpacking)
            whole = self._unpacking / summary.top if summary.top else self._unpacking
            _look_like(whole, self.current)
            _sync(whole)
            whole.rename(self.ready)
        finally:
            _clear(self._unpacking)
        return summary, self.ready.lstat().st_ino

    def settle(self, inode: int) -> str:
        """Serve the version with this inode, and keep what was served as `previous`.

        Returns:
            `served` when it was already so or is so now, `missing` when there is no such version.
        """
        if inode == _inode(self.ready):
            self._serve(self.ready)
        elif inode == _inode(self.previous) and inode != _inode(self.current):
            self._serve(self.previous)
        if inode != _inode(self.current):
            return "missing"
        if _inode(self.ready):  # holds what was served until now
            _clear(self._discarded)
            if _inode(self.previous):
                self.previous.rename(self._discarded)
            self.ready.rename(self.previous)
        _clear(self._discarded)
        _clear(self._unpacking)
        return "served"

    def _serve(self, version: Path) -> None:
        if _inode(self.current):
            _exchange(version, self.current)
        else:
            version.rename(self.current)

    def drop_previous(self) -> bool:
        """Give up the undo to make room. True if there was one."""
        there = bool(_inode(self.previous))
        _clear(self.previous)
        return there

    def forget(self) -> None:
        """Erase every version that is not served."""
        _clear(self._shelf)


def _inode(path: Path) -> int:
    try:
        return path.lstat().st_ino
    except FileNotFoundError:
        return 0


def _clear(path: Path) -> None:
    """`path` is gone, also where the client took the permissions of its own folders away."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for _ in range(_FOLDERS_LOCKED_MAX):
        locked: list[str] = []
        shutil.rmtree(path, onerror=lambda _call, at, _why, locked=locked: locked.append(at))  # type: ignore[misc]  # a lambda's default has no type
        if not path.exists():
            return
        for at in locked:
            for place in (Path(at).parent, Path(at)):
                if place.is_dir() and not place.is_symlink() and place.is_relative_to(path):
                    place.chmod(0o700)
    shutil.rmtree(path)


def _look_like(new: Path, served: Path) -> None:
    """Give `new` the mode of the site's directory, and its group where the account may."""
    with contextlib.suppress(FileNotFoundError):
        now = served.lstat()
        with contextlib.suppress(PermissionError):
            os.chown(new, -1, now.st_gid)
        new.chmod(now.st_mode & 0o777 | 0o700)


def _sync(path: Path) -> None:
    """Have everything on the disk before it can be served (syncfs(2)): a power cut leaves no empty files."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _check(_libc.syncfs(descriptor), path)
    finally:
        os.close(descriptor)


def _exchange(one: Path, other: Path) -> None:
    """Swap two paths in one step (renameat2(2)): the site is never absent."""
    done = _libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    _check(done, other)


def _check(result: int, path: Path) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(path))
