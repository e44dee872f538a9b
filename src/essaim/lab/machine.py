"""One machine of an instance: started, stopped, looked into. Whether it runs is looked up each time, never remembered."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from essaim.lab import cgroups, deploy, processes, storage
from essaim.lab.errors import BootFailed, LabError, NotRunning
from essaim.lab.paths import NETNS_DIR, InstancePaths, MachineName
from essaim.lab.programs import CLEAN_ENVIRONMENT, run, spawn

POWEROFF = signal.SIGRTMIN + 4  # systemd(1): start poweroff.target
BOOT_SECONDS = 60.0
NSPAWN = "systemd-nspawn"
_WRITE = (
    'set -eu; umask 077; mkdir -p "$(dirname "$1")"; new=$(mktemp "$1.XXXXXX"); trap \'rm -f "$new"\' EXIT; '
    'cat >"$new"; chown "$3" "$new"; chmod "$2" "$new"; mv -T "$new" "$1"'
)


class Machine:
    """A Debian machine with systemd, in its own namespaces and on its own disk."""

    def __init__(self, paths: InstancePaths, name: MachineName) -> None:
        self._paths = paths
        self.name = name

    def __repr__(self) -> str:
        return f"<Machine {self._paths.instance}/{self.name}>"

    @property
    def address4(self) -> str:
        return self.name.address4

    @property
    def address6(self) -> str:
        return self.name.address6

    @property
    def netns(self) -> str:
        """The name of its network namespace, below /run/netns."""
        return self._paths.netns(self.name)

    @property
    def log(self) -> Path:
        """What systemd-nspawn and the machine's console said."""
        return self._paths.log(self.name)

    @property
    def supervisor(self) -> int | None:
        """The process id of its systemd-nspawn, or None."""
        found = processes.find(lambda argv: Path(argv[0]).name == NSPAWN and f"--machine={self.netns}" in argv)
        return found[0] if found else None

    @property
    def leader(self) -> int | None:
        """The process id, on the outer machine, of the machine's own first process; None when it is off."""
        supervisor = self.supervisor
        if supervisor is None:
            return None
        ours = processes.pid_namespace(os.getpid())
        inside = [pid for pid in processes.children(supervisor) if processes.pid_namespace(pid) not in {ours, ""}]
        return inside[0] if inside else None

    @property
    def is_running(self) -> bool:
        return self.supervisor is not None

    def start(self) -> None:
        """Switch the machine on, and return before it has booted. A machine that is on is left alone."""
        if self.is_running:
            return
        unit = self.netns
        cgroups.remove(unit)
        argv = [NSPAWN, "--quiet", "--boot", "--register=no", "--keep-unit", "--link-journal=no"]
        argv += ["--resolv-conf=off", "--timezone=off", "--console=pipe", "--capability=CAP_NET_ADMIN"]
        argv += [f"--network-namespace-path={NETNS_DIR / self.netns}", f"--machine={unit}", f"--hostname={self.name}"]
        argv += [f"--directory={self._paths.root(self.name)}", *deploy.bind_arguments(self._paths, self.name)]
        if self.name.role == "web":
            argv += [f"--bind={self._paths.disk(self.name)}:{storage.ESSAIM}"]
            argv += [f"--bind={self._paths.accounts(self.name)}:{storage.ACCOUNTS}"]
        env = {**CLEAN_ENVIRONMENT, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        spawn([*cgroups.start_prefix(unit), *argv], log=self.log, env=env)

    def wait_until_booted(self, *, seconds: float = BOOT_SECONDS) -> str:
        """Wait for systemd to have started all it wanted; answers `running`, or `degraded` when a unit failed.

        Raises:
            BootFailed: neither within `seconds`, or the machine went off.
        """
        deadline = time.monotonic() + seconds
        state = ""
        while time.monotonic() < deadline:
            try:
                done = self.run(["systemctl", "is-system-running", "--wait"], check=False, timeout=seconds)
                state = done.stdout.decode().strip()
            except LabError:
                state = ""
            if state in {"running", "degraded"}:
                return state
            time.sleep(0.02)
        raise BootFailed(
            f"{self.name} did not boot within {seconds:.0f} seconds.", hint=f"Its console is in {self.log}."
        )

    def power_off(self, *, seconds: float = 20.0) -> None:
        """Switch it off cleanly; pull the plug when that takes longer than `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and (leader := self.leader) is not None:
            # Asked again each second: in its first instants systemd does not listen yet, and the signal is lost.
            processes.send(leader, POWEROFF)
            if processes.wait_until(lambda: not self.is_running, seconds=1):
                return
        self.kill()

    def kill(self) -> None:
        """Pull the plug: nothing inside is told. What was written to files stays."""
        leader, supervisor = self.leader, self.supervisor
        if leader is not None:
            processes.send(leader, signal.SIGKILL)
            if processes.wait_until(lambda: not self.is_running, seconds=5):
                return
        if supervisor is not None:
            processes.send(supervisor, signal.SIGKILL)
        cgroups.remove(self.netns)
        processes.wait_until(lambda: not self.is_running, seconds=5)

    def reboot(self) -> None:
        """Switch it off cleanly and on again, and wait until it has booted."""
        self.power_off()
        self.start()
        self.wait_until_booted()

    def argv_inside(self, argv: Sequence[str]) -> list[str]:
        """The outer command that runs `argv` inside as root, with a clean environment.

        Raises:
            NotRunning: the machine is off.
        """
        leader = self.leader
        if leader is None:
            raise NotRunning(f"{self.name} is off.", hint="Start it, or run the lab's up.")
        enter = [*cgroups.enter_prefix(leader), "nsenter", f"--target={leader}"]
        enter += ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"]
        settings = [
            f"{name}={value}" for name, value in {**CLEAN_ENVIRONMENT, "TERM": os.environ.get("TERM", "dumb")}.items()
        ]
        # The program ends with us: when we are killed at a time-out, nsenter dies and would leave it behind.
        return [*enter, "--", "env", "--ignore-environment", *settings, "setpriv", "--pdeathsig", "KILL", "--", *argv]

    def run(
        self,
        argv: Sequence[str],
        *,
        input: bytes | None = None,  # noqa: A002 - the word of subprocess.run
        timeout: float = 60,
        check: bool = True,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program inside as root, to its end.

        Raises:
            NotRunning: the machine is off.
            ProgramFailed: it ended with something else than 0, unless `check` is false; or took longer than `timeout` seconds.
        """
        called = f"{shlex.join(argv)} in {self.name}"
        return run(self.argv_inside(argv), input=input, timeout=timeout, check=check, called=called)

    def popen(self, argv: Sequence[str]) -> "subprocess.Popen[bytes]":
        """Start a program inside with pipes for its three streams. It ends when we do."""
        pipe = subprocess.PIPE
        return subprocess.Popen(self.argv_inside(argv), stdin=pipe, stdout=pipe, stderr=pipe)

    def write_file(self, path: str, content: bytes, *, mode: int = 0o644, owner: str = "root:root") -> None:
        """Write a file inside, whole or not at all; directories on the way are made. Works on a machine that is off."""
        argv = [*self._prefix(), "sh", "-c", _WRITE, "sh", path, f"{mode:o}", owner]
        run(argv, input=content, called=f"Writing {path} in {self.name}")

    def read_file(self, path: str) -> bytes:
        """Read a file inside. Works on a machine that is off."""
        return run([*self._prefix(), "cat", "--", path], called=f"Reading {path} in {self.name}").stdout

    def describe_failures(self) -> str:
        """The failed units and the end of the journal, for a person to read."""
        failed = self.run(["systemctl", "--failed", "--no-legend", "--plain"], check=False).stdout.decode()
        journal = self.run(["journalctl", "--no-pager", "--lines=50"], check=False).stdout.decode()
        return f"{failed}\n{journal}"

    def call(self, argv: Sequence[str]) -> int:
        """Run a program inside on our own terminal; answers its exit status."""
        return subprocess.call(self.argv_inside(argv))

    def shell(self) -> int:
        """Give the person at the terminal a root shell inside; answers its exit status."""
        return self.call(["bash", "--login"])

    def _prefix(self) -> list[str]:
        root = self._paths.root(self.name)
        if not self.is_running and root in storage.mounts_below(root):
            return ["chroot", str(root)]
        return self.argv_inside([])


def running(instance: str) -> list[str]:
    """The names of the machines of an instance that run now, also when their directories are gone."""
    start = f"--machine=essaim-{instance}-"
    pids = processes.find(lambda argv: Path(argv[0]).name == NSPAWN)
    words = [word for pid in pids for word in processes.arguments(pid) if word.startswith(start)]
    return [word.removeprefix(start) for word in words]
