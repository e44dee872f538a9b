"""PHP-FPM: one master an account and version, started by its socket. Here are its names, its settings, and its slice's limits.

A version listens for an account while a site of it is in that version: each site has a file of settings there, which FPM reads at its
start. Whether a version is in use is then one look into a directory, however many sites there are.

Nothing here needs a `daemon-reload`: drop-ins are written before systemd loads the units for the first time; what may
change later stands in files that each start reads, and in properties that systemd changes in place.
"""

import os
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from essaim.agent.engines import offered, php_log, php_preview, trees, users
from essaim.agent.machine import Machine, Paths
from essaim.contract import Account, Fqdn, Login, Site
from essaim.contract.php import POST_BEYOND_UPLOAD_MIB, SETTINGS, VERSIONS, Value, read_settings

_MIB = 1024 * 1024
_turns = threading.Lock()
"""Who makes a socket listen and who puts an unused one away see each other's work."""


def socket_unit(login: Login, version: str) -> str:
    """The unit that listens."""
    return f"essaim-php-{version}@{login}.socket"


def service_unit(login: Login, version: str) -> str:
    """The unit that runs."""
    return f"essaim-php-{version}@{login}.service"


def slice_unit(uid: int) -> str:
    """The account's slice, by number: a hyphen in a slice's name would put it inside another account's."""
    return f"essaim-accounts-u{uid}.slice"


def socket_path(login: Login, version: str, paths: Paths) -> Path:
    """Where the account's PHP of this version listens. A login has no dot."""
    return paths.php_sockets / f"{login}.{version}.sock"


def wants_link(login: Login, version: str, paths: Paths) -> Path:
    """The link by which a boot starts the socket, also while the agent is not there. Without it, the socket is to go."""
    return paths.units / "essaim-accounts.target.wants" / socket_unit(login, version)


def warm_link(login: Login, version: str, paths: Paths) -> Path:
    """The link by which a boot starts PHP itself, too. While it is there, nobody puts that PHP to sleep."""
    return paths.units / "essaim-accounts.target.wants" / service_unit(login, version)


def settings_file(fqdn: Fqdn, login: Login, version: str, paths: Paths) -> Path:
    """The settings of a site that is in this version."""
    return settings_folder(login, version, paths) / f"{fqdn}.ini"


def settings_folder(login: Login, version: str, paths: Paths) -> Path:
    """What PHP of the account scans at its start in this version: a file a site."""
    return paths.etc / "php" / login / version


def _suspended(login: Login, paths: Paths) -> Path:
    return paths.etc / "accounts" / f"{login}.suspended"


