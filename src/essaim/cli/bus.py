"""`essaim bus init`: the keys of the bus, and its server's configuration."""

import os
from pathlib import Path

import click


@click.group()
def bus() -> None:
    """Make the keys of the bus, on the Manager's own machine."""


@bus.command()
@click.option("--directory", type=click.Path(path_type=Path), default=None, help="Where; ESSAIM_BUS_DIR otherwise.")
@click.option("--name", "names", multiple=True, help="Host name or address of the server; may be repeated.")
@click.option("--listen", default="[::]:4222", show_default=True, help="Where nats-server listens.")
@click.option("--store", type=click.Path(path_type=Path), default=Path("/var/lib/essaim/bus-store"), show_default=True)
def init(*, directory: Path | None, names: tuple[str, ...], listen: str, store: Path) -> None:
    """Make the keys once, and write nats-server's configuration. Keys that exist are kept; with --name the server's
    certificate is renewed.
    """
    from essaim.bus.authority import Authority

    path = directory or Path(os.environ.get("ESSAIM_BUS_DIR", "/var/lib/essaim/bus"))
    authority = Authority(path)
    everywhere = [*names, "localhost", "127.0.0.1", "::1"]
    if not authority.exists:
        authority.create(names=everywhere)
    elif names:
        authority.renew_server_certificate(names=everywhere)
    written = authority.write_server_config(listen=listen, store=store)
    click.echo(f"nats-server -c {written}")
