"""An instance of the lab: its machines, its network, its storage, brought up and taken down as one."""

import fcntl
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from essaim.lab import cgroups, deploy, forwards, image, machine_files, network, recipe, storage
from essaim.lab.errors import AlreadyRunning, Busy, LabError, NotRunning
from essaim.lab.forwards import Forward
from essaim.lab.machine import Machine, running
from essaim.lab.paths import DEFAULT, InstancePaths, MachineName, lab_dir
from essaim.lab.programs import Progress, part, run, silent
from essaim.lab.resolver import Resolver

ACCOUNTS_BYTES = 16 * 2**30  # sparse: it takes what is written


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """One machine, as it is now."""

    name: str
    is_running: bool
    address4: str
    address6: str


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """One instance, as it is now. No machines: it was never made, or was reset."""

    instance: str
    machines: list[MachineStatus]
    forwards: list[Forward]

    @property
    def is_running(self) -> bool:
        return any(machine.is_running for machine in self.machines)


class Lab:
    """One instance, by name. Making the object touches nothing."""

    def __init__(self, instance: str) -> None:
        self.paths = InstancePaths(instance)

    def __repr__(self) -> str:
        return f"<Lab {self.instance}>"

    @property
    def instance(self) -> str:
        return self.paths.instance

    @property
    def resolver(self) -> Resolver:
        """The names inside the lab."""
        return Resolver(self.machine("outside1"))

    def machine(self, name: str) -> Machine:
        """A machine of this instance by name; it need not run.

        Raises:
            ValueError: no name of a machine.
        """
        return Machine(self.paths, MachineName.parse(name))

    @property
    def machines(self) -> list[Machine]:
        """The machines this instance has had since its last reset, and any that runs."""
        directory = self.paths.home / "machines"
        names = {path.name for path in directory.iterdir()} if directory.is_dir() else set()
        return [self.machine(name) for name in sorted(names | set(running(self.instance)))]

    def up(
        self,
        machines: Iterable[MachineName | str] = DEFAULT,
        *,
        progress: Progress = silent,
        accounts_bytes: int = ACCOUNTS_BYTES,
    ) -> None:
        """Boot the machines, all at once, and wait until they have booted. Builds what is missing first.

        What the machines wrote in an earlier run is there again. An instance that a crash left half up is taken down first.

        Raises:
            AlreadyRunning: a machine of this instance runs.
            Busy: another process is at it.
            BootFailed: a machine did not come; the others stay as they are, for you to look at.
        """
        names = [MachineName.parse(str(name)) for name in machines]
        with self._locked():
            self.refuse_when_running()
            digest = self._ensure_image(part(progress, 0.0, 0.8))
            deploy.ensure_libraries(part(progress, 0.8, 0.9))
            progress("Preparing machines and network", 0.9)
            self._take_down()
            deploy.refresh(self.paths)
            network.write_names(self.paths, MachineName("outside", 1))
            network.ensure_switch(self.paths)
            self._boot(names, digest, accounts_bytes, progress)
        progress("The machines have booted.", 1.0)

    def add(self, name: MachineName | str, *, accounts_bytes: int = ACCOUNTS_BYTES) -> Machine:
        """Boot one more machine in an instance that is up.

        Raises:
            NotRunning: the instance is down.
        """
        if not self.status().is_running:
            raise NotRunning(f"The instance {self.instance} is down.", hint="Bring it up first.")
        with self._locked():
            parsed = MachineName.parse(str(name))
            self._boot([parsed], self.paths.image_note.read_text(), accounts_bytes, silent)
        return self.machine(str(parsed))

    def rebuild(self, name: MachineName | str, *, accounts_bytes: int = ACCOUNTS_BYTES) -> Machine:
        """Lose a machine, disks and all, and boot a new one in its place, with its name and addresses and nothing else.

        Raises:
            NotRunning: the instance is down.
        """
        if not self.status().is_running:
            raise NotRunning(f"The instance {self.instance} is down.", hint="Bring it up first.")
        machine = self.machine(str(name))
        with self._locked():
            machine.kill()
            cgroups.remove(machine.netns)
            storage.remove(self.paths, machine.name)
            self._boot([machine.name], self.paths.image_note.read_text(), accounts_bytes, silent)
        return machine

    def down(self) -> None:
        """Switch the machines off cleanly and remove what runs: processes, mounts, namespaces, groups. Their disks stay."""
        with self._locked():
            self._take_down()

    def reset(self) -> None:
        """Take the instance down and forget it, disks included. The image stays."""
        with self._locked():
            self._take_down()
            if self.paths.home.exists():
                shutil.rmtree(self.paths.home)

    def status(self) -> InstanceStatus:
        """What is there now, looked up."""
        machines = [MachineStatus(str(m.name), m.is_running, m.address4, m.address6) for m in self.machines]
        return InstanceStatus(self.instance, machines, forwards.active(self.paths))

    def refuse_when_running(self) -> None:
        """Raise `AlreadyRunning`, with where the instance answers, when a machine of it runs."""
        status = self.status()
        if status.is_running:
            where = [forward.address for forward in status.forwards] or [
                f"{m.name} at {m.address4}" for m in status.machines if m.is_running
            ]
            raise AlreadyRunning(
                f"The instance {self.instance} is up: {', '.join(where)}.",
                hint=f"Take it down first: python -m essaim.lab --instance {self.instance} down",
            )

    def refresh_code(self) -> None:
        """Copy our sources again; what runs sees them when it is started anew."""
        deploy.refresh(self.paths)

    def forward(self, port: int, machine: str, machine_port: int) -> Forward:
        """Lead 127.0.0.1:`port` of the outer machine to `machine_port` of a machine. Ends with `down`.

        Raises:
            LabError: forwarded already.
            NotReady: the port is taken.
        """
        return forwards.start(self.paths, port, MachineName.parse(machine), machine_port)

    def outside_argv(self, machine: str, argv: Sequence[str]) -> list[str]:
        """The command that runs a program of the outer machine in a machine's network, with the lab's names."""
        return network.outside_argv(self.paths, self.machine(machine).netns, argv)

    def outside_exec(
        self,
        machine: str,
        argv: Sequence[str],
        *,
        input: bytes | None = None,  # noqa: A002 - the word of subprocess.run
        timeout: float = 120,
        check: bool = True,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program of the outer machine (curl, wrk, Chromium) in a machine's network, to its end."""
        outer = self.outside_argv(machine, argv)
        called = f"{shlex.join(argv)} beside {machine}"
        return run(outer, input=input, timeout=timeout, check=check, env=dict(os.environ), called=called)

    def _ensure_image(self, progress: Progress) -> str:
        note = self.paths.image_note
        if note.is_file() and image.is_built(note.read_text()):
            if note.read_text() != recipe.digest():
                progress(f"{self.instance} keeps the image it was made on; reset it to get the new one", 1.0)
            return note.read_text()  # an overlay cannot change what it lies on
        if note.is_file():
            raise LabError(f"The image of {self.instance} is gone.", hint=f"Reset the instance {self.instance}.")
        digest = image.ensure(progress)
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(digest)
        image.remove_unused({path.read_text() for path in (lab_dir() / "instances").glob("*/image")})
        return digest

    def _boot(self, names: Sequence[MachineName], digest: str, accounts_bytes: int, progress: Progress) -> None:
        for name in names:
            network.ensure_machine(self.paths, name)
            storage.ensure_root(self.paths, name, digest)
            if name.role == "web":
                storage.ensure_accounts(self.paths, name, size_bytes=accounts_bytes)
            machine_files.ensure(self.paths, name, digest)
        booting = [Machine(self.paths, name) for name in names]
        for machine in booting:
            machine.start()
        progress("Booting", 0.95)
        with ThreadPoolExecutor(len(booting)) as pool:
            list(pool.map(lambda machine: machine.wait_until_booted(), booting))

    def _take_down(self) -> None:
        forwards.stop_all(self.paths)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda machine: machine.power_off(), self.machines))
        network.remove(self.paths)
        for machine in self.machines:
            cgroups.remove(machine.netns)
            shutil.rmtree(Path("/run/systemd/nspawn/propagate") / machine.netns, ignore_errors=True)
        storage.unmount(self.paths)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.paths.lock.parent.mkdir(parents=True, exist_ok=True)
        with self.paths.lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(
                    f"Another process is bringing {self.instance} up or down.",
                    hint="Wait for it to end, then try again.",
                ) from None
            yield
