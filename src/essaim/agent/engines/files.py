"""Files, links and directories, changed so that no reader ever sees half of it.

Every function compares first and says whether it changed anything. What is written is built beside and renamed into
place. Inside `recording()` the former state is noted before each change, and put back when the block fails.
"""

import contextlib
import ctypes
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2

KEEP = -1
"""An owner or group that is left as it is (chown(2))."""


def exchange(one: Path, other: Path) -> None:
    """Swap two paths in one step (renameat2(2), RENAME_EXCHANGE): at no moment is either absent."""
    if _libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))


class Files:
    """Atomic changes. Paths are absolute; owners are numbers."""

    def write(
        self,
        path: Path,
        content: bytes | str,
        *,
        mode: int = 0o644,
        uid: int = KEEP,
        gid: int = KEEP,
        durable: bool = False,
    ) -> bool:
        """`path` is a file with `content`. `durable`: it is on the disk when this returns. True if it changed."""
        data = content.encode() if isinstance(content, str) else content
        if _is_file_with(path, data, mode, uid, gid):
            return False
        self._note(path)
        beside = _beside(path)
        descriptor = _open_new(beside)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                os.fchown(descriptor, uid, gid)
                os.fchmod(descriptor, mode)
                if durable:
                    file.flush()
                    os.fsync(descriptor)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        if durable:
            _sync_directory(path.parent)
        return True

    def symlink(self, path: Path, target: str | Path, *, uid: int = KEEP, gid: int = KEEP) -> bool:
        """`path` is a symbolic link to `target`, owned by `uid`. True if it changed."""
        if _is_link_to(path, os.fspath(target), uid, gid):
            return False
        self._note(path)
        beside = _beside(path)
        try:
            _clear_leftover(beside)
            beside.symlink_to(target)
            os.chown(beside, uid, gid, follow_symlinks=False)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        return True

    def directory(self, path: Path, *, mode: int = 0o755, uid: int = KEEP, gid: int = KEEP) -> bool:
        """`path` is a directory (a link to one is refused) with that mode and owner. True if it changed."""
        changed = False
        try:
            path.mkdir(mode=0o700)
            changed = True
        except FileExistsError:
            pass
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            now = os.fstat(descriptor)
            if (uid, gid) != (KEEP, KEEP) and (now.st_uid, now.st_gid) != _kept(now, uid, gid):
                os.fchown(descriptor, uid, gid)
                changed = True
            if changed or stat.S_IMODE(now.st_mode) != mode:
                os.fchmod(descriptor, mode)
                changed = True
        finally:
            os.close(descriptor)
        return changed

    @contextlib.contextmanager
    def replace_directory(self, path: Path) -> Iterator["NewDirectory"]:
        """Build a whole directory beside `path`; on leaving it takes the place of what stood there, in one step."""
        beside = _beside(path)
        clear(beside)
        beside.mkdir()
        try:
            yield NewDirectory(beside, self)
            self._note(path)
            if path.is_symlink() or path.exists():
                exchange(beside, path)
            else:
                beside.rename(path)
        finally:
            clear(beside)

    def remove(self, path: Path) -> bool:
        """`path` is absent: a file, a link (never what it leads to) or a whole tree. True if it changed."""
        if not os.path.lexists(path):
            return False
        self._note(path)
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        else:
            beside = _beside(path)  # gone in one step; the tree is deleted afterwards
            clear(beside)
            path.rename(beside)
            clear(beside)
        return True

    @contextlib.contextmanager
    def recording(self) -> Iterator["Recording"]:
        """Changes made through the yielded object are put back, last first, when the block raises."""
        recording = Recording()
        try:
            yield recording
        except BaseException:
            recording.put_back()
            raise

    def _note(self, path: Path) -> None:
        """Called before `path` changes."""


@dataclass(frozen=True)
class _Former:
    """What stood at a path. `target`: of a link; `content`: of a file; neither: nothing stood there."""

    path: Path
    target: str | None = None
    content: bytes | None = None
    mode: int = 0
    uid: int = KEEP
    gid: int = KEEP


@dataclass
class Recording(Files):
    """`Files` that notes every former state. Trees are not noted: use it for configuration files and links."""

    formers: list[_Former] = field(default_factory=list)

    def _note(self, path: Path) -> None:
        self.formers.append(_read_former(path))

    def put_back(self) -> None:
        """Everything stands as it stood."""
        plain = Files()
        while self.formers:
            former = self.formers.pop()
            if former.target is not None:
                plain.symlink(former.path, former.target, uid=former.uid, gid=former.gid)
            elif former.content is not None:
                plain.write(former.path, former.content, mode=former.mode, uid=former.uid, gid=former.gid)
            else:
                plain.remove(former.path)


@dataclass(frozen=True)
class NewDirectory:
    """A directory being built."""

    path: Path
    files: Files

    def symlink(self, name: str, target: str | Path, *, uid: int = KEEP, gid: int = KEEP) -> None:
        """A link in it."""
        (self.path / name).symlink_to(target)
        os.chown(self.path / name, uid, gid, follow_symlinks=False)

    def write(self, name: str, content: str, *, mode: int = 0o644, gid: int = KEEP) -> None:
        """A file in it, readable by all unless `mode` and `gid` say otherwise."""
        descriptor = os.open(self.path / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
            os.fchown(descriptor, KEEP, gid)
            os.fchmod(descriptor, mode)

    def flag(self, name: str, *, present: bool) -> None:
        """An empty file that is there or not."""
        if present:
            self.write(name, "")


def clear(path: Path) -> None:
    """`path` and all below it are gone; links are not followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _open_new(path: Path) -> int:
    _clear_leftover(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def _clear_leftover(path: Path) -> None:
    """What a process that was killed while it wrote left beside."""
    if os.path.lexists(path):
        clear(path)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.essaim-new")


def _kept(now: os.stat_result, uid: int, gid: int) -> tuple[int, int]:
    return (now.st_uid if uid == KEEP else uid, now.st_gid if gid == KEEP else gid)


def _is_file_with(path: Path, data: bytes, mode: int, uid: int, gid: int) -> bool:
    try:
        now = path.lstat()
        if not stat.S_ISREG(now.st_mode) or now.st_size != len(data) or stat.S_IMODE(now.st_mode) != mode:
            return False
        return (now.st_uid, now.st_gid) == _kept(now, uid, gid) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _is_link_to(path: Path, target: str, uid: int, gid: int) -> bool:
    try:
        if os.readlink(path) != target:  # noqa: PTH115  twice as fast as Path.readlink, and asked for every site
            return False
        now = path.lstat()
    except OSError:
        return False
    return (now.st_uid, now.st_gid) == _kept(now, uid, gid)


def _read_former(path: Path) -> _Former:
    try:
        now = path.lstat()
    except FileNotFoundError:
        return _Former(path)
    if stat.S_ISLNK(now.st_mode):
        return _Former(path, target=str(path.readlink()), uid=now.st_uid, gid=now.st_gid)
    return _Former(path, content=path.read_bytes(), mode=stat.S_IMODE(now.st_mode), uid=now.st_uid, gid=now.st_gid)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
