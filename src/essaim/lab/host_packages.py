"""The Debian packages the outer machine needs, installed without starting a daemon."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from essaim.lab.errors import NotReady, ProgramFailed
from essaim.lab.paths import lab_dir
from essaim.lab.programs import CLEAN_ENVIRONMENT, Progress, run

NEEDED = (
    "systemd",  # systemd-socket-proxyd; it need not be the first process
    "systemd-container",  # systemd-nspawn
    "mmdebstrap",
    "debian-archive-keyring",
    "btrfs-progs",
    "iproute2",
    "util-linux",
    "mount",
    "openssl",
    "ca-certificates",
    "curl",
)
POLICY = Path("/usr/sbin/policy-rc.d")
REFUSE = "#!/bin/sh\nexit 101\n"  # invoke-rc.d(8): 101 forbids the action


def missing() -> list[str]:
    """Those of `NEEDED` that are not installed."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\\n", *NEEDED]
    lines = run(query, check=False).stdout.decode().splitlines()
    installed = {line.split()[1] for line in lines if line.startswith("ii")}
    return [name for name in NEEDED if name not in installed]


def install(names: list[str], progress: Progress) -> None:
    """Install Debian packages. Two callers take turns, as apt would refuse the second.

    Raises:
        NotReady: apt refused; the sentence holds its reason.
    """
    progress(f"Installing {', '.join(names)}", 0.0)
    env = {**CLEAN_ENVIRONMENT, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        with _one_at_a_time(), no_daemon_starts():
            run(["apt-get", "update", "--quiet"], env=env, timeout=300)
            run(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *names], env=env, timeout=600)
    except ProgramFailed as failed:
        raise NotReady(
            f"Packages could not be installed. {failed}", hint=f"Run: apt-get install {' '.join(names)}"
        ) from failed


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    lock = lab_dir() / "packages.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def no_daemon_starts() -> Iterator[None]:
    """While inside, no package starts its daemon. A policy that was there before is left as it is."""
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text(REFUSE)
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)
