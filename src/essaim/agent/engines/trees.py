"""Trees of PHP: a small Debian of each generation's release, read-only for all, in which an account's PHP starts.

`/usr/lib/essaim/php/<version>/` holds builds, and a link `current` to the one that new accounts get. A build is never changed: another
one is made beside it. `/etc/essaim/trees/<version>/<login>` leads to the build that this account's PHP starts in: one link replaced moves
one account, with no word to systemd, at its next start. systemd enters no link as a root (RootDirectory=, 252), but follows one that is
mounted there: the root is an empty directory, over which the unit mounts where the account's link leads.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from essaim.agent.engines import archives
from essaim.agent.engines.files import Files
from essaim.agent.engines.programs import Programs
from essaim.agent.machine import Machine, Paths
from essaim.contract import Generation, Login
from essaim.contract.php import VERSIONS, is_supported
from essaim.contract.php_extensions import EXTENSIONS, NEEDED

LOADED = ("mysql", "xml", "mbstring", "gd", "curl", "zip", "intl", "sqlite3", "bcmath")
"""Extensions that everybody has."""
BUILD_S = 1800


def place(version: str, build: str, paths: Paths) -> Path:
    """Where a build of this version lies."""
    return _home(version, paths) / build


def current(version: str, paths: Paths) -> Path | None:
    """The build that new accounts get; None: this machine has none of this version."""
    link = _home(version, paths) / "current"
    return link.parent / link.readlink() if link.is_symlink() and link.is_dir() else None


def choose(version: str, build: str, paths: Paths, files: Files) -> None:
    """This build is the one that new accounts get."""
    files.symlink(_home(version, paths) / "current", build)


def is_whole(version: str, build: str, paths: Paths) -> bool:
    """Whether PHP can start in this build. One that is still being made has another name."""
    return bool(build) and "/" not in build and (place(version, build, paths) / f"usr/sbin/php-fpm{version}").is_file()


def given(version: str, login: Login, paths: Paths) -> str:
    """The build that the account's PHP starts in; empty: none."""
    try:
        return _gift(version, login, paths).readlink().name
    except OSError:
        return ""


def given_at(version: str, login: Login, paths: Paths) -> float:
    """When the account was given its build, in seconds since the epoch.

    Raises:
        OSError: it has none.
    """
    return _gift(version, login, paths).lstat().st_mtime


def give(version: str, build: str, login: Login, machine: Machine) -> None:
    """The account's PHP starts in this build from its next start on."""
    link = _gift(version, login, machine.paths)
    machine.files.directory(link.parent.parent)
    machine.files.directory(link.parent)
    machine.files.symlink(link, place(version, build, machine.paths))


def ensure_given(version: str, login: Login, machine: Machine) -> None:
    """The account has a build that is there: the one that new accounts get, unless it has another."""
    usual = current(version, machine.paths)
    if usual is not None and not is_given(version, login, machine.paths):
        give(version, usual.name, login, machine)


def is_given(version: str, login: Login, paths: Paths) -> bool:
    """The account has a build that is there. Of a version that this machine has lost, nobody has."""
    return current(version, paths) is None or _gift(version, login, paths).is_dir()


def take_back(login: Login, machine: Machine) -> None:
    """The account starts in no build any more."""
    for version in VERSIONS:
        machine.files.remove(_gift(version, login, machine.paths))


def holders(version: str, paths: Paths) -> Iterator[tuple[Login, str]]:
    """Every account that has a build of this version, in the order of logins, and its build."""
    folder = paths.trees_given / version
    names = sorted(path.name for path in folder.iterdir() if path.is_symlink()) if folder.is_dir() else []
    for name in names:
        if not name.startswith("."):  # a link that a killed process was about to put in place
            yield Login(name), given(version, Login(name), paths)


def _gift(version: str, login: Login, paths: Paths) -> Path:
    return paths.trees_given / version / login


def builds(version: str, paths: Paths) -> list[str]:
    """The builds that are there, from the oldest. One that is being made or removed is none."""
    home = _home(version, paths)
    found = [path for path in home.iterdir() if path.is_dir() and not path.is_symlink()] if home.is_dir() else []
    whole = [path for path in found if not path.name.startswith(".")]
    return [path.name for path in sorted(whole, key=lambda path: (path.stat().st_mtime, path.name))]


def leftovers(version: str, paths: Paths) -> list[Path]:
    """What a killed process left of builds that it made or removed."""
    home = _home(version, paths)
    return [*home.glob(".building-*"), *home.glob(".removing-*")]


def discard(version: str, build: str, machine: Machine) -> None:
    """The build is gone: first its name, so that nobody starts in half of it."""
    going = place(version, f".removing-{build}", machine.paths)
    place(version, build, machine.paths).rename(going)
    machine.files.remove(going)


def packages(generation: Generation) -> list[str]:
    """What a tree is made of."""
    names = ("fpm", "cli", *LOADED)
    # each generation is its release's own PHP: there, `php-NAME` is for it
    return [
        "ca-certificates",
        *(f"php{generation.version}-{name}" for name in names),
        *(f"php-{n}" for n in EXTENSIONS),
    ]


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
        leave_off(generation.version, beside)
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


def leave_off(version: str, tree: Path) -> None:
    """What an account may choose is in the tree, and off until it does."""
    for sapi in ("fpm", "cli"):
        for name in (*EXTENSIONS, *NEEDED):
            for link in (tree / "etc/php" / version / sapi / "conf.d").glob(f"*-{name}.ini"):
                link.unlink()


def available(version: str, name: str) -> Path:
    """Debian's own file that loads an extension, as PHP in a tree of this version sees it."""
    return Path("/etc/php") / version / "mods-available" / f"{name}.ini"


def extensions(version: str, paths: Paths) -> tuple[str, ...]:
    """Those that an account may choose, in the build that new accounts get."""
    tree = current(version, paths)
    if tree is None:
        return ()
    return tuple(name for name in EXTENSIONS if (tree / available(version, name).relative_to("/")).is_file())


def _home(version: str, paths: Paths) -> Path:
    return paths.php_trees / version
