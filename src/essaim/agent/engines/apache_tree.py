"""The tree of Apache: a small Debian, read-only for all, in which each account's Apache starts. It is to Apache what `trees` is to PHP.

`/usr/lib/essaim/apache/` holds builds, and a link `current` to the one in use. A machine without one has no Apache: its sites are answered
by nginx alone.
"""

from pathlib import Path

from essaim.agent.engines import archives, trees
from essaim.agent.engines.files import Files
from essaim.agent.engines.programs import Programs
from essaim.agent.machine import Paths

CODENAME = "bookworm"
"""The Debian release it is made from: the one that machines run."""
PACKAGES = ("apache2-bin", "libapache2-mod-rpaf", "media-types")


def place(build: str, paths: Paths) -> Path:
    """Where a build lies."""
    return paths.apache_trees / build


def current(paths: Paths) -> Path | None:
    """The build in use; None: this machine has no Apache."""
    link = paths.apache_trees / "current"
    return link.parent / link.readlink() if link.is_symlink() and link.is_dir() else None


def choose(build: str, paths: Paths, files: Files) -> None:
    """This build is the one that Apache starts in, once `install` has written the units."""
    files.symlink(paths.apache_trees / "current", build)


def debootstrap(target: Path) -> list[str]:
    """The command that makes a tree in `target`.

    Raises:
        PermanentError: `archives.none`.
        TemporaryError: apt-config does not answer.
    """
    return archives.debootstrap(CODENAME, PACKAGES, target)


def build(name: str, paths: Paths) -> Path:
    """A new build, from this machine's own archives. It takes half a minute; a failed one leaves nothing.

    Raises:
        PermanentError: `archives.none`.
        TemporaryError: the archive or a package refused.
    """
    programs, files = Programs(), Files()
    target = place(name, paths)
    beside = target.with_name(f".building-{name}")
    beside.parent.mkdir(parents=True, exist_ok=True)
    files.remove(beside)
    try:
        programs.run(debootstrap(beside), timeout_s=trees.BUILD_S, environment=archives.proxies())
        trees.fit(beside)
        beside.rename(target)
    except BaseException:
        files.remove(beside)
        raise
    return target
