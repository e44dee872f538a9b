"""Where the lab keeps its state, and the names it derives from an instance and a machine. Nothing here touches the disk."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

CHECKOUT = Path(__file__).resolve().parents[3]
NETNS_DIR = Path("/run/netns")
PREFIX4, PREFIX6 = "10.77.0.", "fd77:e55a::"
FIRST_HOST = {"manager": 2, "web": 10, "outside": 20}  # the next ones follow: web2 is .11
MOST_MACHINES = {"manager": 8, "web": 10, "outside": 10}
ZONE = "lab.test"

_INSTANCE = re.compile(r"[a-z][a-z0-9]{0,15}")
_MACHINE = re.compile(r"(manager|web|outside)([1-9][0-9]?)")


def lab_dir() -> Path:
    """The lab's directory: `ESSAIM_LAB_DIR`, or /var/lib/essaim-lab."""
    return Path(os.environ.get("ESSAIM_LAB_DIR", "/var/lib/essaim-lab")).absolute()


@dataclass(frozen=True, slots=True)
class MachineName:
    """A machine's name, `<role><number>`: the role says what it is for, the number gives its addresses.

    >>> MachineName.parse("web2").address4
    '10.77.0.11'
    """

    role: str
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `manager1`, `web3`, `outside1`.

        Raises:
            ValueError: another word, or a number the lab has no address for.
        """
        match = _MACHINE.fullmatch(text)
        if not match or int(match[2]) > MOST_MACHINES[match[1]]:
            raise ValueError(f"{text!r} is no machine of the lab: write manager1, web1 (to web10) or outside1.")
        return cls(match[1], int(match[2]))

    def __str__(self) -> str:
        return f"{self.role}{self.number}"

    @property
    def address4(self) -> str:
        return f"{PREFIX4}{FIRST_HOST[self.role] + self.number - 1}"

    @property
    def address6(self) -> str:
        # Written with the same digits as the IPv4 address, so that a log line is read at a glance.
        return f"{PREFIX6}{FIRST_HOST[self.role] + self.number - 1}"

    @property
    def fqdn(self) -> str:
        return f"{self}.{ZONE}"


DEFAULT = (MachineName("manager", 1), MachineName("web", 1), MachineName("outside", 1))


@dataclass(frozen=True, slots=True)
class InstancePaths:
    """Everything one instance owns, by name. Instances share only the image and the libraries."""

    instance: str

    def __post_init__(self) -> None:
        if not _INSTANCE.fullmatch(self.instance):
            raise ValueError(
                f"{self.instance!r} is no name for an instance: lower-case letters and digits, at most 16."
            )

    @property
    def home(self) -> Path:
        return lab_dir() / "instances" / self.instance

    @property
    def lock(self) -> Path:
        return lab_dir() / "locks" / f"{self.instance}.lock"

    @property
    def image_note(self) -> Path:
        """Says which image the overlays of this instance lie on."""
        return self.home / "image"

    @property
    def code(self) -> Path:
        return self.home / "code"

    @property
    def resolv_conf(self) -> Path:
        return self.home / "resolv.conf"

    @property
    def nsswitch_conf(self) -> Path:
        return self.home / "nsswitch.conf"

    @property
    def switch_netns(self) -> str:
        """The namespace of the bridge."""
        return f"essaim-{self.instance}-net"

    def netns(self, machine: MachineName) -> str:
        return f"essaim-{self.instance}-{machine}"

    def machine_home(self, machine: MachineName) -> Path:
        return self.home / "machines" / str(machine)

    def root(self, machine: MachineName) -> Path:
        """Where the machine's file system is mounted on the outer machine."""
        return self.machine_home(machine) / "root"

    def disk(self, machine: MachineName) -> Path:
        """A folder of the outer machine's own file system, for what a web machine looks up at each request."""
        return self.machine_home(machine) / "disk"

    def accounts(self, machine: MachineName) -> Path:
        return self.machine_home(machine) / "accounts"

    def log(self, machine: MachineName) -> Path:
        return self.machine_home(machine) / "console.log"
