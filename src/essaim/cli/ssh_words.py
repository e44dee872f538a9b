"""How ssh is started with a certificate, by `essaim ssh` and by `essaim break-glass ssh`. Nothing that speaks to the Manager stands here."""

import os
import re
from pathlib import Path
from typing import Any

import click

from essaim.cli.errors import CommandError


class Duration(click.ParamType[int]):
    """`30m`, `1h`, `90s`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Seconds."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d{1,5})([smh])", str(value).strip())
        if not found:
            self.fail("write it as 30m, 1h or 8h", param, ctx)
        return int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def arguments(
    given: dict[str, Any], folder: Path, machine: str, *, address: str = "", command: tuple[str, ...] = ()
) -> list[str]:
    """What ssh is started with: one key, one authority for machines, and no question about either."""
    door: dict[str, Any] = next((one for one in given["doors"] if one["name"] == machine), {})
    where = address or door.get("address4") or door.get("address6")
    if not where:
        raise CommandError(f"Nobody knows the address of {machine}.", hint="Give --address.", code="cli.no_address")
    options = {
        "IdentityFile": folder / "key",
        "CertificateFile": folder / "key-cert.pub",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "UserKnownHostsFile": folder / "known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "UpdateHostKeys": "no",
        "HostKeyAlias": machine,
        "HostKeyAlgorithms": "ssh-ed25519-cert-v01@openssh.com",
        "PreferredAuthentications": "publickey",
        "LogLevel": "ERROR",
    }
    words = ["ssh", "-F", "none"]
    for name, value in options.items():
        words += ["-o", f"{name}={value}"]
    return [*words, "-l", given["login"], where, *command]


def write(path: Path, text: str) -> None:
    """A new file, for its owner alone."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
