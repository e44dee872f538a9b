"""What must be so before the lab touches anything. Each check is a question with one sentence for a no, and what to do about it."""

import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from essaim.agent.engines import archives
from essaim.agent.errors import AgentError
from essaim.lab import cgroups, deploy, forwards, host_packages, image
from essaim.lab.errors import NotReady
from essaim.lab.instance import Lab
from essaim.lab.paths import CHECKOUT, lab_dir
from essaim.lab.programs import Progress, run, silent

RELEASES = ("12", "13")
BYTES_FOR_IMAGE = 3 * 2**30
BYTES_FOR_INSTANCE = 2**29


def preflight(instance: str, *, ports: Iterable[int] = (), progress: Progress = silent) -> None:
    """Refuse, before anything is touched, what could not succeed; then install the Debian packages that are missing.

    Raises:
        NotReady: with the sentence of the first check that said no.
        AlreadyRunning: the instance is up; the sentence holds its address.
    """
    lab = Lab(instance)
    root()
    release()
    kernel()
    control_groups()
    lab.refuse_when_running()
    ours = {forward.port for forward in lab.status().forwards}  # what a crash left; `up` ends it
    for port in set(ports) - ours:
        port_is_free(port)
    disk()
    missing = host_packages.missing()
    if missing or not image.is_built():
        archive()
    if not deploy.are_libraries_installed():
        registry()
    if missing:
        host_packages.install(missing, progress)


def root() -> None:
    """Namespaces and mounts are root's."""
    if os.geteuid() != 0:
        raise NotReady("The lab needs root: it makes namespaces and mounts.", hint="Put sudo before the command.")


def release() -> None:
    """The packages and their names are Debian's."""
    found = platform.freedesktop_os_release()
    if found.get("ID") != "debian" or found.get("VERSION_ID") not in RELEASES:
        name = found.get("PRETTY_NAME", "an unknown system")
        raise NotReady(
            f"This is {name}; the lab needs Debian 12 or 13.", hint="Use a machine, or a virtual one, with Debian 12."
        )


def kernel() -> None:
    """Machines stand on overlays, accounts on btrfs."""
    known = Path("/proc/filesystems").read_text().split()
    for name in ("overlay", "btrfs"):
        loadable = (
            shutil.which("modprobe") and run(["modprobe", "--dry-run", "--quiet", name], check=False).returncode == 0
        )
        if name not in known and not loadable:
            raise NotReady(f"The kernel has no {name} file system.", hint="Boot Debian's own kernel, which has it.")


def control_groups() -> None:
    """systemd in the machines needs cgroup2."""
    if cgroups.mount_point() is None:
        raise NotReady(
            "cgroup2 is not mounted on this machine.", hint="Run: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"
        )


def port_is_free(port: int) -> None:
    """Where the Manager will answer."""
    if not forwards.is_free(port):
        raise NotReady(f"Port {port} is taken by another program.", hint="Stop that program, or choose another port.")


def disk() -> None:
    """An image takes 1 GB, and as much again while it is built; libraries and machines take the rest."""
    needed = BYTES_FOR_INSTANCE if image.is_built() else BYTES_FOR_IMAGE
    place = next(path for path in (lab_dir(), *lab_dir().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise NotReady(
            f"{place} has {free / 2**30:.1f} GB free; the lab needs {needed / 2**30:.1f} GB.",
            hint="Make room, or set ESSAIM_LAB_DIR to a directory on a larger disk.",
        )


def archive() -> None:
    """Debian's archive answers, asked as apt is configured to ask."""
    try:
        source = archives.read()[0]
    except AgentError as wrong:
        raise NotReady(wrong.sentence, hint=wrong.advice) from wrong
    with tempfile.TemporaryDirectory() as directory:
        uri = f"{source.uri.rstrip('/')}/dists/{source.suite}/InRelease"
        helper = [
            "/usr/lib/apt/apt-helper",
            "-oAcquire::Retries=0",
            "-oAcquire::http::Timeout=10",
            "-oAcquire::https::Timeout=10",
        ]
        done = run([*helper, "download-file", uri, f"{directory}/InRelease"], check=False)
    if done.returncode != 0:
        raise NotReady(
            "Debian's archive does not answer.",
            hint="Check the network, and that apt-get update succeeds, then try again.",
        )


def registry() -> None:
    """The Python package registry answers, asked as pip is configured to ask."""
    locked = (CHECKOUT / "requirements-agent.txt").read_text()
    first = re.findall(r"^msgspec==\S+", locked, re.MULTILINE) or ["msgspec"]
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--root-user-action=ignore",
        "--retries=1",
        "--timeout=10",
    ]
    done = run([*pip, "--dry-run", "--no-deps", "--ignore-installed", first[0]], check=False)
    if done.returncode != 0:
        raise NotReady(
            "The Python package registry does not answer.", hint="Check the network and pip's settings, then try again."
        )
