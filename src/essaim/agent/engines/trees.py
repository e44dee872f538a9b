"""Trees of PHP: a small Debian of each generation's release, read-only for all, in which an account's PHP starts.

`/usr/lib/essaim/php/<version>/` holds builds, and a link `current` to the one in use. A build is never changed: another one is made
beside it, and the link replaced. systemd enters directories only (RootDirectory=, 252), so the units name the build itself: `install`
writes them from the link.
"""

from datetime import UTC, datetime
from pathlib import Path

from essaim.agent.engines import archives
from essaim.agent.engines.files import Files
from essaim.agent.engines.programs import Programs
from essaim.agent.machine import Paths
from essaim.contract import Generation
from essaim.contract.php import is_supported

EXTENSIONS = ("mysql", "xml", "mbstring", "gd", "curl", "zip", "intl", "sqlite3", "bcmath")
BUILD_S = 1800


def place(version: str, build: str, paths: Paths) -> Path:
    """Where a build of this version lies."""
    return _home(version, paths) / build


def current(version: str, paths: Paths) -> Path | None:
    """The build in use; None: this machine has none of this version."""
    link = _home(version, paths) / "current"
    return link.parent / link.readlink() if link.is_symlink() and link.is_dir() else None


def choose(version: str, build: str, paths: Paths, files: Files) -> None:
    """This build is the one that PHP starts in, once `install` has written the units."""
    files.symlink(_home(version, paths) / "current", build)


def packages(generation: Generation) -> list[str]:
    """What a tree is made of."""
    names = ("fpm", "cli", *EXTENSIONS)
    return ["ca-certificates", *(f"php{generation.version}-{name}" for name in names)]


def debootstrap(generation: Generation, target: Path, *more: str) -> list[str]:
    """The command that makes a tree in `target`, with `more` packages than PHP needs.

    Raises:
        PermanentError: `archives.none`.
        TemporaryError: apt-config does not answer.
    """
    supported = is_supported(generation.version, datetime.now(UTC).date())
    return archives.debootstrap(generation.codename, [*packages(generation), *more], target, is_supported=supported)


def build(generation: Generation, name: str, paths: Paths) -> Path:
    """A new build of the generation, from this machine's own archives. It takes a minute or two; a failed one leaves nothing.

    Raises:
        PermanentError: `archives.none`.
        TemporaryError: the archive or a package refused.
    """
    programs, files = Programs(), Files()
    target = place(generation.version, name, paths)
    beside = target.with_name(f".building-{name}")
    beside.parent.mkdir(parents=True, exist_ok=True)
    files.remove(beside)
    try:
        programs.run(debootstrap(generation, beside), timeout_s=BUILD_S, environment=archives.proxies())
        fit(beside)
        beside.rename(target)
    except BaseException:
        files.remove(beside)
        raise
    return target


def fit(tree: Path) -> None:
    """The tree has the places where a unit mounts what is the machine's own."""
    (tree / "usr/local/share/essaim").mkdir(parents=True, exist_ok=True)
    for name in ("resolv.conf", "hosts", "hostname"):
        (tree / "etc" / name).unlink(missing_ok=True)
    for name in ("resolv.conf", "hosts"):
        (tree / "etc" / name).touch()


def _home(version: str, paths: Paths) -> Path:
    return paths.php_trees / version
