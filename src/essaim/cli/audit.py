"""`essaim audit ...`: who did what, about what, when, from where. For the team."""

import click

from essaim.cli.errors import CommandError
from essaim.cli.shown import Session, listing, moment, speaks, table


@click.group()
def audit() -> None:
    """Read and verify the audit trail (team)."""


@audit.command("list")
@click.option("--about", default="", help="Kind and key: site/www.example.org, machine/web1, client/garden ...")
@click.option("--client", default="", help="A client's identifier.")
@listing
@speaks
def list_(session: Session, *, about: str, client: str, limit: int) -> None:
    """The trail, newest first."""
    kind, _slash, key = about.partition("/")
    lines, more = session.api.items("/audit", limit=limit, about_kind=kind, about_key=key, client=client)
    rows = [
        (
            str(one["id"]),
            moment(one["at"]),
            one["code"],
            f"{one['about_kind']}/{one['about_key']}",
            one["who"],
            one["origin"],
            one["reason"],
        )
        for one in lines
    ]
    titles = ("LINE", "WHEN", "WHAT", "ABOUT", "WHO", "FROM", "REASON")
    session.show(lines, lambda: table(titles, rows, more=more))


@audit.command()
@speaks
def verify(session: Session) -> None:
    """Recompute every hash of the chain. Exit code 1 when it does not hold."""
    chain = session.api.get("/audit/verify")
    if not chain["holds"]:
        raise CommandError(
            f"The chain breaks at line {chain['first_broken']}: it is not as it was written.",
            hint="Compare with a backup from before, and with heads noted elsewhere.",
            code="cli.audit_broken",
            problem=chain if session.as_json else None,
        )
    session.show(chain, lambda: click.echo(f"The chain holds: {chain['lines']} lines."))


@audit.command()
@speaks
def head(session: Session) -> None:
    """The newest line's hash, to be noted elsewhere."""
    newest = session.api.get("/audit/head")
    session.show(newest, lambda: click.echo(f"{newest['id']} {newest['hash']}"))
