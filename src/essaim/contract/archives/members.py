"""What every archive format is read into, and the one parser of the names inside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from essaim.contract.archives.refusals import unsafe_name, unsafe_path

Kind = Literal["file", "directory", "symlink", "hardlink"]
Path = tuple[str, ...]
"""Components below the archive's root; the root itself is `()`."""

NAME_BYTES_MAX = 255  # of a component, on btrfs and ext4
PATH_BYTES_MAX = 2048  # PATH_MAX is 4096 and the site's own path comes before
DEPTH_MAX = 64
SHOWN_MAX = 120
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one upload may grow to."""

    bytes_max: int
    files_max: int = 100_000
    """Files, links and folders together."""
    docroot: str = ""
    """The folder that the site publishes: an archive that holds only this folder is not unwrapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry, its names parsed. Modes are not kept, except whether the owner may execute it."""

    path: Path
    kind: Kind
    size: int = 0
    target: str = ""
    """Of a symlink, as written in the archive."""
    linked: Path = ()
    """Of a hard link."""
    executable: bool = False
    mtime: float = 0.0

    @property
    def shown(self) -> str:
        """The path for a sentence."""
        return shown("/".join(self.path))


Chunks = Iterator[bytes]
Archive = Iterator[tuple[Member, Chunks]]
"""Members in the archive's order. The bytes of one are to be read, or not, before the next is asked for."""


def shown(name: str) -> str:
    """`name` safe for a sentence: printable, short, never a broken encoding."""
    readable = name.encode("utf-8", "backslashreplace").decode()
    readable = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in readable)
    return readable if len(readable) <= SHOWN_MAX else f"{readable[:80]}…{readable[-30:]}"


def parse_path(name: str, *, windows: bool = False) -> Path:
    """The components of `name`; `.` and doubled slashes are dropped. `windows`: drives and backslashes mean something.

    Raises:
        ArchiveRefused: it leads out, or a component cannot be a file's name.
    """
    if _CONTROL.search(name):
        raise unsafe_name(shown(name))
    if name.startswith("/") or (windows and ("\\" in name or _DRIVE.match(name))):
        raise unsafe_path(shown(name))
    path = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in path:
        raise unsafe_path(shown(name))
    sizes = [len(part.encode("utf-8", "surrogateescape")) for part in path]
    if not name or max(sizes, default=0) > NAME_BYTES_MAX or sum(sizes) + len(path) > PATH_BYTES_MAX:
        raise unsafe_name(shown(name))
    if len(path) > DEPTH_MAX:
        raise unsafe_name(shown(name))
    return path
