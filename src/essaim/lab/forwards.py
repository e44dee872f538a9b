"""Ports of the outer machine's loopback that lead into a machine.

systemd-socket-activate listens in the outer network; at the first connection it becomes systemd-socket-proxyd, in the machine's network
namespace: a socket stays in the network it was made in. So the outer network needs no interface and no rule.
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
    if not is_free(port):
        raise NotReady(f"Port {port} is taken by another program.", hint="Stop that program, or choose another port.")
    mark = f"{paths.instance}:{port}"
    proxy = ["nsenter", f"--net={NETNS_DIR / paths.netns(machine)}", "--", PROXY, f"{machine.address4}:{machine_port}"]
    argv = ["systemd-socket-activate", f"--setenv={MARK}={mark}", f"--listen={LOOPBACK}:{port}", "--", *proxy]
    log = paths.home / "forwards.log"
    spawn(argv, log=log, env={**CLEAN_ENVIRONMENT, MARK: mark})
    if not processes.wait_until(lambda: not is_free(port), seconds=5):
        raise LabError(f"Port {port} could not be opened.", hint=f"The reason is in {log}.")
    return next(forward for forward in active(paths) if forward.port == port)


def stop_all(paths: InstancePaths) -> None:
    """End every forward of the instance."""
    processes.end([forward.pid for forward in active(paths)])