def environment(account: Account) -> str:
    """What each start of the account's PHP reads.

    PROCESSES and DATA_BYTES become resource limits: they hold on machines whose control groups have no such controllers, too.
    """
    children = max(1, min(32, account.processes // 3, account.memory_bytes // (64 * _MIB)))
    memory = max(32, min(int(SETTINGS["memory_limit"].default), account.memory_bytes // _MIB // 2))
    return (
        f"PROCESSES={account.processes}\nDATA_BYTES={account.memory_bytes}\n"
        f"PHP_CHILDREN={children}\nPHP_MEMORY={memory}M\n"
    )


def files_of(account: Account, paths: Paths) -> Iterator[tuple[Path, str]]:
    """The files that give the account its settings and limits."""
    yield paths.etc / "accounts" / f"{account.login}.env", environment(account)
    yield paths.etc / "accounts" / f"{account.login}.passwd", _names(account, "passwd")
    yield paths.etc / "accounts" / f"{account.login}.group", _names(account, "group")
    yield (
        paths.units / f"{slice_unit(account.uid)}.d" / "account.conf",
        f"[Slice]\nTasksMax={account.processes}\nMemoryMax={account.memory_bytes}\n",
    )
    for version in used(account.login, paths):
        yield _place(account.login, account.uid, version, paths)


def _names(account: Account, file: Literal["passwd", "group"]) -> str:
    """Who there is, as a tree of PHP sees it (passwd(5), group(5)): the account itself, nginx, and nobody else."""
    known = (("root", 0), ("www-data", users.web_group()), ("nogroup" if file == "group" else "nobody", 65_534))
    if file == "group":
        return "".join(f"{name}:x:{number}:\n" for name, number in (*known, (account.login, account.uid)))
    rest = "".join(f"{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n" for name, number in known)
    return f"{rest}{account.login}:x:{account.uid}:{account.uid}::/srv/home:/usr/sbin/nologin\n"


def _place(login: Login, uid: int, version: str, paths: Paths) -> tuple[Path, str]:
    unit = f"{service_unit(login, version)}.d"
    return paths.units / unit / "account.conf", f"[Service]\nSlice={slice_unit(uid)}\n"


def used(login: Login, paths: Paths) -> list[str]:
    """The versions that sites of the account are in."""
    return [version for version in VERSIONS if _is_used(login, version, paths)]


def _is_used(login: Login, version: str, paths: Paths) -> bool:
    try:
        with os.scandir(settings_folder(login, version, paths)) as entries:
            return any(entry.name.endswith(".ini") for entry in entries)
    except FileNotFoundError:
        return False


def sites_in(login: Login, version: str, paths: Paths) -> list[Fqdn]:
    """The sites of the account that are in this version."""
    with os.scandir(settings_folder(login, version, paths)) as entries:
        return [Fqdn(entry.name.removesuffix(".ini")) for entry in entries if entry.name.endswith(".ini")]


def settings_text(spec: Site, version: str, paths: Paths) -> str:
    """The file of a site's settings. PHP finds it by the directory of the script (php.ini, `[PATH=]`), whichever name was asked for."""
    values, _ = read_settings(spec.php_settings, ceilings=offered.read(spec.account, paths).php_ceilings)
    lines = [f"error_log = {php_log.path_inside(spec.fqdn, version)}", "log_errors_max_len = 4096"]
    lines += [line for name, value in sorted(values.items()) for line in _lines(name, value)]
    return "\n".join([f"[PATH=/srv/home/sites/{spec.fqdn}]", *lines, ""])


def _lines(name: str, value: Value) -> Iterator[str]:
    if isinstance(value, bool):
        yield f"{name} = {int(value)}"
    elif SETTINGS[name].unit == "MiB":
        yield f"{name} = {value}M"
    else:
        yield f"{name} = {value}"
    if name == "upload_max_filesize":
        yield f"post_max_size = {int(value) + POST_BEYOND_UPLOAD_MIB}M"


def configure(account: Account, machine: Machine) -> None:
    """Settings and limits stand in files; limits that changed hold at once."""
    is_new = not (machine.paths.etc / "accounts" / f"{account.login}.env").exists()
    offered.keep(account, machine)
    changed = False
    for version in used(account.login, machine.paths):
        trees.ensure_given(version, account.login, machine)
    for path, content in files_of(account, machine.paths):
        machine.files.directory(path.parent)
        changed |= machine.files.write(path, content)
    if changed and not is_new:
        limits = (f"TasksMax={account.processes}", f"MemoryMax={account.memory_bytes}")
        machine.systemd.set_properties(slice_unit(account.uid), *limits)
        for version in used(account.login, machine.paths):
            machine.systemd.queue_restart(service_unit(account.login, version))


def enter(spec: Site, uid: int, machine: Machine, *, at_once: bool) -> None:
    """The site's version knows its settings and listens. `at_once`: now, not at the end of the batch; visitors are sent there next.

    Settings that changed make that PHP read them again; the requests it is at are answered first.
    """
    for version in php_preview.versions(spec, machine.paths):
        _enter(spec, uid, version, machine, at_once=at_once and version == spec.php)
    php_log.ensure(machine.paths.home(spec.account), spec.fqdn, uid)


def _enter(spec: Site, uid: int, version: str, machine: Machine, *, at_once: bool) -> None:
    login = spec.account
    place, in_slice = _place(login, uid, version, machine.paths)
    machine.files.directory(place.parent)
    machine.files.write(place, in_slice)
    trees.ensure_given(version, login, machine)
    file = settings_file(spec.fqdn, login, version, machine.paths)
    machine.files.directory(file.parent.parent)
    machine.files.directory(file.parent)
    text = settings_text(spec, version, machine.paths)
    was = file.read_text() if file.exists() else ""
    machine.files.write(file, text)
    if was != text and (was or _is_awake(login, uid, version, machine.paths)):
        machine.systemd.queue_reload(service_unit(login, version))
    if not _suspended(login, machine.paths).exists():
        _listen(login, version, machine, at_once=at_once)


def _is_awake(login: Login, uid: int, version: str, paths: Paths) -> bool:
    """Whether that PHP runs: one that sleeps reads all when it wakes."""
    return (paths.account_groups / slice_unit(uid) / service_unit(login, version)).is_dir()


def leave(fqdn: Fqdn, login: Login, machine: Machine, *, but: Collection[str] = ()) -> None:
    """The site is in no version, `but` these. A version without sites is put away by the reaper, once it has answered."""
    for version in VERSIONS:
        file = settings_file(fqdn, login, version, machine.paths)
        if version not in but and machine.files.remove(file) and not _is_used(login, version, machine.paths):
            machine.files.remove(warm_link(login, version, machine.paths))
            machine.files.remove(wants_link(login, version, machine.paths))


def is_entered(spec: Site, paths: Paths) -> bool:
    """Whether the site is in its version, and the one that is tried, with its settings, and in no other."""
    entered = php_preview.versions(spec, paths)
    for version in VERSIONS:
        file = settings_file(spec.fqdn, spec.account, version, paths)
        if (file.read_text() if file.exists() else None) != (
            settings_text(spec, version, paths) if version in entered else None
        ):
            return False
    return True


def listens(login: Login, version: str, paths: Paths) -> bool:
    """Whether this PHP answers now, and would after a boot."""
    return socket_path(login, version, paths).exists() and wants_link(login, version, paths).is_symlink()


def is_as_warm_as_offered(login: Login, paths: Paths) -> bool:
    """Whether a boot starts the account's PHP itself if its offer says so, and not otherwise."""
    warm = offered.read(login, paths).warm
    return all(warm_link(login, version, paths).is_symlink() == warm for version in used(login, paths))


def resume(login: Login, machine: Machine) -> None:
    """Every version that sites of the account are in listens, now and after a boot."""
    machine.files.remove(_suspended(login, machine.paths))
    for version in used(login, machine.paths):
        _listen(login, version, machine, at_once=False)


def suspend(login: Login, machine: Machine) -> None:
    """No PHP of the account runs, and none will for a site that comes."""
    machine.files.write(_suspended(login, machine.paths), "")
    silence(login, machine)


def is_suspended(login: Login, paths: Paths) -> bool:
    """Whether the account's PHP is to be silent."""
    return _suspended(login, paths).exists()


def _listen(login: Login, version: str, machine: Machine, *, at_once: bool) -> None:
    link = wants_link(login, version, machine.paths)
    with _turns:
        machine.files.directory(link.parent)
        machine.files.symlink(link, machine.paths.units / f"essaim-php-{version}@.socket")
        is_there = socket_path(login, version, machine.paths).exists()
    if not is_there and at_once:
        machine.systemd.start(socket_unit(login, version))
    elif not is_there:
        machine.systemd.queue_start(socket_unit(login, version))
    warm = warm_link(login, version, machine.paths)
    if not offered.read(login, machine.paths).warm:
        machine.files.remove(warm)  # from then on it falls asleep like any other
    elif machine.files.symlink(warm, machine.paths.units / f"essaim-php-{version}@.service"):
        machine.systemd.queue_start(service_unit(login, version))


def silence(login: Login, machine: Machine) -> None:
    """Neither sockets nor services of the account run, now and after a boot."""
    units: list[str] = []
    for version in VERSIONS:
        machine.files.remove(warm_link(login, version, machine.paths))
        was_listening = machine.files.remove(wants_link(login, version, machine.paths))
        if was_listening or socket_path(login, version, machine.paths).exists():
            units += [socket_unit(login, version), service_unit(login, version)]
    if units:
        machine.systemd.stop(*units)


def forget(login: Login, uid: int | None, machine: Machine) -> None:
    """No file of ours speaks of the account any more."""
    for name in ("env", "passwd", "group", "suspended"):
        machine.files.remove(machine.paths.etc / "accounts" / f"{login}.{name}")
    machine.files.remove(machine.paths.etc / "php" / login)
    trees.take_back(login, machine)
    offered.forget(login, machine)
    for version in VERSIONS:
        machine.files.remove(machine.paths.units / f"{service_unit(login, version)}.d")
    if uid is not None:
        machine.files.remove(machine.paths.units / f"{slice_unit(uid)}.d")


def is_awake(login: Login, version: str, paths: Paths) -> bool:
    """Whether this PHP of the account runs or is starting."""
    try:
        uid = paths.home(login).lstat().st_uid
        return bool(
            (paths.account_groups / slice_unit(uid) / service_unit(login, version) / "cgroup.procs").read_text()
        )
    except OSError:
        return False


def unused(paths: Paths) -> Iterator[tuple[Login, str]]:
    """The account and version of each socket that listens though no site needs it."""
    for path in paths.php_sockets.glob("*.sock"):
        login, _, version = path.name.removesuffix(".sock").partition(".")
        if version in VERSIONS and not wants_link(Login(login), version, paths).is_symlink():
            yield Login(login), version


def put_away(login: Login, version: str, machine: Machine) -> None:
    """The socket is gone with its PHP, unless a site has come to need it."""
    with _turns:
        if not wants_link(login, version, machine.paths).is_symlink():
            machine.systemd.stop(socket_unit(login, version), service_unit(login, version))


def versions(paths: Paths) -> tuple[str, ...]:
    """The generations that this machine has a tree of."""
    return tuple(version for version in VERSIONS if trees.current(version, paths) is not None)
