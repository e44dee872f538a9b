"""The lab's names: *.test is the first web machine, the machines have names of their own, and nothing else exists.

The whole is one zone file on the resolver's machine, written anew at each change. A wildcard does not reach below a name that exists
(RFC 4592), so an overridden name brings a wildcard of its own: setting `a.test` leaves `www.a.test` as it was.
"""

import ipaddress
import json
from collections.abc import Mapping, Sequence

from essaim.lab.authority import ACME_NAME
from essaim.lab.errors import LabError
from essaim.lab.machine import Machine
from essaim.lab.paths import FIRST_HOST, MachineName

ZONE_FILE = "/etc/essaim-lab/names.zone"
OVERRIDES_FILE = "/etc/essaim-lab/overrides.json"
TTL = 1

Addresses = Mapping[str, Sequence[str]]
"""For a name, its IPv4 and IPv6 addresses. No address at all: the name exists and has none."""


class Resolver:
    """Answers names inside the lab. Runs on the first outside machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def set(self, name: str, *, a: Sequence[str] = (), aaaa: Sequence[str] = ()) -> None:
        """Make `name` answer these addresses, and only these, from the next question on."""
        plain = _plain(name)
        addresses = [str(ipaddress.IPv4Address(text)) for text in a] + [
            str(ipaddress.IPv6Address(text)) for text in aaaa
        ]
        self._write({**self.overrides(), plain: addresses})

    def clear(self, name: str | None = None) -> None:
        """Make `name` answer as if it had never been set; without a name, all of them."""
        plain = _plain(name or "")
        self._write({} if name is None else {k: v for k, v in self.overrides().items() if k != plain})

    def overrides(self) -> dict[str, list[str]]:
        """The names that were set, with their addresses."""
        loaded: dict[str, list[str]] = json.loads(self._machine.read_file(OVERRIDES_FILE))
        return loaded

    def prepare(self) -> None:
        """Write the names a new instance starts with. The machine may be off."""
        self._write_files({})

    def _write(self, overrides: Addresses) -> None:
        self._write_files(overrides)
        if self._machine.is_running:
            control = ["unbound-control", "-q", "-c", "/etc/essaim-lab/resolver.conf", "auth_zone_reload", "."]
            self._machine.run(control)

    def _write_files(self, overrides: Addresses) -> None:
        self._machine.write_file(OVERRIDES_FILE, json.dumps(overrides, indent=1).encode())
        self._machine.write_file(ZONE_FILE, zone(overrides).encode())


def zone(overrides: Addresses) -> str:
    """The zone file (RFC 1035, 5): the root, with all that exists in the lab."""
    outside, web = MachineName("outside", 1), MachineName("web", 1)
    names: dict[str, Sequence[str]] = {"*.test": (web.address4, web.address6)}
    for role in FIRST_HOST:
        for number in range(1, 9):
            machine = MachineName(role, number)
            names[machine.fqdn] = (machine.address4, machine.address6)
    names[ACME_NAME] = (outside.address4, outside.address6)
    # lab.test exists because names below it do: the wildcard above stops there.
    names.update(overrides)
    for name in [name for name in overrides if name.endswith(".test")]:
        for parent in _up_to_top(name):
            names.setdefault(parent, (web.address4, web.address6))
            names.setdefault(f"*.{parent}", (web.address4, web.address6))
    lines = [f"$TTL {TTL}", f". SOA {outside.fqdn}. lab.test. 1 60 60 60 {TTL}", f". NS {outside.fqdn}."]
    for name, addresses in names.items():
        lines += [_record(name, address) for address in addresses] or [f'{name}. TXT "no address"']
    return "\n".join([*lines, ""])


def _up_to_top(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[first:]) for first in range(len(labels) - 1)]


def _record(name: str, address: str) -> str:
    return f"{name}. {'AAAA' if ':' in address else 'A'} {address}"


def _plain(name: str) -> str:
    plain = name.lower().rstrip(".")
    try:
        plain.encode("ascii")
    except UnicodeEncodeError:
        raise LabError(f"{name} is not in ASCII: give the resolver the xn-- form.") from None
    return plain
