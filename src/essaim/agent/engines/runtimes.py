"""The tree in which programs of clients run: a small Debian with Node.js and Python, read-only for all, in builds as those of PHP.

`/usr/lib/essaim/programs/` holds builds and a link `current` to the one in use; `install` writes the units from the link.
"""

from pathlib import Path

from essaim.agent.engines import archives, trees
from essaim.agent.engines.files import Files
from essaim.agent.engines.programs import Programs
from essaim.agent.machine import Paths
from essaim.contract.program import CODENAME, RUNTIMES

PACKAGES = (
    "ca-certificates", "nodejs", "python3",
    # what Python programs are usually served with; all else is brought along
    "python3-gunicorn", "python3-uvicorn", "python3-websockets",
)  # fmt: skip


def place(build: str, paths: Paths) -> Path:
    """Where a build lies."""
    return _home(paths) / build


def current(paths: Paths) -> Path | None:
    """The build in use; None: this machine has none."""
    link = _home(paths) / "current"
    return link.parent / link.readlink() if link.is_symlink() and link.is_dir() else None


def choose(build: str, paths: Paths, files: Files) -> None:
    """This build is the one that programs start in, once `install` has written the unit."""
    files.symlink(_home(paths) / "current", build)


def here(paths: Paths) -> tuple[str, ...]:
    """The runtimes of the build in use."""
    tree = current(paths)
    return tuple(kind.name for kind in RUNTIMES.values() if tree and (tree / kind.interpreter[1:]).exists())


def debootstrap(target: Path) -> list[str]:
    """The command that makes a tree in `target`.

    Raises:
        PermanentError: `archives.none`.
        TemporaryError: apt-config does not answer.
    """
    return archives.debootstrap(CODENAME, PACKAGES, target)


def build(name: str, paths: Paths) -> Path:
    """A new build, from this machine's own archives. It takes a minute or two; a failed one leaves nothing.

    Raises:
        PermanentError: `archives.none`.
        TemporaryError: the archive or a package refused.
    """
    target, files = place(name, paths), Files()
    beside = target.with_name(f".building-{name}")
    beside.parent.mkdir(parents=True, exist_ok=True)
    files.remove(beside)
    try:
        Programs().run(debootstrap(beside), timeout_s=trees.BUILD_S, environment=archives.proxies())
        trees.fit(beside)
        beside.rename(target)
    except BaseException:
        files.remove(beside)
        raise
    return target


def _home(paths: Paths) -> Path:
    return paths.root / "usr/lib/essaim/programs"
