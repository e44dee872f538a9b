"""Bad days, made on purpose and ended again: a clock that jumps, a disk that is full.

The machines share the outer machine's clock and cannot set it, so a clock of its own is given to one service, by libfaketime. A machine that is
lost whole is `Lab.rebuild`; one that loses its power is `Machine.kill`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from essaim.lab.machine import Machine
from essaim.lab.storage import ACCOUNTS

FAKETIME = "/usr/$LIB/faketime/libfaketimeMT.so.1"  # $LIB is for ld.so(8): the multiarch directory
OFFSET = "/run/essaim-lab-clock"
PATCHES = "/run/essaim-lab-python"
# libfaketime 0.9.10 refuses the absolute clock_nanosleep(2) that Python's sleep is made of.
SLEEP = b"import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds) and None\n"
FILL = (
    'mkdir "$1/.filler"; cd "$1/.filler"; n=0; for size in 1G 64M 1M 4K; do '
    'while fallocate --length "$size" "$n" 2>/dev/null; do n=$((n + 1)); done; done'
)


class Clock:
    """The clock of one service of a machine, while `own_clock` lasts."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def set(self, ahead: timedelta) -> None:
        """Put it `ahead` of the machine's clock (behind, when negative), at once and while the service runs."""
        self._machine.write_file(OFFSET, f"{ahead.total_seconds():+.3f}".encode())


@contextmanager
def own_clock(machine: Machine, service: str) -> Iterator[Clock]:
    """Start `service` of `machine` anew with a clock of its own, right until it is set; at the end start it with the machine's.

    Its children get that clock too. The monotonic clock goes on as before, as it does when a real clock is set.
    """
    drop_in = f"/run/systemd/system/{service}.service.d/clock.conf"
    settings = [
        f"LD_PRELOAD={FAKETIME}",
        f"FAKETIME_TIMESTAMP_FILE={OFFSET}",
        "FAKETIME_NO_CACHE=1",
        "DONT_FAKE_MONOTONIC=1",
    ]
    settings.append(f"PYTHONPATH={PATCHES}:/opt/essaim/src:/opt/essaim/lib")
    clock = Clock(machine)
    clock.set(timedelta())
    machine.run(["mkdir", "-p", "--mode=755", PATCHES])  # for services that are not root's, too
    machine.write_file(f"{PATCHES}/sitecustomize.py", SLEEP)
    machine.write_file(drop_in, f"[Service]\nEnvironment={' '.join(settings)}\n".encode())
    _start_anew(machine, service)
    try:
        yield clock
    finally:
        machine.run(["rm", "-rf", drop_in, OFFSET, PATCHES])
        _start_anew(machine, service)


@contextmanager
def full_disk(machine: Machine) -> Iterator[None]:
    """Leave no room for contents on the disk of a web machine's accounts; what they wrote stays.

    A directory or an empty file can still be made: btrfs keeps room of its own for names.
    """
    machine.run(["sh", "-c", FILL, "sh", ACCOUNTS])
    try:
        yield
    finally:
        machine.run(["rm", "-rf", f"{ACCOUNTS}/.filler"])


def _start_anew(machine: Machine, service: str) -> None:
    machine.run(["systemctl", "daemon-reload"])
    machine.run(["systemctl", "restart", f"{service}.service"])
