"""`essaim manager install`: makes this machine the manager: users, folders, keys of the bus, settings, units. Twice is once."""

import grp
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from essaim.bus.authority import Authority

PACKAGE = Path(__file__).resolve().parents[1]
UNITS = {
    "essaim-bus.service": PACKAGE / "bus/essaim-bus.service",
    "essaim-manager.service": PACKAGE / "manager/essaim-manager.service",
    "essaim-worker.service": PACKAGE / "manager/essaim-worker.service",
    "essaim-mail.service": PACKAGE / "manager/essaim-mail.service",
}
STATE = Path("/var/lib/essaim")
BUS = STATE / "bus"
SETTINGS = Path("/etc/essaim/manager.env")
BUS_PORT = 4222


@click.command()
@click.option(
    "--origin", required=True, help="The Manager's address as people type it, such as https://manager.example.org."
)
@click.option(
    "--address", "addresses", multiple=True, required=True, help="Name or address of this machine; may be repeated."
)
@click.option("--house", default="Essaim", show_default=True, help="The association's name.")
@click.option("--colour", default="#b45309", show_default=True, help="The association's colour.")
@click.option(
    "--acme-directory",
    "acme_directories",
    multiple=True,
    help="Directory URL of a certificate authority (RFC 8555), the preferred one first; may be repeated. "
    "#KEYID behind it if it asks for an external account binding. None: no certificates.",
)
@click.option("--acme-contact", default="", help="E-mail of the certificate authority's account.")
@click.option(
    "--second-factor",
    type=click.Choice(["team", "asked"]),
    default="team",
    show_default=True,
    help="team: everybody of the team signs in with a second factor. asked: they are reminded.",
)
@click.option("--fetch", default="", help="Of a demo: the command that fetches a site, {name} in its place.")
@click.option(
    "--listen",
    default="127.0.0.1:8000",
    show_default=True,
    help="Where the Manager listens; a web server with TLS stands in front.",
)
def install(
    *,
    origin: str,
    addresses: tuple[str, ...],
    house: str,
    colour: str,
    acme_directories: tuple[str, ...],
    acme_contact: str,
    second_factor: str,
    fetch: str,
    listen: str,
) -> None:
    """Make this machine the manager: bus, Manager and worker under systemd. Safe to repeat: what exists is kept."""
    if os.geteuid() != 0:
        raise click.ClickException("Installing needs root: sudo essaim manager install ...")
    _ensure_user("essaim")
    _ensure_user("essaim-bus")
    _ensure_folders()
    _ensure_bus(addresses)
    _write_settings(
        {
            "ESSAIM_ORIGIN": origin,
            "ESSAIM_HOSTS": ",".join(addresses),
            "ESSAIM_BIND": listen,
            "ESSAIM_HOUSE": house,
            "ESSAIM_COLOUR": colour,
            "ESSAIM_BUS_URL": f"tls://{addresses[0]}:{BUS_PORT}",
            "ESSAIM_ACME_DIRECTORY": ",".join(acme_directories),
            "ESSAIM_ACME_CONTACT": acme_contact,
            "ESSAIM_SECOND_FACTOR": second_factor,
            "ESSAIM_FETCH": fetch,
        }
    )
    for name, source in UNITS.items():
        shutil.copyfile(source, Path("/etc/systemd/system") / name)
    _program(["systemctl", "daemon-reload"])
    _program(["systemctl", "enable", "--quiet", *UNITS])
    _program(["systemctl", "restart", *UNITS])
    click.echo(f"The manager is in service at {origin}. Next: essaim admin create EMAIL --name NAME")


def _program(argv: Sequence[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise click.ClickException(f"{' '.join(argv)} was refused: {done.stderr.strip()}")


def _ensure_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        _program(
            ["useradd", "--system", "--user-group", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name]
        )


def _folder(path: Path, *, owner: str, group: str, mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid)
    path.chmod(mode)


def _ensure_folders() -> None:
    _folder(STATE, owner="root", group="root", mode=0o755)
    _folder(STATE / "manager", owner="essaim", group="essaim", mode=0o750)
    _folder(BUS, owner="essaim", group="essaim-bus", mode=0o750)
    _folder(STATE / "bus-store", owner="essaim-bus", group="essaim-bus", mode=0o750)
    _folder(SETTINGS.parent, owner="root", group="root", mode=0o755)


def _ensure_bus(addresses: tuple[str, ...]) -> None:
    authority = Authority(BUS)
    if not authority.exists:
        authority.create(names=[*addresses, "localhost", "127.0.0.1", "::1"])
    authority.write_server_config(listen=f"[::]:{BUS_PORT}", store=STATE / "bus-store")
    essaim, bus = pwd.getpwnam("essaim").pw_uid, grp.getgrnam("essaim-bus").gr_gid
    for path in [BUS, *BUS.rglob("*")]:
        in_keys = "keys" in path.relative_to(BUS).parts
        os.chown(path, essaim, pwd.getpwnam("essaim").pw_gid if in_keys else bus)
    (BUS / "server").chmod(0o2750)  # set-group-id: what the manager writes there later, the bus can read


def _write_settings(settings: dict[str, str]) -> None:
    """Settings that exist already and are not given here stay as the operator wrote them."""
    kept = {}
    if SETTINGS.exists():
        pairs = (line.partition("=") for line in SETTINGS.read_text().splitlines() if "=" in line and line[0] != "#")
        kept = {name: value for name, _equals, value in pairs}
    kept.update(settings)
    text = "# Settings of the Manager, read at its start. What they mean: docs/operator.md.\n"
    SETTINGS.write_text(text + "".join(f"{name}={value}\n" for name, value in kept.items()))
    SETTINGS.chmod(0o640)
    shutil.chown(SETTINGS, "root", "essaim")


if __name__ == "__main__":
    install(sys.argv[1:])
