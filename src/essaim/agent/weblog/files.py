"""The clients' own files: `/srv/essaim/logs/<login>/<fqdn>/access-<day>.log` and `error-<day>.log`, a file for each day of UTC.

The directory of an account is made by the agent, with the account's group, which everything below it inherits. Its processes read it and
cannot write. A batch that was written but not noted is cut off again before it is written anew.
"""

import contextlib
import gzip
import os
import shutil
from pathlib import Path

from essaim.agent.weblog.sites import Owned

DAY_MOST_BYTES = 256 * 1024**2
"""A file that is as long takes no more lines until the next day: a flood does not fill the disk a second time. The team's log has them."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


def name_of(owned: Owned, sort: str, day: str) -> str:
    """The path of a day's file below the folder of all."""
    return f"{owned.login}/{owned.fqdn}/{sort}-{day}.log"


def append(folder: Path, name: str, data: bytes, *, noted_bytes: int) -> int:
    """Add lines to the file, whose first `noted_bytes` hold; how long it then is. 0: the account has no such directory.

    Raises:
        OSError: the disk is full. Nothing is lost: the batch comes again.
    """
    login, fqdn, file = name.split("/")
    with contextlib.ExitStack() as opened:
        try:
            of_account = _open(opened, folder / login, _DIRECTORY)
        except FileNotFoundError:
            return 0
        with contextlib.suppress(FileExistsError):
            os.mkdir(fqdn, 0o750, dir_fd=of_account)
        of_site = _open(opened, fqdn, _DIRECTORY, dir_fd=of_account)
        descriptor = _open(opened, file, _FILE, dir_fd=of_site)
        size = os.fstat(descriptor).st_size
        if size > noted_bytes:
            os.ftruncate(descriptor, noted_bytes)
            size = noted_bytes
        if size >= DAY_MOST_BYTES:
            return size
        return size + _write(descriptor, data)


def _open(opened: contextlib.ExitStack, path: str | Path, flags: int, dir_fd: int | None = None) -> int:
    descriptor = os.open(path, flags, 0o640, dir_fd=dir_fd)
    opened.callback(os.close, descriptor)
    return descriptor


def _write(descriptor: int, data: bytes) -> int:
    written = 0
    while written < len(data):
        written += os.write(descriptor, data[written:])
    return written


def squeeze(folder: Path, name: str) -> None:
    """The file of a former day is compressed beside itself, and then goes."""
    path = folder / name
    beside = path.with_name(f".{path.name}.gz.new")
    try:
        with path.open("rb") as whole, gzip.open(beside, "wb", compresslevel=6) as small:
            shutil.copyfileobj(whole, small, 1024 * 1024)
        beside.replace(path.with_name(f"{path.name}.gz"))
        path.unlink()
    except FileNotFoundError:
        beside.unlink(missing_ok=True)  # the site was erased meanwhile
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def forget(folder: Path, name: str) -> None:
    """The file is gone, compressed or not; its site's directory too if it was the last."""
    path = folder / name
    for each in (path, path.with_name(f"{path.name}.gz")):
        each.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.parent.rmdir()
