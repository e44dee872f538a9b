"""How a site's program is: what systemd, the kernel and the program's own output say. Nothing here changes anything.

The account speaks in two places, and may lie about itself there: the status that `essaim-program.pl` tells, and the log.
"""

import contextlib
import os
import re
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from essaim.agent.engines import inside
from essaim.agent.engines.slots import LOGS, Slot
from essaim.agent.errors import AgentError
from essaim.agent.machine import Machine
from essaim.contract import Fqdn, Login

State = Literal["running", "asleep", "failing", "stopped"]
WELL_AFTER_S = 30
"""A program that was started again and has lived so long is well."""
LINES, LINE_LONGEST, TAIL_BYTES = 30, 300, 16 * 1024
_TOLD = re.compile(r"(running|failing|restarted) (\d{1,12}) (\d{1,9})(?: (status|signal) (\d{1,3}))?", re.ASCII)
_UNSEEN = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_CONNECTED = "03"


@dataclass(frozen=True)
class Seen:
    """A program as it is now."""

    state: State
    since: float = 0.0
    """In seconds since the epoch; 0: not known."""
    restarts: int = 0
    """How often it ended by itself since it was started."""
    ended_with: str = ""
    """`status 1`, `signal 9`: how it ended last."""
    memory_bytes: int = 0
    is_listening: bool = True


def look(slot: Slot, machine: Machine) -> Seen:
    """How the program in `slot` is."""
    names = ("ActiveState", "StatusText", "ControlGroup")
    asked = ["systemctl", "show", *(f"--property={name}" for name in names), slot.service_unit]
    told = machine.run.run(asked, check=False).out.decode(errors="replace")
    said = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    is_listening = slot.socket_path(machine.paths).exists()
    if said.get("ActiveState") not in ("active", "activating", "reloading"):
        return Seen("asleep", is_listening=is_listening)
    found = _TOLD.fullmatch(said.get("StatusText", ""))
    memory = _memory(machine.paths.root / "sys/fs/cgroup" / said.get("ControlGroup", "").lstrip("/"))
    if found is None:
        return Seen("running", memory_bytes=memory, is_listening=is_listening)
    word, since, restarts, how, number = found.groups()
    is_failing = word == "failing" or (word == "restarted" and time.time() - int(since) < WELL_AFTER_S)
    return Seen(
        "failing" if is_failing else "running",
        since=float(since),
        restarts=int(restarts),
        ended_with=f"{how} {number}" if how else "",
        memory_bytes=memory,
        is_listening=is_listening,
    )


def _memory(group: Path) -> int:
    """What its processes hold resident: the group's own count, or the sum where the machine's groups count no memory."""
    try:
        return int((group / "memory.current").read_text())
    except (OSError, ValueError):
        pass
    found = 0
    with contextlib.suppress(OSError):
        for number in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError, ValueError, IndexError):
                found += int(Path("/proc", number, "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return found


def visits(slot: Slot, machine: Machine) -> int:
    """How many connections to it are open (proc_pid_net(5), unix)."""
    path = str(slot.socket_path(machine.paths))
    try:
        rows = [line.split() for line in (machine.paths.root / "proc/net/unix").read_text().splitlines()]
    except OSError:
        return 1  # nobody knows: then it is awake
    return sum(row[-1] == path and row[5] == _CONNECTED for row in rows if len(row) > 7)  # noqa: PLR2004  the last is the path


def last_lines(login: Login, fqdn: Fqdn, uid: int, machine: Machine) -> str:
    """The end of what it wrote, without what a terminal would take for orders; empty: nothing can be read."""
    try:
        with inside.opened(machine.paths.home(login), LOGS, fqdn) as folder:
            descriptor = os.open("program.log", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            now = os.fstat(descriptor)
            if not stat.S_ISREG(now.st_mode) or now.st_uid != uid:
                return ""
            file.seek(max(0, now.st_size - TAIL_BYTES))
            text = file.read(TAIL_BYTES).decode(errors="replace")
    except (OSError, AgentError):
        return ""
    lines = [_UNSEEN.sub("", line)[:LINE_LONGEST] for line in text.splitlines()]
    return "\n".join(lines[-LINES:])
