"""Slots: the numbered places in which a site's program stands. A new one is made beside the one that answers and takes its place once it
has answered itself; so whatever changes, a slot's files never do, and no unit of it was loaded before they stood there.

| `/etc/essaim/programs/<fqdn>/account` | whose program it is, kept until the site is erased |
| `/etc/essaim/programs/<fqdn>/<n>/` | `command`, `environment`, `spec`: what the slot runs, readable by root and the account |
| `essaim-program@<fqdn>:<n>.{socket,service}` | its units, each with a drop-in |
| `/run/essaim/program/<digest>.<n>.sock` | where it listens: nginx comes in here, and no account does |
| `/srv/essaim/programs/<fqdn>` | a link to the socket of the slot that answers |
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from essaim.agent.engines import php
from essaim.agent.machine import Machine, Paths
from essaim.contract import Fqdn, Login, Program, encode
from essaim.contract.program import RUNTIMES

_MIB = 1024 * 1024
LOGS = "logs"
"""The folder of the account's home in which each site has a folder for what is written about it."""


@dataclass(frozen=True)
class Slot:
    """The place `number` of a site's program."""

    fqdn: Fqdn
    number: int

    @property
    def socket_unit(self) -> str:
        """The unit that listens."""
        return f"essaim-program@{self.fqdn}:{self.number}.socket"

    @property
    def service_unit(self) -> str:
        """The unit that runs."""
        return f"essaim-program@{self.fqdn}:{self.number}.service"

    def socket_path(self, paths: Paths) -> Path:
        """Where it listens. A path of a socket has at most 107 characters (unix(7)), a name may have a hundred."""
        digest = hashlib.sha256(self.fqdn.encode()).hexdigest()[:20]
        return paths.root / "run/essaim/program" / f"{digest}.{self.number}.sock"

    def folder(self, paths: Paths) -> Path:
        """Its files."""
        return _site_folder(self.fqdn, paths) / str(self.number)


def _site_folder(fqdn: Fqdn, paths: Paths) -> Path:
    return paths.etc / "programs" / fqdn


def _link(fqdn: Fqdn, paths: Paths) -> Path:
    return paths.programs / fqdn


def all_of(fqdn: Fqdn, paths: Paths) -> list[Slot]:
    """Every slot of the site that is there, also what a killed agent left half made."""
    folder = _site_folder(fqdn, paths)
    found = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()] if folder.is_dir() else []
    return [Slot(fqdn, number) for number in sorted(found)]


def answering(fqdn: Fqdn, paths: Paths) -> Slot | None:
    """The slot that visitors are led to."""
    try:
        name = _link(fqdn, paths).readlink().name
    except OSError:
        return None
    return next((slot for slot in all_of(fqdn, paths) if slot.socket_path(paths).name == name), None)


def spec_in(slot: Slot, paths: Paths) -> bytes:
    """What the slot was made for; empty: it was not made to the end."""
    try:
        return (slot.folder(paths) / "spec").read_bytes()
    except FileNotFoundError:
        return b""


def make(spec: Program, uid: int, machine: Machine) -> Slot:
    """A new slot with all its files. Nothing runs in it yet."""
    slot = Slot(spec.fqdn, max((one.number for one in all_of(spec.fqdn, machine.paths)), default=0) + 1)
    files, folder = machine.files, slot.folder(machine.paths)
    files.directory(folder.parent)
    files.write(folder.parent / "account", f"{spec.account}\n")
    files.directory(folder, mode=0o750, uid=0, gid=uid)
    for name, content in (("command", _command(spec)), ("environment", _environment(spec))):
        files.write(folder / name, content, mode=0o640, uid=0, gid=uid)
    for unit, text in (
        (slot.socket_unit, f"[Socket]\nListenStream={slot.socket_path(machine.paths)}\n"),
        (slot.service_unit, _drop_in(spec, slot, uid)),
    ):
        place = machine.paths.units / f"{unit}.d"
        files.directory(place)
        files.write(place / "site.conf", text)
    files.write(folder / "spec", encode(spec), mode=0o600)
    return slot


