"""PHP-FPM: one master an account, started by its socket. Here are its names, its settings, and its slice's limits.

Nothing here needs a `daemon-reload`: drop-ins are written before systemd loads the units for the first time; what may
change later stands in a file that each start reads, and in properties that systemd changes in place.
"""

from collections.abc import Iterator
from pathlib import Path

from essaim.agent.machine import Machine, Paths
from essaim.contract import Account, Login

VERSIONS = ("8.2",)
_MIB = 1024 * 1024


def socket_unit(login: Login) -> str:
    """The unit that listens."""
    return f"essaim-php@{login}.socket"


def service_unit(login: Login) -> str:
    """The unit that runs."""
    return f"essaim-php@{login}.service"


def slice_unit(uid: int) -> str:
    """The account's slice, by number: a hyphen in a slice's name would put it inside another account's."""
    return f"essaim-accounts-u{uid}.slice"


def socket_path(login: Login, paths: Paths) -> Path:
    """Where the account's PHP listens."""
    return paths.php_sockets / f"{login}.sock"


def environment(account: Account) -> str:
    """What each start of the account's PHP reads.

    PROCESSES and DATA_BYTES become resource limits: they hold on machines whose control groups have no such controllers, too.
    """
    children = max(1, min(32, account.processes // 3, account.memory_bytes // (64 * _MIB)))
    memory = max(32, min(256, account.memory_bytes // _MIB // 2))
    return (
        f"PROCESSES={account.processes}\nDATA_BYTES={account.memory_bytes}\n"
        f"PHP_CHILDREN={children}\nPHP_MEMORY={memory}M\n"
    )


def files_of(account: Account, paths: Paths) -> Iterator[tuple[Path, str]]:
    """The files that give the account its settings and limits."""
    yield paths.etc / "accounts" / f"{account.login}.env", environment(account)
    yield (
        paths.units / f"{service_unit(account.login)}.d" / "account.conf",
        f"[Service]\nSlice={slice_unit(account.uid)}\n",
    )
    yield (
        paths.units / f"{slice_unit(account.uid)}.d" / "account.conf",
        f"[Slice]\nTasksMax={account.processes}\nMemoryMax={account.memory_bytes}\n",
    )


def wants_link(login: Login, paths: Paths) -> Path:
    """The link by which a boot starts the socket, also while the agent is not there."""
    return paths.units / "essaim-accounts.target.wants" / socket_unit(login)


def configure(account: Account, machine: Machine) -> None:
    """Settings and limits stand in files; limits that changed hold at once."""
    is_new = not (machine.paths.etc / "accounts" / f"{account.login}.env").exists()
    changed = False
    for path, content in files_of(account, machine.paths):
        machine.files.directory(path.parent)
        changed |= machine.files.write(path, content)
    if changed and not is_new:
        limits = (f"TasksMax={account.processes}", f"MemoryMax={account.memory_bytes}")
        machine.systemd.set_properties(slice_unit(account.uid), *limits)
        machine.systemd.queue_restart(service_unit(account.login))


def listen(login: Login, machine: Machine) -> None:
    """The socket listens now and after a boot."""
    link = wants_link(login, machine.paths)
    machine.files.directory(link.parent)
    machine.files.symlink(link, machine.paths.units / "essaim-php@.socket")
    if not socket_path(login, machine.paths).exists():
        machine.systemd.queue_start(socket_unit(login))


def silence(login: Login, machine: Machine) -> None:
    """Neither the socket nor the service runs, now and after a boot."""
    was_listening = machine.files.remove(wants_link(login, machine.paths))
    if was_listening or socket_path(login, machine.paths).exists():
        machine.systemd.stop(socket_unit(login), service_unit(login))


def forget(login: Login, uid: int | None, machine: Machine) -> None:
    """No file of ours speaks of the account any more."""
    machine.files.remove(machine.paths.etc / "accounts" / f"{login}.env")
    machine.files.remove(machine.paths.units / f"{service_unit(login)}.d")
    if uid is not None:
        machine.files.remove(machine.paths.units / f"{slice_unit(uid)}.d")
