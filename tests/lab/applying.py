"""Applies wishes on a machine of the lab with the agent's own resources, and no bus: each test sees one floor."""

import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from typing import Any

import msgspec

from essaim.contract import Account, Certificate, Content, Fqdn, Login, Probe, Site, Spec, encode
from essaim.lab.machine import Machine

_PYTHON = "PYTHONPATH=/opt/essaim/src:/opt/essaim/lib PYTHONPYCACHEPREFIX=/var/cache/essaim/python"
AGENT = ["env", *_PYTHON.split(), "python3"]
BLOBS = "/run/essaim-test-blobs"
DIRECTORY = "https://acme.lab.test:14000/dir"
PROOF = "p" * 26
_PROGRAM = f"""
import asyncio, json, pathlib, sys, time
from essaim.agent.errors import AgentError
from essaim.agent.machine import Config, Machine
from essaim.agent.resources import resources_for
from essaim.contract import KINDS, ProbeResult, decode
import msgspec

async def get_blob(upload, n):
    from essaim.bus.errors import BlobMissing
    try:
        return pathlib.Path("{BLOBS}", f"{{upload}}.{{n}}").read_bytes()
    except FileNotFoundError:
        raise BlobMissing("That chunk is not on the bus.") from None

async def one(resource, kind, act, machine):
    began = time.monotonic()
    try:
        if isinstance(act, str):
            done = resource.remove(act, erase=True, machine=machine)
        else:
            done = resource.apply(decode(json.dumps(act), KINDS[kind]), 1, machine)
        done = await done if resource.slow else done
        machine.systemd.settle()
        told = {{"facts": done.facts, "probes": [msgspec.to_builtins(probe) for probe in done.probes]}} if done else {{}}
    except AgentError as wrong:
        told = {{"code": wrong.code, "sentence": wrong.sentence}}
    return {{**told, "seconds": time.monotonic() - began}}

async def main():
    role, acts = json.load(sys.stdin)
    machine = Machine(Config(machine="test", roles=(role,)), get_blob=get_blob)
    resources = resources_for((role,))
    answers = []
    for group in acts:
        tasks = [one(resources[kind], kind, act, machine) for kind, act in group]
        answers += await asyncio.gather(*tasks)
    json.dump(answers, sys.stdout)

asyncio.run(main())
"""

REFUSED = """
import pathlib, shutil, sys
from essaim.agent import install
from essaim.agent.errors import PermanentError
from essaim.agent.machine import Config, Machine
shipped = pathlib.Path("/run/shipped")
shutil.copytree(install.SHIPPED, shipped, dirs_exist_ok=True)
(shipped / "nginx.conf").write_text("this is not nginx;")
install.SHIPPED = shipped
try:
    install.install(Machine(Config(machine="", roles=("web",))), start=True)
except PermanentError as refused:
    print(refused.code, refused.sentence)
"""
"""A new configuration that nginx refuses is installed; what is said of it."""


@dataclass(frozen=True)
class Told:
    """What became of one wish: facts, or a code and a sentence."""

    seconds: float
    facts: dict[str, Any] = field(default_factory=dict)
    probes: tuple[dict[str, Any], ...] = ()
    code: str = ""
    sentence: str = ""


def install(machine: Machine, role: str) -> None:
    """Put the machine into service for `role`, as an enrolment would."""
    machine.run([*AGENT, "-m", "essaim.agent", "install", "--roles", role])


def apply_together(machine: Machine, role: str, *groups: list[Spec]) -> list[Told]:
    """Apply the groups one after the other, the wishes of a group at the same time, all in one process."""
    acts = [[(spec.kind, json.loads(encode(spec))) for spec in group] for group in groups]
    return _run(machine, role, acts)


def apply(machine: Machine, role: str, *specs: Spec) -> list[Told]:
    """Apply wishes one after the other, in one process."""
    return apply_together(machine, role, *([spec] for spec in specs))


def erase(machine: Machine, role: str, *things: tuple[str, str]) -> list[Told]:
    """Have things, each a kind and a key, gone with their data."""
    return _run(machine, role, [[thing] for thing in things])


def apply_and_be_killed(machine: Machine, role: str, spec: Spec, *, after_s: float) -> None:
    """Apply a wish in a process that is killed after so long, wherever it is then."""
    argv = machine.argv_inside(["timeout", "--signal=KILL", str(after_s), *AGENT, "-c", _PROGRAM])
    acts = [[(spec.kind, json.loads(encode(spec)))]]
    subprocess.run(argv, input=json.dumps([role, acts]).encode(), capture_output=True, timeout=60, check=False)


def _run(machine: Machine, role: str, acts: Any) -> list[Told]:
    argv = machine.argv_inside([*AGENT, "-c", _PROGRAM])
    ran = subprocess.run(argv, input=json.dumps([role, acts]).encode(), capture_output=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return [Told(**told) for told in json.loads(ran.stdout)]


def account(login: str, uid: int, quota_bytes: int = 200_000_000) -> Account:
    """An account of a test."""
    return Account(login=Login(login), uid=uid, quota_bytes=quota_bytes, processes=50, memory_bytes=512_000_000)


def site(login: str, fqdn: str, *aliases: str, **changed: Any) -> Site:
    """A site of a test."""
    wanted = Site(fqdn=Fqdn(fqdn), account=Login(login), aliases=tuple(map(Fqdn, aliases)), proof=PROOF)
    return msgspec.structs.replace(wanted, **changed)


def certificate(fqdn: str, *aliases: str, directory: str = DIRECTORY) -> Certificate:
    """A certificate from the lab's authority."""
    return Certificate(fqdn=Fqdn(fqdn), names=tuple(map(Fqdn, (fqdn, *aliases))), directory=directory)


def content(login: str, fqdn: str, upload: str, data: bytes, **changed: Any) -> Content:
    """An upload of a test. Put its bytes on the machine with `put_blob`."""
    wanted = Content(
        fqdn=Fqdn(fqdn),
        account=Login(login),
        upload=upload,
        archive="zip",
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        chunks=1,
        unpacked_bytes_max=500_000_000,
    )
    return msgspec.structs.replace(wanted, **changed)


def put_blob(machine: Machine, upload: str, data: bytes) -> None:
    """Have an upload's bytes where the machine's bus would have them."""
    machine.write_file(f"{BLOBS}/{upload}.0", data)


def probe(web: Machine, login: str, fqdn: str, *aliases: str, **changed: Any) -> Probe:
    """What a prober is asked of a site on `web`."""
    wanted = Probe(
        fqdn=Fqdn(fqdn),
        account=Login(login),
        aliases=tuple(map(Fqdn, aliases)),
        proof=PROOF,
        site_revision=1,
        addresses=(web.address4, web.address6),
    )
    return msgspec.structs.replace(wanted, **changed)
