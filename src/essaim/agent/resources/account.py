"""An account: one Unix user, its home with a quota, its PHP with limits. Nothing else on the machine is touched."""

import contextlib
import stat
from typing import ClassVar

from essaim.agent.engines import apache, btrfs, crashes, extensions, homes, inside, offered, php, trees, users, weblogs
from essaim.agent.engines.files import clear
from essaim.agent.engines.homes import FIRST_UID, LAST_UID
from essaim.agent.errors import Fact, PermanentError
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, Drift
from essaim.contract import Account, Login

HOME_MODE = 0o710
"""The owner does as they like, nginx (the group) passes, nobody else enters: this door is what keeps accounts apart.
Behind it files may be readable by all (umask 0022), as PHP programs expect."""


class AccountResource:
    """The account as wanted."""

    kind: ClassVar[str] = "account"
    mends: ClassVar[bool] = True
    slow: ClassVar[bool] = False

    def apply(self, spec: Account, revision: int, machine: Machine) -> Applied:  # noqa: ARG002 (of the protocol)
        """The user exists, its home has its quota, the PHP of its sites listens unless suspended."""
        if not FIRST_UID <= spec.uid <= LAST_UID:
            raise PermanentError(
                "account.uid_refused",
                f"Number {spec.uid} is not one for accounts ({FIRST_UID} to {LAST_UID}).",
                "This is a fault of the manager: report it.",
                facts={"uid": spec.uid, "first": FIRST_UID, "last": LAST_UID},
            )
        holder = users.holder_of(spec.uid, machine.paths)
        if holder not in (None, spec.login):
            # A manager restored from yesterday gives numbers out anew; two accounts of one number would be one to the kernel.
            raise PermanentError(
                "account.uid_taken",
                f"Number {spec.uid} is that of {holder} on this machine.",
                "Nothing: the manager gives the account another number.",
                facts={"uid": spec.uid, "holder": holder},
            )
        homes.require_own(spec, machine)
        users.ensure(spec, machine.paths, machine.files)
        quota = _ensure_home(spec, machine)
        weblogs.open_for(spec.login, spec.uid, machine)
        php.configure(spec, machine)
        extensions.configure(spec, machine)
        apache.configure(spec, machine)
        if spec.suspended:
            php.suspend(spec.login, machine)
            apache.silence(spec.login, machine)
        else:
            php.resume(spec.login, machine)
            apache.resume(spec.login, machine)
            crashes.require_none(spec.login, machine)
        extensions.require_none_aside(spec, machine.paths)
        return Applied(facts={"quota": quota})

    def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        """The user and its PHP are gone. The home stays, with its owner's number, until it is erased."""
        login = Login(key)
        if homes.is_refused(login, machine.paths):
            homes.forget_refused(login, machine)
            return
        home = machine.paths.home(login)
        uid = home.lstat().st_uid if home.exists() else None
        php.silence(login, machine)
        apache.silence(login, machine)
        apache.forget(login, machine)
        php.forget(login, uid, machine)
        extensions.forget(login, machine)
        users.remove(login, machine.paths, machine.files)
        if erase and uid is not None:
            weblogs.forget(login, machine)
            _erase_home(login, machine)

    def drift(self, spec: Account, machine: Machine) -> Drift | None:
        """Looks at the user, the home and its quota, the files of its PHP and the socket.

        Raises:
            TemporaryError: `account.php_crashes`, `account.extensions_crash`: nothing that could be mended, and to be told all the same.
        """
        home = machine.paths.home(spec.login)
        if not users.are_there(spec, machine.paths):
            return Drift(
                "account.user_changed",
                f"The user record of {spec.login} was missing or changed.",
                {"login": str(spec.login)},
            )
        if not home.is_dir():
            return Drift("account.home_missing", f"The home {home} was missing.", {"home": str(home)})
        now = home.lstat()
        if (now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode)) != (spec.uid, users.web_group(), HOME_MODE):
            return Drift("account.home_changed", f"The owner or mode of {home} was changed.", {"home": str(home)})
        if btrfs.is_btrfs(home) and btrfs.limit_of(home) not in (spec.quota_bytes, None):
            return Drift("account.quota_changed", f"The quota of {home} was changed.", {"home": str(home)})
        if not weblogs.is_open_for(spec.login, spec.uid, machine):
            logs = str(machine.paths.logs / spec.login)
            return Drift("account.logs_changed", f"{logs} was missing or changed.", {"path": logs})
        return _php_drift(spec, machine)


