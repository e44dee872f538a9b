"""What runs, read from /proc. Process ids kept in files lie after a crash; the kernel does not."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROC = Path("/proc")


def all_processes() -> Iterator[int]:
    """Every process id this machine knows now."""
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def arguments(pid: int) -> list[str]:
    """The process' argument list; empty for a zombie and for one that is gone."""
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return raw.decode(errors="replace").rstrip("\0").split("\0") if raw else []


def environment(pid: int, start: str) -> str:
    """What follows `start` in the process' environment, for example "HOME="; empty when it is not there."""
    try:
        raw = (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return ""
    entries = raw.decode(errors="replace").split("\0")
    return next((entry.removeprefix(start) for entry in entries if entry.startswith(start)), "")


def find(matches: Callable[[list[str]], bool]) -> list[int]:
    """The living processes whose argument list `matches`."""
    return [pid for pid in all_processes() if (argv := arguments(pid)) and matches(argv)]


def children(pid: int) -> list[int]:
    """The children of the process' main thread, oldest first."""
    try:
        return [int(child) for child in (PROC / f"{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def pid_namespace(pid: int) -> str:
    """The identity of the process' pid namespace; empty when the process is gone."""
    try:
        return str((PROC / f"{pid}/ns/pid").readlink())
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    """Whether the process still runs. A zombie does not."""
    return bool(arguments(pid))


def send(pid: int, number: int) -> None:
    """Send a signal; a process that is gone already is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_until(happened: Callable[[], bool], *, seconds: float) -> bool:
    """Ask every 10 ms until `happened`; false when `seconds` have passed first."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def end(pids: list[int], *, grace: float = 2.0) -> None:
    """Ask the processes to end, and kill those that have not after `grace` seconds."""
    for pid in pids:
        send(pid, signal.SIGTERM)
    if not wait_until(lambda: not any(map(is_alive, pids)), seconds=grace):
        for pid in pids:
            send(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, pids)), seconds=grace)
