"""What the machine is and how loaded it is, read from /proc and statvfs."""

import os
import platform
import time
from collections.abc import Callable
from ipaddress import IPv6Address
from pathlib import Path

import essaim
from essaim.agent.builds import Builds
from essaim.agent.engines import apache, extensions, php, runtimes, sealed, ssh
from essaim.agent.engines.fullness import Fullness
from essaim.agent.errors import Fact
from essaim.agent.machine import Machine
from essaim.agent.store import Counts, Store
from essaim.contract import VERSION, Beat, Hello

_PROC = Path("/proc")
STARTED_AT = time.time()


def _memory() -> tuple[int, int]:
    """Used and total, in bytes."""
    found: dict[str, int] = {}
    for line in (_PROC / "meminfo").read_text().splitlines():
        name, _, rest = line.partition(":")
        found[name] = int(rest.split()[0]) * 1024
    return found["MemTotal"] - found["MemAvailable"], found["MemTotal"]


def _disk(machine: Machine) -> tuple[int, int]:
    """Used and total of where accounts live, in bytes."""
    place = machine.paths.accounts if machine.paths.accounts.is_dir() else machine.paths.root
    found = os.statvfs(place)
    return (found.f_blocks - found.f_bfree) * found.f_frsize, found.f_blocks * found.f_frsize


def _resident() -> int:
    return int((_PROC / "self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _cpu() -> tuple[int, int]:
    """Busy and all, in ticks since the boot (proc(5), /proc/stat)."""
    ticks = [int(word) for word in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def addresses() -> str:
    """Global addresses of the machine, IPv4 then IPv6, separated by spaces."""
    trie = _PROC / "net/fib_trie"
    found = [line.strip() for line in trie.read_text().splitlines()] if trie.exists() else []
    ours = {found[n - 1].split()[-1] for n, line in enumerate(found) if line.startswith("/32 host LOCAL")}
    four = sorted(address for address in ours if not address.startswith("127."))
    return " ".join(four + sorted(_ipv6()))


def _ipv6() -> set[str]:
    """Of global scope (proc(5), /proc/net/if_inet6: scope 00)."""
    place = _PROC / "net/if_inet6"
    rows = [line.split() for line in place.read_text().splitlines()] if place.exists() else []
    return {str(IPv6Address(int(row[0], 16))) for row in rows if row[3] == "00"}


def system() -> str:
    """The name of the system, as it says itself."""
    return platform.freedesktop_os_release().get("PRETTY_NAME", "")


def hello(machine: Machine, store: Store) -> Hello:
    """Who is here, and how much it knows."""
    facts: dict[str, Fact] = {
        "system": system(),
        "kernel": platform.release(),
        "hostname": platform.node(),
        "memory_bytes": _memory()[1],
        "disk_bytes": _disk(machine)[1],
        "cpus": os.cpu_count() or 1,
        "addresses": addresses(),
    }
    if "web" in machine.roles:
        facts["php"] = " ".join(php.versions(machine.paths))
        facts["php_extensions"] = extensions.told(machine.paths)
        facts["programs"] = " ".join(runtimes.here(machine.paths))
        facts["engines"] = "nginx apache" if apache.is_here(machine.paths) else "nginx"
        facts["seal"] = sealed.public(machine.paths)
    if key := ssh.host_key(machine.paths):
        facts["ssh_host_key"] = key
    return Hello(
        agent=essaim.__version__,
        contract=VERSION,
        boot_id=(_PROC / "sys/kernel/random/boot_id").read_text().strip(),
        started_at=STARTED_AT,
        roles=machine.roles,
        facts=facts,
        known=store.counts().wanted,
        last_sequence=store.last_sequence,
    )


class Load:
    """The load since the last beat."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._before = _cpu()
        self._fullness = Fullness(machine)
        self._builds = Builds(machine) if "web" in machine.roles else None

    def beat(self, counts: Callable[[], Counts]) -> Beat:
        """One beat."""
        (busy, every), (was_busy, was_every) = _cpu(), self._before
        self._before = (busy, every)
        memory_used, memory = _memory()
        disk_used, disk = _disk(self._machine)
        found = counts()
        return Beat(
            at=time.time(),
            load1=os.getloadavg()[0],
            cpu_percent=round(100 * (busy - was_busy) / max(1, every - was_every), 1),
            memory_used_bytes=memory_used,
            memory_bytes=memory,
            disk_used_bytes=disk_used,
            disk_bytes=disk,
            wanted=found.wanted,
            failing=found.failing,
            drifted=found.drifted,
            waiting=found.waiting,
            agent_rss_bytes=_resident(),
            full=self._fullness.now(),
            php=self._builds.told() if self._builds else (),
        )
