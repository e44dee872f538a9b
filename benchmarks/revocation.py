"""From revoking certificates to being refused on every machine: real ones with sshd, the rest agents with the same door and no sshd.

The agents run on the machine outside, each with a root and a credential of its own: they hear by the bus, write what they are told and
hold their lease as any other. Whether one refuses is asked of the door's own code, by the files that it goes by.
"""

import json
import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.harness import as_manager
from benchmarks.rows import Row, at_most
from essaim.lab.machine import Machine
from essaim.lab.platform import PYTHON, Platform

SIZE = 100
ROUNDS = 5
LIMIT_S = 5
AT_ONCE = 50
"""Most machines of one certificate."""

AGENTS = """
# these are the agents of a benchmark
import json, os, pathlib, subprocess, sys, time
from essaim.agent.enrol import enrol
from essaim.agent.machine import Paths
from essaim.agent.ssh.places import Places
import essaim.agent.main as agent
for name, token in json.load(sys.stdin).items():
    root = pathlib.Path("/srv/agents", name)
    spots = Places(root)
    for folder in (spots.etc, spots.comings, spots.sessions, root / "etc/userdb", root / "srv/essaim", root / "var/lib/essaim/agent"):
        folder.mkdir(parents=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", spots.etc / "host_key"], check=True)
    enrol("http://manager1.lab.test:8000", token, Paths(root))
    if os.fork() == 0:
        sys.stderr = sys.stdout = open(root / "log", "w")
        os._exit(agent.run(root))
while True:
    time.sleep(3600)
"""
WATCH = """
import json, pathlib, sys, time
from essaim.agent.ssh import certificate, door
from essaim.agent.ssh.places import Places
given = json.load(sys.stdin)
held = {name: (login, certificate.read(text)) for name, (login, text) in given.items()}
roots = {name: Places(pathlib.Path("/srv/agents", name)) for name in held}
until = time.time() + 60
while any(door._refused(*held[name], roots[name]) for name in held):
    if time.time() > until:
        sys.exit("not every agent lets in: " + str({name: door._refused(*held[name], roots[name]) for name in held}))
    time.sleep(0.05)
print("ready", flush=True)
refused = {}
while len(refused) < len(held) and time.time() < until:
    for name in held.keys() - refused.keys():
        if door._refused(*held[name], roots[name]):
            refused[name] = time.time()
    time.sleep(0.005)
print(json.dumps(refused), flush=True)
"""
CONFIRM = """
import django; django.setup()
from essaim.manager.keys import actions
from essaim.manager.people.models import Person
actions.confirm(Person.objects.order_by("id").first())
"""
REVOKE = """
import time, django; django.setup()
from essaim.manager.keys import actions
from essaim.manager.people.models import Person
began = time.time()
actions.revoke_all_of(Person.objects.order_by("id").first(), None)
print(began)
"""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: machines, one in ten of them real, two at least."""
    for number in range(2, size // 10):
        platform.enrol(platform.lab.add(f"outside{number}"))
    real = [machine for machine in platform.lab.machines if machine.name.role != "manager"]
    outside = platform.lab.machine("outside1")
    names = _agents(platform, outside, max(0, size - len(real)))
    taken = [_round(platform, outside, real, names) for _ in range(ROUNDS)]
    hung = _hung(platform, outside, names)
    what = f"revoked, and refused on {len(real)} machines and by {len(names)} agents"
    return [
        at_most(f"{what}, the slowest of {ROUNDS} rounds", max(taken), "s", LIMIT_S, compared=f"the quickest round: {min(taken):.2f} s"),
        at_most(f"the same where all {len(names)} agents hang: the lease ends", hung, "s", LIMIT_S),
    ]  # fmt: skip


def _agents(platform: Platform, outside: Machine, count: int) -> list[str]:
    names = [f"agent{n}" for n in range(count)]
    tokens = {}
    for name in names:
        platform.api.post("/machines", {"name": name, "roles": []})
        tokens[name] = platform.api.post(f"/machines/{name}/enrolment-token")["token"]
    outside.run(["mkdir", "-p", "/srv/agents"])
    process = outside.popen([*PYTHON, "-c", AGENTS])
    assert process.stdin is not None
    process.stdin.write(json.dumps(tokens).encode())
    process.stdin.close()
    return names


def _given(platform: Platform, names: list[str]) -> tuple[dict[str, Any], Path]:
    """Certificates for all of them, by name, and the key."""
    as_manager(platform, CONFIRM)
    folder = Path(tempfile.mkdtemp(prefix="essaim-bench-keys-"))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    public = (folder / "key.pub").read_text()
    found: dict[str, Any] = {}
    for n in range(0, len(names), AT_ONCE):
        machines = names[n : n + AT_ONCE]
        given = platform.api.post("/keys/certificates", {"machines": machines, "public_key": public})
        found |= dict.fromkeys(machines, given)
    return found, folder


def _round(platform: Platform, outside: Machine, real: list[Machine], names: list[str]) -> float:
    everyone = [*(str(machine.name) for machine in real), *names]
    platform.wait_for(
        lambda: all(_has_door(platform, name) for name in everyone), seconds=300, sentence="Not all let people in."
    )
    given, folder = _given(platform, everyone)
    watch = _watch(outside, {name: (given[name]["login"], given[name]["certificate"].split()[1]) for name in names})
    with ThreadPoolExecutor(len(real) + 1) as pool:
        waiting = [pool.submit(_refused_at, platform, machine, given[str(machine.name)], folder) for machine in real]
        time.sleep(3)  # each of them was in
        began = float(as_manager(platform, REVOKE).split()[-1])
        moments = [one.result() for one in waiting] + _told(watch)
    return max(moments) - began


def _has_door(platform: Platform, name: str) -> bool:
    found = platform.api.get(f"/machines/{name}")
    return bool(found["facts"].get("ssh_host_key")) and found["waiting"] == 0 and found["wishes"] > 0


def _watch(outside: Machine, held: dict[str, tuple[str, str]]) -> "subprocess.Popen[bytes]":
    watch = outside.popen([*PYTHON, "-c", WATCH])
    assert watch.stdin is not None
    assert watch.stdout is not None
    watch.stdin.write(json.dumps(held).encode())
    watch.stdin.close()
    assert watch.stdout.readline() == b"ready\n"
    return watch


def _told(watch: "subprocess.Popen[bytes]") -> list[float]:
    assert watch.stdout is not None
    moments: dict[str, float] = json.loads(watch.stdout.readline())
    watch.wait(timeout=10)
    return list(moments.values())


def _refused_at(platform: Platform, machine: Machine, given: dict[str, Any], folder: Path) -> float:
    """Come in by ssh again and again; when it was refused first."""
    name = str(machine.name)
    (folder / f"{name}-cert.pub").write_text(given["certificate"])
    (folder / "known_hosts").write_text(f"@cert-authority * {given['machines_authority']}\n")
    options = {
        "IdentityFile": folder / "key",
        "CertificateFile": folder / f"{name}-cert.pub",
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": folder / "known_hosts",
        "StrictHostKeyChecking": "yes",
        "HostKeyAlias": name,
        "BatchMode": "yes",
    }
    argv = ["ssh", "-F", "none", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
    outer = platform.lab.outside_argv("outside1", [*argv, "-l", given["login"], machine.address4, "true"])
    was_in = False
    until = time.monotonic() + 60
    while time.monotonic() < until:
        let_in = subprocess.run(outer, capture_output=True, check=False, env=dict(os.environ)).returncode == 0
        if was_in and not let_in:
            return time.time()
        was_in = was_in or let_in
    raise AssertionError(f"{name} never refused, or never let in")


def _hung(platform: Platform, outside: Machine, names: list[str]) -> float:
    """Every agent is stopped where it is; then the certificates are revoked."""
    given, _ = _given(platform, names)
    watch = _watch(outside, {name: (given[name]["login"], given[name]["certificate"].split()[1]) for name in names})
    outside.run(["pkill", "--signal", "STOP", "--full", "agents of a benchmark"])
    began = time.time()
    as_manager(platform, REVOKE)
    moments = _told(watch)
    outside.run(["pkill", "--signal", "CONT", "--full", "agents of a benchmark"])
    return max(moments) - began
