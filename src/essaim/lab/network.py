"""The lab's network: a namespace a machine, and one for the bridge between them. The outer machine's network gets nothing."""

from collections.abc import Sequence
from pathlib import Path

from essaim.lab import processes
from essaim.lab.paths import NETNS_DIR, InstancePaths, MachineName
from essaim.lab.programs import run

BRIDGE, INTERFACE = "br0", "host0"
# Duplicate address detection would make an IPv6 address wait for a second; nobody else is on this network.
NO_WAIT = "for i in default all; do echo 0 >/proc/sys/net/ipv6/conf/$i/accept_dad; done"
# The copy of the mounts that a program outside gets would keep the instances' file systems busy after their machines are off.
WITH_NAMES = (
    'set -e; mount --bind "$1" /etc/resolv.conf; mount --bind "$2" /etc/nsswitch.conf; '
    'while read -r _ _ _ _ point _; do case $point in "$3"/*) umount --lazy "$point";; esac; done </proc/self/mountinfo; '
    'shift 3; exec "$@"'
)


def namespaces(instance: str) -> list[str]:
    """The namespaces of the instance that exist now."""
    return sorted(path.name for path in NETNS_DIR.glob(f"essaim-{instance}-*"))


def ensure_switch(paths: InstancePaths) -> None:
    """Make the bridge, in its namespace, when it is not there yet."""
    name = paths.switch_netns
    if name in namespaces(paths.instance):
        return
    _add_namespace(name)
    commands = [f"link add {BRIDGE} type bridge mcast_snooping 0 forward_delay 0", f"link set {BRIDGE} up"]
    _batch(name, commands)


def ensure_machine(paths: InstancePaths, machine: MachineName) -> None:
    """Make the machine's namespace, with its addresses and its cable to the bridge, when it is not there yet."""
    name = paths.netns(machine)
    if name in namespaces(paths.instance):
        return
    _add_namespace(name)
    port = str(machine)
    cable = [f"link add {port} type veth peer name {INTERFACE} netns {name}", f"link set {port} master {BRIDGE} up"]
    _batch(paths.switch_netns, cable)
    addresses = [
        f"addr add {machine.address4}/24 dev {INTERFACE}",
        f"addr add {machine.address6}/64 dev {INTERFACE} nodad",
        f"link set {INTERFACE} up",
    ]
    _batch(name, addresses)


def remove(paths: InstancePaths) -> None:
    """End what still runs in the instance's namespaces, and remove them all."""
    names = namespaces(paths.instance)
    for name in names:
        inside = run(["ip", "netns", "pids", name], check=False).stdout.split()
        processes.end([int(pid) for pid in inside])
    for name in names:
        run(["ip", "netns", "delete", name], check=False)
        (NETNS_DIR / name).unlink(missing_ok=True)  # a crash between file and mount leaves a plain file


def write_names(paths: InstancePaths, resolver: MachineName) -> None:
    """Write the resolver settings that programs of the outer machine get inside a namespace."""
    paths.resolv_conf.write_text(f"nameserver {resolver.address4}\noptions timeout:2 attempts:2\n")
    lines = Path("/etc/nsswitch.conf").read_text().splitlines()
    # The outer machine may ask a daemon (nss-resolve), which would answer with the outer machine's names.
    kept = [line for line in lines if not line.startswith("hosts:")]
    paths.nsswitch_conf.write_text("\n".join([*kept, "hosts: files dns", ""]))


def outside_argv(paths: InstancePaths, netns: str, argv: Sequence[str]) -> list[str]:
    """The command that runs `argv`, a program of the outer machine, in `netns` with the lab's names.

    As `ip netns exec`, without its files in /etc: the settings are mounted in a mount namespace that ends with the program.
    """
    inside = ["nsenter", f"--net={NETNS_DIR / netns}", "--", "unshare", "--mount", "--propagation=private", "--"]
    settings = [str(paths.resolv_conf), str(paths.nsswitch_conf), str(paths.home.parent)]
    return [*inside, "sh", "-c", WITH_NAMES, "sh", *settings, *argv]


def _add_namespace(name: str) -> None:
    run(["ip", "netns", "add", name])
    run(["nsenter", f"--net={NETNS_DIR / name}", "sh", "-c", NO_WAIT])
    _batch(name, ["link set lo up"])


def _batch(netns: str, commands: list[str]) -> None:
    run(["ip", "-n", netns, "-batch", "-"], input="\n".join(commands).encode())
