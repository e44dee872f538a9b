"""The machine that the lab's machines run on: what an instance leaves there, its network, a port of it, another process beside ours."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from essaim.lab import Lab, processes
from essaim.lab.paths import CHECKOUT


def traces(instance: str) -> dict[str, list[str]]:
    """All that an instance may leave in the kernel and in the system's directories."""
    mark = f"essaim-{instance}-"
    home = str(Lab(instance).paths.home)
    cgroup = subprocess.run(
        ["find", "/sys/fs/cgroup", "-name", f"{mark}*"], capture_output=True, text=True, check=False
    )
    return {
        "mounts": [m for m in Path("/proc/self/mountinfo").read_text().splitlines() if home in m or mark in m],
        "loops": [loop for loop in run("losetup", "--all", "--noheadings").splitlines() if home in loop],
        "namespaces": [name for name in run("ip", "netns").splitlines() if mark in name],
        "settings": [str(path) for path in Path("/etc").glob(f"netns/{mark}*")],
        "groups": cgroup.stdout.split(),
        "runtime": [str(path) for path in Path("/run/systemd/nspawn").glob(f"*/{mark}*")],
        "processes": [
            " ".join(processes.arguments(pid)) for pid in processes.find(lambda argv: mark in " ".join(argv))
        ],
    }


def run(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def starts(script: str) -> "subprocess.Popen[str]":
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT / "src")}
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=env)


def outer_network() -> str:
    """Its links, routes and packet filter, where there is one."""
    rules = run("nft", "list", "ruleset") if shutil.which("nft") else ""
    return run("ip", "-oneline", "link") + run("ip", "route") + run("ip", "-6", "route") + rules


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
