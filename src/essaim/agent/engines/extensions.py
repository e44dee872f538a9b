"""Extensions that an account chose for its PHP: links to Debian's own files in its tree, a directory an account and version.

FPM and the command line scan that directory at their start, before the settings of sites (`PHP_INI_SCAN_DIR`). A link to what a build
does not have is passed over by PHP, so an account can be moved onto any build. PHP that does not stay up with them is started without:
they are set aside until others are chosen, the same are chosen anew, or the account gets another build.
"""

import contextlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec

from essaim.agent.engines import offered, php, trees
from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Machine, Paths
from essaim.contract import Account, Login
from essaim.contract.php import VERSIONS
from essaim.contract.php_extensions import EXTENSIONS, files, known

AGAIN_S = 300.0
_turns = threading.Lock()
"""Who applies what was chosen and who sets it aside see each other's work."""


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """What PHP of one version did not stay up with."""

    names: tuple[str, ...]
    build: str
    again: int


def folder(login: Login, version: str, paths: Paths) -> Path:
    """Where the links are."""
    return php.settings_folder(login, version, paths) / "extensions"


def configure(account: Account, machine: Machine) -> None:
    """What the account chose is loaded at each start, also of the command line. PHP that runs starts anew once it has answered."""
    with _turns:
        aside = _read(account.login, machine.paths)
        standing = {version: one for version, one in aside.items() if _stands(account, version, one, machine.paths)}
        if standing != aside:
            _keep(account.login, standing, machine)
        for version in VERSIONS:
            if _link(account.login, version, _wanted(account, version, standing), machine) and php.is_awake(
                account.login, version, machine.paths
            ):
                machine.systemd.queue_reload(php.service_unit(account.login, version))


def is_configured(account: Account, paths: Paths) -> bool:
    """Whether what the account chose is what is loaded, but for what was set aside."""
    aside = _read(account.login, paths)
    return all(
        _linked(account.login, version, paths) == set(_wanted(account, version, aside))
        and (version not in aside or _stands(account, version, aside[version], paths))
        for version in VERSIONS
    )


def require_none_aside(account: Account, paths: Paths) -> None:
    """Everything that the account chose is loaded.

    Raises:
        TemporaryError: `account.extensions_crash`.
    """
    for version, aside in sorted(_read(account.login, paths).items()):
        if _stands(account, version, aside, paths):
            names = ", ".join(aside.names)
            raise TemporaryError(
                "account.extensions_crash",
                f"PHP {version} of {account.login} did not stay up with {names}: it was started without.",
                "Choose fewer extensions on the page of the account, or the same once more to try them again.",
                facts={"version": version, "login": str(account.login), "names": names},
                retry_in_s=AGAIN_S,
                retry_at_most_s=AGAIN_S,
            )


def set_aside(login: Login, version: str, machine: Machine) -> bool:
    """PHP that does not stay up starts without what its account chose, if that came after its build did. False: nothing was done."""
    with _turns:
        linked = _linked(login, version, machine.paths)
        if not linked or not _came_last(login, version, machine.paths):
            return False
        kept = _read(login, machine.paths)
        kept[version] = Aside(
            names=tuple(sorted(name for name in map(_named, linked) if name in EXTENSIONS)),
            build=trees.given(version, login, machine.paths),
            again=offered.read(login, machine.paths).php_extensions_again,
        )
        _keep(
            login, kept, machine
        )  # noted first: a process that is killed meanwhile leaves the links to the next comparison
        _link(login, version, (), machine)
    return True


def forget(login: Login, machine: Machine) -> None:
    """No file of ours speaks of the account's extensions any more, but for the links, which go with its settings."""
    machine.files.remove(_file(login, machine.paths))


def told(paths: Paths) -> str:
    """What this machine has, by version, as its hello says it: `8.2:apcu,redis 8.4:apcu`."""
    found = ((version, trees.extensions(version, paths)) for version in VERSIONS)
    return " ".join(f"{version}:{','.join(names)}" for version, names in found if names)


def _wanted(account: Account, version: str, aside: dict[str, Aside]) -> tuple[str, ...]:
    return () if version in aside else files(known(account.php_extensions).get(version, ()))


def _stands(account: Account, version: str, aside: Aside, paths: Paths) -> bool:
    """What was set aside is still what is chosen, in the same build, and nobody asked to try again."""
    names = known(account.php_extensions).get(version, ())
    return (
        names == aside.names
        and aside.build == trees.given(version, account.login, paths)
        and aside.again == account.php_extensions_again
    )


def _link(login: Login, version: str, wanted: Iterable[str], machine: Machine) -> bool:
    """The directory has these links and no other. True if that is new."""
    place, names = folder(login, version, machine.paths), set(wanted)
    if not names:
        return machine.files.remove(place)
    for path in (place.parent.parent, place.parent, place):
        machine.files.directory(path)
    changed = False
    for name in sorted(_linked(login, version, machine.paths) - names):
        changed |= machine.files.remove(place / name)
    for name in sorted(names):
        target = trees.available(version, _named(name))
        changed |= machine.files.symlink(place / name, target)
    return changed


def _linked(login: Login, version: str, paths: Paths) -> set[str]:
    try:
        return {name for name in os.listdir(folder(login, version, paths)) if name.endswith(".ini")}  # noqa: PTH208  asked for every account every few minutes
    except OSError:
        return set()


def _named(file: str) -> str:
    return file.partition("-")[2].removesuffix(".ini")


def _came_last(login: Login, version: str, paths: Paths) -> bool:
    """The choice is newer than the build: otherwise the build is to blame first."""
    try:
        return folder(login, version, paths).stat().st_mtime >= trees.given_at(version, login, paths)
    except OSError:
        return False


def _read(login: Login, paths: Paths) -> dict[str, Aside]:
    with contextlib.suppress(FileNotFoundError, msgspec.MsgspecError):
        return msgspec.json.decode(_file(login, paths).read_bytes(), type=dict[str, Aside])
    return {}


def _keep(login: Login, aside: dict[str, Aside], machine: Machine) -> None:
    if aside:
        machine.files.write(_file(login, machine.paths), msgspec.json.encode(aside))
    else:
        machine.files.remove(_file(login, machine.paths))


def _file(login: Login, paths: Paths) -> Path:
    return paths.etc / "accounts" / f"{login}.aside"
