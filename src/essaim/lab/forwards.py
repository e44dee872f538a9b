"""Ports of the outer machine's loopback that lead into a machine.

The socket is made here, in the outer network, and handed to systemd-socket-proxyd in the machine's network namespace: a socket stays in the
network it was made in. So the outer network needs no interface and no rule. What is accepted from it inherits TCP_NODELAY: without, the second
half of an answer waits 40 ms for the visitor's word that the first has come.
"""

import contextlib
import socket
from dataclasses import dataclass

from essaim.lab import processes
from essaim.lab.errors import LabError, NotReady
from essaim.lab.paths import NETNS_DIR, InstancePaths, MachineName
from essaim.lab.programs import CLEAN_ENVIRONMENT, spawn

LOOPBACK = "127.0.0.1"
PROXY = "/lib/systemd/systemd-socket-proxyd"
MARK = "ESSAIM_LAB_FORWARD"
"""In the environment of a forward's process: its arguments change when it becomes the proxy, this does not."""


@dataclass(frozen=True, slots=True)
class Forward:
    """A port that leads into a machine, and the process that holds it."""

    port: int
    pid: int

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of the loopback."""
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def active(paths: InstancePaths) -> list[Forward]:
    """The forwards of an instance that are there now."""
    mark = f"{MARK}={paths.instance}:"
    held = {pid: value for pid in processes.all_processes() if (value := processes.environment(pid, mark))}
    return sorted((Forward(int(port), pid) for pid, port in held.items()), key=lambda forward: forward.port)


def start(paths: InstancePaths, port: int, machine: MachineName, machine_port: int) -> Forward:
    """Listen on 127.0.0.1:`port` and lead whoever connects to `machine_port` of the machine.

    Raises:
        LabError: this instance forwards that port already.
        NotReady: another program listens there.
    """
    if any(forward.port == port for forward in active(paths)):
        raise LabError(f"Port {port} leads into the instance {paths.instance} already.")
    proxy = ["nsenter", f"--net={NETNS_DIR / paths.netns(machine)}", "--", PROXY, f"{machine.address4}:{machine_port}"]
    log = paths.home / "forwards.log"
    with contextlib.closing(_listening(port)) as door:
        # sd_listen_fds(3): the process that it is meant for, which every step of the way becomes, finds it as its third file.
        # bash: in dash a file has one digit.
        take = f'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@" 3<&{door.fileno()}'
        env = {**CLEAN_ENVIRONMENT, MARK: f"{paths.instance}:{port}"}
        spawn(["bash", "-c", take, "bash", *proxy], log=log, env=env, keep=[door.fileno()])
        found: list[Forward] = []

        def is_there() -> bool:
            found[:] = [forward for forward in active(paths) if forward.port == port]
            return bool(found)

        if not processes.wait_until(is_there, seconds=5):
            raise LabError(f"Port {port} could not be opened.", hint=f"The reason is in {log}.")
    return found[0]


def _listening(port: int) -> socket.socket:
    door = socket.socket()
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        door.bind((LOOPBACK, port))
        door.listen(128)
    except OSError as taken:
        door.close()
        raise NotReady(
            f"Port {port} is taken by another program.", hint="Stop that program, or choose another port."
        ) from taken
    return door


def stop_all(paths: InstancePaths) -> None:
    """End every forward of the instance."""
    processes.end([forward.pid for forward in active(paths)])
