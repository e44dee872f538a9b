"""The names of closed sites: a file each, by which nginx tells a visitor that a site is closed and not that there never was one."""

from pathlib import Path

from essaim.agent.machine import Machine
from essaim.contract import Fqdn


def mark(fqdn: Fqdn, others: set[str], machine: Machine) -> None:
    """`fqdn` and its `others` (as their directories of links are named) are closed."""
    machine.files.directory(machine.paths.closed)
    for name in others:
        machine.files.write(machine.paths.closed / name, "")
    machine.files.write(machine.paths.closed / fqdn, "".join(f"{name}\n" for name in sorted(others)))


def unmark(fqdn: Fqdn, machine: Machine) -> None:
    """Neither is: the site is served again, or gone for good."""
    place = machine.paths.closed / fqdn
    for other in _others(place):
        machine.files.remove(machine.paths.closed / other)
    machine.files.remove(place)


def _others(place: Path) -> list[str]:
    try:
        return place.read_text().split()
    except FileNotFoundError:
        return []