def _php_drift(spec: Account, machine: Machine) -> Drift | None:
    if not spec.suspended:
        crashes.require_none(spec.login, machine)
    for path, content in (*php.files_of(spec, machine.paths), *apache.files_of(spec, machine.paths)):
        if not path.is_file() or path.read_text() != content:
            return Drift("account.file_changed", f"{path} was missing or changed.", {"path": str(path)})
    if (drift := _offer_drift(spec, machine)) is not None:
        return drift
    extensions.require_none_aside(spec, machine.paths)
    used = [php.listens(spec.login, version, machine.paths) for version in php.used(spec.login, machine.paths)]
    facts: dict[str, Fact] = {"login": str(spec.login)}
    if spec.suspended and (any(used) or not php.is_suspended(spec.login, machine.paths)):
        return Drift("account.php_awake", f"The PHP of {spec.login} listened though it is suspended.", facts)
    if not spec.suspended and (not all(used) or php.is_suspended(spec.login, machine.paths)):
        return Drift("account.php_silent", f"The PHP of {spec.login} did not listen.", facts)
    return _apache_drift(spec, machine)


def _apache_drift(spec: Account, machine: Machine) -> Drift | None:
    facts: dict[str, Fact] = {"login": str(spec.login)}
    if not apache.used(spec.login, machine.paths) or apache.listens(spec.login, machine.paths) != spec.suspended:
        return None
    if spec.suspended:
        return Drift("account.apache_awake", f"Apache of {spec.login} could be woken though it is suspended.", facts)
    return Drift("account.apache_silent", f"Apache of {spec.login} could not be woken.", facts)


def _offer_drift(spec: Account, machine: Machine) -> Drift | None:
    facts: dict[str, Fact] = {"login": str(spec.login)}
    for version in php.used(spec.login, machine.paths):
        if not trees.is_given(version, spec.login, machine.paths):
            return Drift(
                "account.tree_missing",
                f"The PHP {version} of {spec.login} was in no build that is there.",
                {"version": version, **facts},
            )
    if not offered.is_kept(spec, machine.paths):
        return Drift("account.offer_changed", f"What {spec.login} is offered was missing or changed.", facts)
    if not extensions.is_configured(spec, machine.paths):
        return Drift(
            "account.extensions_changed", f"The extensions of the PHP of {spec.login} were not as chosen.", facts
        )
    if not spec.suspended and not php.is_as_warm_as_offered(spec.login, machine.paths):
        return Drift(
            "account.php_not_as_warm",
            f"The PHP of {spec.login} was not kept awake as its offer says, or was so against it.",
            facts,
        )
    return None


def _ensure_home(spec: Account, machine: Machine) -> str:
    """The home is there. Returns how its quota is held: `btrfs` or `none`."""
    home = machine.paths.home(spec.login)
    is_new = not home.exists()
    on_btrfs = btrfs.is_btrfs(home.parent)
    if is_new and on_btrfs:
        btrfs.create(home)
    held = on_btrfs and btrfs.is_subvolume(home) and btrfs.limit(home, spec.quota_bytes)
    machine.files.directory(home, mode=HOME_MODE, uid=spec.uid, gid=users.web_group())
    for private in (".sessions", ".tmp"):
        with inside.opened(home, private, uid=spec.uid, modes={private: 0o700}):
            pass
    with inside.opened(home, "sites", uid=spec.uid):
        pass
    return "btrfs" if held else "none"


def _erase_home(login: Login, machine: Machine) -> None:
    home = machine.paths.home(login)
    gone = home.with_name(f".{login}.erased")  # nobody finds it any more while it is being deleted
    clear(gone)
    home.rename(gone)
    if btrfs.is_btrfs(gone) and btrfs.is_subvolume(gone):
        with contextlib.suppress(OSError):  # a client may have made subvolumes within: then file by file
            btrfs.destroy(gone)
    clear(gone)
