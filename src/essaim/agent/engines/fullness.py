"""How full the homes of accounts are: the kernel counts, and a look at all of them is cheap enough for once a minute."""

import os
import time

from essaim.agent.engines import btrfs
from essaim.agent.machine import Machine

LEAST_PERCENT = 90
MOST_TOLD = 200
EVERY_S = 60.0


class Fullness:
    """The fullest accounts, as last looked at."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._found: dict[str, int] = {}
        self._next_look = 0.0

    def now(self) -> dict[str, int]:
        """Per cent of its quota that each account uses which uses `LEAST_PERCENT` or more, at most `MOST_TOLD` of them."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + EVERY_S
            fullest = sorted(_look(self._machine).items(), key=lambda one: (-one[1], one[0]))
            self._found = dict(fullest[:MOST_TOLD])
        return self._found


def _look(machine: Machine) -> dict[str, int]:
    homes = machine.paths.accounts
    if not homes.is_dir() or not btrfs.is_btrfs(homes):
        return {}
    found = {}
    with os.scandir(homes) as entries:
        for entry in entries:
            percent = 0 if entry.name.startswith(".") else _percent(machine, entry.name)
            if percent >= LEAST_PERCENT:
                found[entry.name] = percent
    return found


def _percent(machine: Machine, login: str) -> int:
    home = machine.paths.accounts / login
    try:
        quota, used = btrfs.limit_of(home), btrfs.used_of(home)
    except OSError:  # gone meanwhile
        return 0
    return min(100, 100 * used // quota) if quota else 0