def _command(spec: Program) -> str:
    return "\0".join((RUNTIMES[spec.runtime].interpreter, *spec.words))


def _environment(spec: Program) -> str:
    """What the program sees: the usual, then the client's own, then what nobody changes."""
    site = f"/srv/home/sites/{spec.fqdn}"
    heap = max(32, spec.memory_bytes // _MIB * 3 // 4)
    usual = {"NODE_ENV": "production", "PYTHONUNBUFFERED": "1", "PYTHONPATH": f"{site}/vendor", "LANG": "C.UTF-8"}
    fixed = {
        "HOME": "/srv/home",
        "USER": str(spec.account),
        "LOGNAME": str(spec.account),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": "/tmp",  # noqa: S108  the account's own
        "ESSAIM_SITE": site,
        "ESSAIM_LOGS": f"/srv/home/{LOGS}/{spec.fqdn}",
    }
    if spec.runtime == "node":
        fixed |= {
            "PORT": "3000",
            "NODE_OPTIONS": f"--require=/usr/local/share/essaim/listen.js --max-old-space-size={heap}",
        }
    return "\0".join(f"{name}={value}" for name, value in {**usual, **spec.environment, **fixed}.items())


def _drop_in(spec: Program, slot: Slot, uid: int) -> str:
    login = spec.account
    return (
        f"[Service]\nUser={login}\nGroup={login}\nSlice={php.slice_unit(uid)}\n"
        f"MemoryMax={spec.memory_bytes}\nTasksMax={spec.processes}\nEnvironment=PROGRAM_BYTES={spec.memory_bytes}\n"
        f"EnvironmentFile=/etc/essaim/accounts/{login}.env\n"
        f"BindPaths=/srv/essaim/accounts/{login}:/srv/home\n"
        f"BindReadOnlyPaths=/etc/essaim/programs/{slot.fqdn}/{slot.number}:/run/essaim/program\n"
        f"BindReadOnlyPaths=/etc/essaim/accounts/{login}.passwd:/etc/passwd /etc/essaim/accounts/{login}.group:/etc/group\n"
    )


def lead_to(slot: Slot, machine: Machine) -> None:
    """Visitors who come from now on are answered here."""
    machine.files.symlink(_link(slot.fqdn, machine.paths), slot.socket_path(machine.paths))


def keep_over_boots(slot: Slot, machine: Machine, *, always_on: bool) -> None:
    """It listens after a boot, also while the agent is away; `always_on`: it runs, too."""
    wants = machine.paths.units / "essaim-accounts.target.wants"
    machine.files.directory(wants)
    for unit, shipped, wanted in (
        (slot.socket_unit, "essaim-program@.socket", True),
        (slot.service_unit, "essaim-program@.service", always_on),
    ):
        if wanted:
            machine.files.symlink(wants / unit, machine.paths.units / shipped)
        else:
            machine.files.remove(wants / unit)


def retire(machine: Machine, *slots: Slot) -> None:
    """The slots are gone: nothing runs in them, no file speaks of them."""
    wants = machine.paths.units / "essaim-accounts.target.wants"
    for slot in slots:
        machine.files.remove(wants / slot.socket_unit)
        machine.files.remove(wants / slot.service_unit)
    if slots:
        machine.systemd.stop(*(unit for slot in slots for unit in (slot.socket_unit, slot.service_unit)))
    for slot in slots:
        for unit in (slot.socket_unit, slot.service_unit):
            machine.files.remove(machine.paths.units / f"{unit}.d")
        machine.files.remove(slot.folder(machine.paths))


def forget_way(fqdn: Fqdn, machine: Machine) -> None:
    """Visitors are led nowhere."""
    machine.files.remove(_link(fqdn, machine.paths))


def account_of(fqdn: Fqdn, paths: Paths) -> Login | None:
    """Whose program it is or was."""
    try:
        return Login((_site_folder(fqdn, paths) / "account").read_text().strip())
    except FileNotFoundError:
        return None


def forget(fqdn: Fqdn, machine: Machine) -> None:
    """No file of ours speaks of the site's program any more."""
    machine.files.remove(_site_folder(fqdn, machine.paths))
