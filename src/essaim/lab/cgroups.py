"""A control group a machine, and how to get into it.

systemd-nspawn with --keep-unit splits the group it was started in into `supervisor` and `payload`; machines that shared one would share
those. Where systemd is the first process it makes the group (a scope with Delegate=yes). Elsewhere we make it below the
cgroup2 mount, wherever that is: /sys/fs/cgroup, or /sys/fs/cgroup/unified beside the older hierarchies. In that second case the
controllers belong to the older hierarchies, so limits of memory and tasks in units have no effect inside the machines.
"""

import contextlib
from pathlib import Path

from essaim.lab import processes

PARENT = "essaim-lab"
ENTER = 'echo $$ >"$1"/cgroup.procs || exit 125; shift; exec "$@"'
"""Shell: enter the group $1, then become the rest of the arguments."""


def mount_point(mountinfo: str | None = None) -> Path | None:
    """Where cgroup2 is mounted, or None."""
    return next(iter(_mounts("cgroup2 ", "", mountinfo)), None)


def mirrors(mountinfo: str | None = None) -> list[Path]:
    """Where systemd's own hierarchy of the older kind is mounted: systemd-nspawn repeats our groups there."""
    return _mounts("cgroup ", "name=systemd", mountinfo)


def _mounts(kind: str, option: str, mountinfo: str | None) -> list[Path]:
    text = Path("/proc/self/mountinfo").read_text() if mountinfo is None else mountinfo
    halves = [line.partition(" - ") for line in text.splitlines()]
    return [Path(left.split()[4]) for left, _, right in halves if right.startswith(kind) and option in right]


def has_systemd() -> bool:
    """Whether systemd is this machine's first process (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()


def start_prefix(unit: str) -> list[str]:
    """What to write before a command so that it runs in a group of its own, named after `unit`."""
    if has_systemd():
        return ["systemd-run", "--scope", "--quiet", "--collect", f"--unit={unit}", "--property=Delegate=yes", "--"]
    group = _own_group(unit)
    group.mkdir(parents=True, exist_ok=True)
    return ["sh", "-c", ENTER, "sh", str(group)]


def enter_prefix(pid: int) -> list[str]:
    """What to write before a command so that it runs in the group of `pid`."""
    return ["sh", "-c", ENTER, "sh", str(_group_of(pid))]


def remove(unit: str) -> None:
    """Kill what is left in the group of `unit`, and remove it. Leaves no trace, also after a crash."""
    if has_systemd():
        return
    group = _own_group(unit)
    if group.is_dir():
        (group / "cgroup.kill").write_text("1")
        processes.wait_until(lambda: "populated 0" in (group / "cgroup.events").read_text(), seconds=5)
    for directory in (group, *(mirror / PARENT / unit for mirror in mirrors())):
        _remove_tree(directory)


def _remove_tree(group: Path) -> None:
    if group.is_dir():
        for directory in sorted(group.rglob("*/"), key=lambda path: len(path.parts), reverse=True):
            directory.rmdir()
        group.rmdir()
    with contextlib.suppress(OSError):  # the parent stays as long as another machine is in it
        group.parent.rmdir()


def _own_group(unit: str) -> Path:
    return (mount_point() or Path("/sys/fs/cgroup")) / PARENT / unit


def _group_of(pid: int) -> Path:
    lines = (processes.PROC / f"{pid}/cgroup").read_text().splitlines()
    path = next(line.removeprefix("0::") for line in lines if line.startswith("0::"))
    return (mount_point() or Path("/sys/fs/cgroup")) / path.lstrip("/")
