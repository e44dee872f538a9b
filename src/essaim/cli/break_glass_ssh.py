"""`essaim break-glass ssh`: come into a machine with two sheets and the kit. Neither the Manager, its database nor the bus is needed.

The pass lies where `essaim ssh` keeps its own: in the private folder of this login's session, in memory, until it ends.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from essaim.break_glass import entry
from essaim.cli.break_glass_sheets import KIT, SHARES, key_of, read
from essaim.cli.errors import CommandError, Refused
from essaim.cli.ssh_words import Duration, arguments, write

NEARLY_OVER_S = 60
LONGEST_S = 8 * 3600


@click.command("ssh", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@SHARES
@click.option("--person", default="", help="Your name: machines write it down.")
@click.option("--for", "seconds", type=Duration(), default="1h", show_default=True, help="How long; 8h at most.")
@click.option("--address", default="", help="Another address of the machine than the kit knows.")
@click.option("--print", "is_printed", is_flag=True, help="Print how to start ssh, and start nothing.")
@KIT
@click.argument("machine")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def ssh(
    share: tuple[Path, ...],
    person: str,
    seconds: int,
    address: str,
    *,
    is_printed: bool,
    kit: Path,
    machine: str,
    command: tuple[str, ...],
) -> None:
    """Come into MACHINE with two sheets and the kit, as root, with nothing of the house alive but that machine.

    The pass is good for every machine of the kit, for an hour: the next time no words are asked for.
    """
    if not 60 <= seconds <= LONGEST_S:  # noqa: PLR2004 - a minute, in seconds
        raise Refused("A pass is good for one minute to eight hours.", code="cli.too_long")
    if shutil.which("ssh") is None:
        raise CommandError("ssh is not installed.", hint="Install OpenSSH's client.", code="cli.no_ssh")
    found = read(kit)
    if not found.get("authority") or not found.get("machines_authority"):
        raise Refused(
            "This kit opens no machine.", hint="Make a new one while the Manager lives.", code="cli.no_machines"
        )
    folder, is_kept = _folder_of(found)
    try:
        if not _is_kept_good(folder, machine):
            name = person.strip() or click.prompt("Your name", err=True)
            _make(folder, found, key_of(found, share), name=name, machine=machine, seconds=seconds)
        given = {"login": entry.LOGIN, "doors": found["machines"]}
        argv = arguments(given, folder, machine, address=address, command=command)
        if is_printed:
            is_kept = True
            click.echo(shlex.join(argv))
            return
        ended = subprocess.run(argv, check=False).returncode
    finally:
        if not is_kept:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(ended)


def _folder_of(kit: dict[str, Any]) -> tuple[Path, bool]:
    """Where the pass lies, and whether it stays there after ssh has ended."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not runtime or not Path(runtime).is_dir():
        return Path(tempfile.mkdtemp(prefix="essaim-glass-")), False
    own = re.sub(r"[^A-Za-z0-9]", "_", kit["authority"].split()[-1][-24:])
    folder = Path(runtime) / "essaim-ssh" / f"break-glass_{own}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder, True


def _is_kept_good(folder: Path, machine: str) -> bool:
    try:
        made: dict[str, Any] = json.loads((folder / "pass.json").read_text())
    except (OSError, ValueError):
        return False
    return machine in made["machines"] and made["until"] - time.time() > NEARLY_OVER_S


def _make(folder: Path, kit: dict[str, Any], key: str, *, name: str, machine: str, seconds: int) -> None:
    if entry.public_of(key) != kit["authority"]:
        raise Refused(
            "These sheets open the kit, and no machine: machines were told of another authority.",
            hint="Look for a newer kit.",
            code="cli.other_authority",
        )
    machines = list(dict.fromkeys([machine, *(one["name"] for one in kit["machines"])]))
    made = entry.signed(key, name=name, machines=machines, seconds=seconds)
    write(folder / "key", made.key)
    write(folder / "key-cert.pub", f"{made.certificate}\n")
    write(folder / "known_hosts", f"@cert-authority * {kit['machines_authority']}\n")
    named = machines[: entry.MACHINES_AT_ONCE]
    write(folder / "pass.json", json.dumps({"until": made.until, "serial": made.serial, "machines": named}))
    until = time.strftime("%H:%M", time.localtime(made.until))
    click.echo(f"{name.strip()} comes in as root until {until}. Each machine writes it down.", err=True)
