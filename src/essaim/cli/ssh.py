"""`essaim ssh MACHINE`: come into a machine with a certificate of some hours.

The key is made here and never leaves this computer. It lies, with its certificate, in the private folder of this login's session
(XDG_RUNTIME_DIR, in memory) until the certificate ends; without such a folder, in one that is removed when ssh ends.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from essaim.cli.calls import Api
from essaim.cli.errors import CommandError, NotAllowed
from essaim.cli.shown import Session, speaks
from essaim.cli.ssh_words import Duration, arguments, write

NEARLY_OVER_S = 60


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("machine")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--role", type=click.Choice(["operator", "root"]), default="operator", show_default=True, help="What for."
)
@click.option("--for", "seconds", type=Duration(), default="1h", show_default=True, help="How long; 8h at most.")
@click.option("--reason", default="", help="Why; the role root needs one.")
@click.option("--new", is_flag=True, help="Ask for a new certificate although one is good.")
@click.option("--address", default="", help="Another address of the machine than the Manager knows.")
@speaks
def ssh(
    session: Session,
    machine: str,
    command: tuple[str, ...],
    *,
    role: str,
    seconds: int,
    reason: str,
    new: bool,
    address: str,
) -> None:
    """Come into a machine, or run COMMAND there. The machine is known by its certificate: nothing is asked about its key."""
    if shutil.which("ssh") is None:
        raise CommandError("ssh is not installed.", hint="Install OpenSSH's client.", code="cli.no_ssh")
    if role == "root" and not reason and sys.stdin.isatty():
        reason = click.prompt("Why root", err=True)
    folder, is_kept = _folder(session.api, machine, role)
    try:
        given = {} if new else _kept(folder, session.api)
        if not given:
            given = _asked(session.api, folder, machine, role, seconds, reason)
        argv = arguments(given, folder, machine, address=address, command=command)
        ended = subprocess.run(argv, check=False).returncode
    finally:
        if not is_kept:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(ended)


def _folder(api: Api, machine: str, role: str) -> tuple[Path, bool]:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", machine):
        raise CommandError(f"{machine!r} is not a machine's name.", hint="essaim machine list", code="cli.no_machine")
    if not runtime or not Path(runtime).is_dir():
        return Path(tempfile.mkdtemp(prefix="essaim-ssh-")), False
    host = re.sub(r"[^A-Za-z0-9.-]", "_", api.profile.url.partition("://")[2])
    folder = Path(runtime) / "essaim-ssh" / f"{host}_{machine}_{role}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder, True


def _kept(folder: Path, api: Api) -> dict[str, Any]:
    """The certificate of before, if the Manager still holds it good."""
    try:
        given: dict[str, Any] = json.loads((folder / "given.json").read_text())
    except (OSError, ValueError):
        return {}
    if datetime.fromisoformat(given["valid_until"]).timestamp() - time.time() < NEARLY_OVER_S:
        return {}
    try:
        return given if api.get(f"/keys/certificates/{given['serial']}")["is_valid"] else {}
    except CommandError:
        return {}


def _asked(api: Api, folder: Path, machine: str, role: str, seconds: int, reason: str) -> dict[str, Any]:
    private, public = _new_key()
    order = {"machines": [machine], "role": role, "seconds": seconds, "reason": reason, "public_key": public}
    given = _confirmed(api, order)
    write(folder / "key", private)
    write(folder / "key-cert.pub", given["certificate"] + "\n")
    write(folder / "known_hosts", f"@cert-authority * {given['machines_authority']}\n")
    write(folder / "given.json", json.dumps(given))
    until = datetime.fromisoformat(given["valid_until"]).astimezone()
    click.echo(f"{given['login']} as {role} on {machine} until {until:%H:%M}.", err=True)
    return given


def _confirmed(api: Api, order: dict[str, Any]) -> dict[str, Any]:
    """The Manager's answer; it asks first whether it is you, in the browser or by a code."""
    try:
        given: dict[str, Any] = api.post("/keys/certificates", order)
    except NotAllowed as refused:
        if refused.code != "keys.not_confirmed" or not sys.stdin.isatty():
            raise
        click.echo(f"{refused} {refused.hint}", err=True)
        code = click.prompt("Code, or Enter once you have confirmed", default="", show_default=False, err=True)
        given = api.post("/keys/certificates", {**order, "code": code.strip()})
    return given


def _new_key() -> tuple[str, str]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
