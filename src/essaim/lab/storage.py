"""What a machine stands on: an overlay over the image, and for a web machine a folder for sites and a btrfs file for the accounts.

The accounts have quotas, which ext4 has only with a kernel module that is often absent; btrfs brings its own.
"""

import os
import shutil
from functools import partial
from pathlib import Path

from essaim.lab import image, processes
from essaim.lab.errors import LabError
from essaim.lab.paths import InstancePaths, MachineName
from essaim.lab.programs import run

ESSAIM = "/srv/essaim"
"""Not on the overlay: following a link there costs several times what it costs on a file system of a machine's own."""
ACCOUNTS = f"{ESSAIM}/accounts"


def mounts_below(directory: Path) -> list[Path]:
    """The mount points at or below `directory`, deepest first."""
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    below = [Path(point.replace("\\040", " ")) for point in points]
    return sorted((path for path in below if path.is_relative_to(directory)), key=lambda p: len(p.parts), reverse=True)


def ensure_root(paths: InstancePaths, machine: MachineName, digest: str) -> None:
    """Mount the machine's file system; what it wrote earlier is there again."""
    home, root = paths.machine_home(machine), paths.root(machine)
    for directory in (home / "upper", home / "work", root):
        directory.mkdir(parents=True, exist_ok=True)
    if root in mounts_below(root):
        return
    layers = f"lowerdir={image.tree(digest)},upperdir={home / 'upper'},workdir={home / 'work'}"
    run(["mount", "-t", "overlay", "-o", layers, f"essaim-{paths.instance}-{machine}", str(root)])


def ensure_accounts(paths: InstancePaths, machine: MachineName, *, size_bytes: int) -> None:
    """Have the disk of sites, and on it the accounts' file system mounted; the first time, make a sparse file of `size_bytes` with quotas switched on."""
    file, point = paths.machine_home(machine) / "accounts.btrfs", paths.accounts(machine)
    point.mkdir(parents=True, exist_ok=True)
    (paths.disk(machine) / "accounts").mkdir(parents=True, exist_ok=True)
    if point in mounts_below(point):
        return
    is_new = not file.exists()
    if is_new:
        with file.with_suffix(".new").open("wb") as blank:
            blank.truncate(size_bytes)
        run(["mkfs.btrfs", "--quiet", "--metadata", "single", "--label", "accounts", str(blank.name)])
        os.rename(blank.name, file)  # noqa: PTH104 - a crash before this line leaves no half-made file system
    run(["mount", "-o", "loop,noatime", str(file), str(point)])  # the loop device goes with the mount
    run(["btrfs", "quota", "enable", str(point)])


def remove(paths: InstancePaths, machine: MachineName) -> None:
    """Unmount and remove the disks of one machine that is off.

    Raises:
        LabError: somebody is in there.
    """
    home = paths.machine_home(machine)
    _unmount_below(home)
    if home.exists():
        shutil.rmtree(home)


def unmount(paths: InstancePaths) -> None:
    """Unmount all that belongs to the instance.

    Raises:
        LabError: somebody is in there.
    """
    _unmount_below(paths.home)


def _unmount_below(directory: Path) -> None:
    for point in mounts_below(directory):
        # A process that was killed an instant ago may hold its files a little longer.
        if not processes.wait_until(partial(_is_unmounted, point), seconds=5):
            raise LabError(f"{point} is in use.", hint=f"Leave it, or look with: fuser --mount {point}")


def _is_unmounted(point: Path) -> bool:
    return run(["umount", str(point)], check=False).returncode == 0
