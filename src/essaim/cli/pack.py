"""`essaim pack`: one archive with all that a machine runs of Essaim, made here and unpacked there below /opt."""

import tarfile
import tempfile
from pathlib import Path

import click

AGENT, MANAGER = "agent", "manager"


@click.command()
@click.argument("what", type=click.Choice([AGENT, MANAGER]))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: build/essaim-WHAT.tar.gz.")
def pack(*, what: str, output: Path | None) -> None:
    """Pack the agent, or the manager, with its libraries, for a Debian 12 machine.

    There, as root: tar --directory=/opt --extract --file=essaim-agent.tar.gz
    """
    from essaim.lab import deploy
    from essaim.lab.errors import LabError
    from essaim.lab.paths import CHECKOUT

    target = output or CHECKOUT / f"build/essaim-{what}.tar.gz"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            deploy.assemble(folder, role="manager" if what == MANAGER else "web")
            _add_commands(folder, what)
            _write(folder, target)
    except LabError as wrong:
        raise click.ClickException(f"{wrong}\n{wrong.hint}".rstrip()) from wrong
    click.echo(f"{target} ({target.stat().st_size / 2**20:.1f} MiB)")


def _add_commands(folder: Path, what: str) -> None:
    """`bin/essaim-agent`, and on the manager `bin/essaim`: what a person types there, with the libraries found."""
    modules = {"essaim-agent": "essaim.agent"} if what == AGENT else {"essaim": "essaim.cli"}
    (folder / "bin").mkdir()
    for name, module in modules.items():
        command = folder / "bin" / name
        paths = "PYTHONPATH=/opt/essaim/src:/opt/essaim/lib"
        command.write_text(f'#!/bin/sh\nexec env {paths} /usr/bin/python3 -m {module} "$@"\n')
        command.chmod(0o755)


def _write(folder: Path, target: Path) -> None:
    """Every file root's, readable by all; replaced whole, so that a broken run leaves the archive of before."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    new = target.with_name(f".{target.name}.new")
    with tarfile.open(new, "w:gz", compresslevel=6) as packed:
        packed.add(folder, "essaim", filter=plain)
    new.replace(target)
