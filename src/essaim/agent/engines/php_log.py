"""Where PHP logs the errors of a site, and how the agent reads it: a file in the account's own home, counted in its quota, which the
client may read, empty, remove or put anything in the place of.

So it is reached step by step without links, must be a plain file with one name, and no more of it is read than fits. It is
kept small from here: what has been read beyond `ROTATE_BYTES` is put aside once, a flood is removed.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from essaim.agent.engines import inside
from essaim.agent.errors import AgentError
from essaim.contract import Fqdn

READ_BYTES = 256 * 1024
"""Most that is read at once."""
ROTATE_BYTES = 1024 * 1024
FLOOD_BYTES = 8 * 1024 * 1024
"""A file of this size is a flood: it is removed rather than put aside, for its room is the client's."""
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
FOLDER = "logs"


class Mark(NamedTuple):
    """How far a file was read. Another inode is another file."""

    inode: int
    offset: int


class News(NamedTuple):
    """What a file holds beyond a mark: whole lines, and how many bytes before them were passed over."""

    text: str
    mark: Mark
    skipped_bytes: int


def name(version: str) -> str:
    """Of the file of one version."""
    return f"php-{version}.log"


def path_inside(fqdn: Fqdn, version: str) -> str:
    """As the account's own processes see it."""
    return f"/srv/home/{FOLDER}/{fqdn}/{name(version)}"


def path_outside(home: Path, fqdn: Fqdn, version: str) -> Path:
    """As the machine sees it. Only to look at, never to open: a link of the client's may be on the way."""
    return home / FOLDER / fqdn / name(version)


def ensure(home: Path, fqdn: Fqdn, uid: int) -> None:
    """PHP finds a directory to log in. Where the client has put something else, or has no room, PHP says its errors to nginx instead."""
    with contextlib.suppress(AgentError, OSError), inside.opened(home, FOLDER, fqdn, uid=uid, modes={FOLDER: 0o750}):
        pass


def erase(home: Path, fqdn: Fqdn) -> None:
    """The logs of the site are gone; what a client put in their place stays the client's."""
    with contextlib.suppress(AgentError, OSError):
        inside.erase(home, FOLDER, fqdn)


def news(home: Path, fqdn: Fqdn, version: str, mark: Mark | None) -> News | None:
    """What was logged since `mark`; None: nothing that could be read."""
    with _opened(home, fqdn, version) as found:
        if found is None:
            return None
        _, file, now = found
        begin = mark.offset if mark is not None and mark.inode == now.st_ino and mark.offset <= now.st_size else 0
        start = max(begin, now.st_size - READ_BYTES)
        data = os.pread(file, READ_BYTES, start)
        whole = data[: data.rfind(b"\n") + 1] if len(data) < READ_BYTES or b"\n" in data else data
        return News(whole.decode(errors="replace"), Mark(now.st_ino, start + len(whole)), start - begin)


def keep_small(home: Path, fqdn: Fqdn, version: str) -> bool:
    """Put a file aside that has grown, in the place of the one before; remove a flood. True if it did."""
    with contextlib.suppress(OSError), _opened(home, fqdn, version) as found:
        if found is None or found[2].st_size <= ROTATE_BYTES:
            return False
        folder, _, now = found
        if now.st_size > FLOOD_BYTES:
            os.unlink(name(version), dir_fd=folder)
        else:
            os.rename(name(version), f"{name(version)}.1", src_dir_fd=folder, dst_dir_fd=folder)
        return True
    return False


@contextlib.contextmanager
def _opened(home: Path, fqdn: Fqdn, version: str) -> Iterator[tuple[int, int, os.stat_result] | None]:
    """The directory, the file and what it is; None where there is no plain file."""
    with contextlib.ExitStack() as open_files:
        try:
            folder = open_files.enter_context(inside.opened(home, FOLDER, fqdn))
            file = os.open(name(version), _OPEN, dir_fd=folder)
        except (AgentError, OSError):
            yield None
            return
        open_files.callback(os.close, file)
        now = os.fstat(file)
        is_plain = stat.S_ISREG(now.st_mode) and now.st_nlink == 1
        yield (folder, file, now) if is_plain else None
