"""Essaim's own code in the machines: our sources, copied when asked, and the libraries, installed once for each list of them.

The copies are mounted read-only into the machines, so that editing the checkout does not disturb what runs.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from pathlib import Path

from essaim.lab import recipe
from essaim.lab.paths import CHECKOUT, InstancePaths, MachineName, lab_dir
from essaim.lab.programs import Progress, run, silent

TARGET = "/opt/essaim"
SOURCE = (
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "essaim",
    "requirements*",
    "docs",
    "tests",
    "benchmarks",
    "changelog.d",
)
"""What a packed Manager carries beside its package, to offer its whole source: see `essaim.manager.web.source`."""
AGENT_PARTS = ("__init__.py", "py.typed", "unanswered.py", "contract", "bus", "agent")
REQUIREMENTS = {"manager": "requirements.txt", "web": "requirements-agent.txt", "outside": "requirements-agent.txt"}


def libraries(role: str) -> Path:
    """Where the libraries for a machine of this role are, once `ensure_libraries` made them."""
    locked = (CHECKOUT / REQUIREMENTS[role]).read_bytes()
    return lab_dir() / "lib" / hashlib.sha256(locked + recipe.PYTHON.encode()).hexdigest()[:16]


def are_libraries_installed() -> bool:
    """Whether the locked libraries of every role are there."""
    return all(libraries(role).is_dir() for role in REQUIREMENTS)


def ensure_libraries(progress: Progress = silent) -> None:
    """Install the locked libraries of every role, each list once.

    Raises:
        ProgramFailed: pip refused: the registry is away, or a hash is not the locked one.
    """
    parent = lab_dir() / "lib"
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for role, requirements in REQUIREMENTS.items():
            target = libraries(role)
            if target.is_dir():
                continue
            progress(f"Installing the libraries of {requirements}", 0.0)
            building = parent / f".building-{target.name}"
            shutil.rmtree(building, ignore_errors=True)
            run([*_pip(), "--require-hashes", f"--target={building}", "-r", str(CHECKOUT / requirements)], timeout=600)
            building.rename(target)


def refresh(paths: InstancePaths) -> None:
    """Copy our sources for the machines of one instance. A file is replaced whole, so that a running machine sees old or new."""
    package = CHECKOUT / "src/essaim"
    _copy_tree(package, paths.code / "manager/essaim", parts=None)
    _copy_tree(package, paths.code / "agent/essaim", parts=AGENT_PARTS)


def assemble(folder: Path, *, role: str) -> None:
    """Put what a machine of `role` runs of Essaim into `folder`: `src` and `lib`, as they stand at /opt/essaim there."""
    ensure_libraries()
    parts = None if role == "manager" else AGENT_PARTS
    _copy_tree(CHECKOUT / "src/essaim", folder / "src/essaim", parts=parts)
    if role == "manager":
        _copy_source(folder)
    shutil.copytree(libraries(role), folder / "lib", symlinks=True, dirs_exist_ok=True)


def bind_arguments(paths: InstancePaths, machine: MachineName) -> list[str]:
    """systemd-nspawn's arguments that show the code at /opt/essaim."""
    source = paths.code / ("manager" if machine.role == "manager" else "agent")
    return [f"--bind-ro={source}:{TARGET}/src", f"--bind-ro={libraries(machine.role)}:{TARGET}/lib"]


def _pip() -> list[str]:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--root-user-action=ignore"]
    if f"{sys.version_info.major}.{sys.version_info.minor}" != recipe.PYTHON:
        pip += [f"--python-version={recipe.PYTHON}", "--only-binary=:all:"]  # the machines' Python, not this one's
    return pip


def _copy_tree(source: Path, target: Path, *, parts: tuple[str, ...] | None) -> None:
    wanted: set[Path] = set()
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if "__pycache__" in relative.parts or (parts is not None and relative.parts[0] not in parts):
            continue
        wanted.add(relative)
        if path.is_dir():
            (target / relative).mkdir(parents=True, exist_ok=True)
        else:
            _copy_file(path, target / relative)
    for path in sorted(target.rglob("*"), reverse=True):
        if path.relative_to(target) not in wanted:
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def _copy_source(folder: Path) -> None:
    for path in sorted(path for pattern in SOURCE for path in CHECKOUT.glob(pattern)):
        if path.is_dir():
            _copy_tree(path, folder / path.name, parts=None)
        else:
            _copy_file(path, folder / path.name)


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_file() and target.read_bytes() == source.read_bytes():
        return
    new = target.with_name(f".{target.name}.new")
    shutil.copy(source, new)
    os.replace(new, target)  # noqa: PTH105 - the name says that the old one is replaced
