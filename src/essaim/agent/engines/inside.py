"""Directories inside an account's home, reached so that a link made by the client never leads root elsewhere.

Each step opens one name below an open directory and refuses links (openat(2), O_NOFOLLOW).
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from essaim.agent.errors import PermanentError

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextlib.contextmanager
def opened(home: Path, *names: str, uid: int | None = None, modes: dict[str, int] | None = None) -> Iterator[int]:
    """A descriptor of `home`/names, for as long as the block lasts. With `uid`, missing directories are made for it.

    Raises:
        PermanentError: `account.path_is_link`, when a client put a link or a file where a directory belongs.
        FileNotFoundError: a directory is missing and no `uid` was given.
    """
    descriptor = os.open(home, _OPEN)
    try:
        for name in names:
            below = _step(descriptor, name, home, uid, (modes or {}).get(name, 0o755))
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _step(parent: int, name: str, home: Path, uid: int | None, mode: int) -> int:
    is_new = False
    if uid is not None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=parent)
            is_new = True
    try:
        below = os.open(name, _OPEN, dir_fd=parent)
    except (NotADirectoryError, OSError) as wrong:
        if isinstance(wrong, FileNotFoundError):
            raise
        raise PermanentError(
            "account.path_is_link",
            f"In {home}, {name} is not a directory of the account's own.",
            "Ask the client to rename it, then save the site again.",
            facts={"home": str(home), "name": name},
        ) from wrong
    if is_new and uid is not None:
        os.fchown(below, uid, uid)
        os.fchmod(below, mode)
    return below


def is_empty(descriptor: int) -> bool:
    """Whether the open directory holds nothing."""
    with os.scandir(descriptor) as entries:
        return next(entries, None) is None


def write_new(parent: int, name: str, content: str, *, uid: int) -> None:
    """A new file for the account. One that is there already is left alone."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
            os.fchown(descriptor, uid, uid)


def erase(home: Path, *names: str) -> None:
    """The last of `names` and all below it are gone. Links are removed, never followed."""
    *above, last = names
    with contextlib.suppress(FileNotFoundError), opened(home, *above) as parent:
        shutil.rmtree(last, dir_fd=parent)
