"""Where what decides who comes in is kept, and how it is read."""

import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEASE_S = 4.0
"""How long the Manager's last word lets people in. It says one each second; what it revoked before counts at the latest then."""


@dataclass(frozen=True)
class Places:
    """Below `root` (`/` outside tests)."""

    root: Path = Path("/")

    @property
    def etc(self) -> Path:
        """What the agent was told: survives a boot."""
        return self.root / "etc/essaim/ssh"

    @property
    def word(self) -> Path:
        """The wish as the door reads it: revision, machine, logins, serials that are no good, the break-glass authority's fingerprint."""
        return self.etc / "word.json"

    @property
    def run(self) -> Path:
        """Of this boot, root's alone."""
        return self.root / "run/essaim/ssh"

    @property
    def lease(self) -> Path:
        """Until when people may come in, on the clock of the boot."""
        return self.run / "lease"

    @property
    def comings(self) -> Path:
        """Which certificate opened a connection, a file for each of sshd's processes."""
        return self.run / "comings"

    @property
    def sessions(self) -> Path:
        """Sessions that are open, or ended and perhaps not told yet."""
        return self.run / "sessions"

    @property
    def glass(self) -> Path:
        """Uses of the break-glass key that the Manager has not heard of: survives a boot, and the agent may write there."""
        return self.root / "var/lib/essaim/agent/glass"

    @property
    def recordings(self) -> Path:
        """Of sessions, as sudo writes them."""
        return self.root / "var/log/essaim/sessions"


GLASS = "break-glass"
"""The user that the break-glass authority opens, and no other does."""


def opens(word: dict[str, Any], *, login: str, authority: str) -> bool:
    """Whether a certificate of this authority may open `login` here: the break-glass authority its own user, the others a person's."""
    if word.get("glass") and authority == word["glass"]:
        return login == GLASS
    return login in word.get("logins", ())


def boot_clock() -> float:
    """Seconds since the boot, sleep included: no wall clock that jumps opens or closes anything."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def is_fresh(places: Places) -> bool:
    """The Manager has said within the last seconds that what this machine knows is all there is to know."""
    try:
        until = float(places.lease.read_text())
    except (OSError, ValueError):
        return False
    now = boot_clock()
    return now < until <= now + LEASE_S


def read(path: Path) -> dict[str, Any]:
    """A JSON object; an empty one where there is none that can be read."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, what: dict[str, Any]) -> None:
    """`path` holds `what`, for root alone; no reader sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(what, file)
    beside.replace(path)


def started(pid: int) -> int:
    """When a process started, in ticks since the boot (proc(5), /proc/pid/stat, field 22); 0: it is not there."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    fields = text.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[19])


def parent(pid: int) -> int:
    """The parent of a process; 0: it has none, or is not there."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def ancestors(pid: int) -> list[int]:
    """Its parent, that one's parent, up to the first process."""
    found: list[int] = []
    while (pid := parent(pid)) > 1:
        found.append(pid)
    return found


def coming_of(pid: int, places: Places) -> dict[str, Any]:
    """What the door noted of the connection that this process came by; empty: it came by none."""
    for ancestor in ancestors(pid):
        noted = read(places.comings / str(ancestor))
        if noted and noted["started"] == started(ancestor):
            return noted
    return {}


def session_id_of(pid: int | str) -> str:
    """The session that a process is in, which the kernel knows by its control group; empty: in none."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return ""
    found = re.search(r"/essaim-session-([0-9a-f]{16})\.scope", groups)
    return found[1] if found else ""
