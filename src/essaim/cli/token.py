"""`essaim token ...`: your API tokens."""

from datetime import datetime

import click

from essaim.cli.shown import Session, moment, speaks, table


@click.group()
def token() -> None:
    """Your API tokens."""


@token.command("list")
@speaks
def list_(session: Session) -> None:
    """Your tokens, newest first, ended ones too."""
    tokens = session.api.get("/tokens", limit=200)["items"]
    rows = [
        (
            str(one["id"]),
            one["name"],
            one["prefix"] + "…",
            "revoked" if one["revoked_at"] else "valid",
            ", ".join(one["scopes"]),
            moment(one["expires_at"]) or "never",
            moment(one["last_used_at"]),
        )
        for one in tokens
    ]
    session.show(tokens, lambda: table(("ID", "NAME", "TOKEN", "STATE", "SCOPES", "EXPIRES", "LAST USED"), rows))


@token.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="sites:read, sites:write ...; may be repeated.")
@click.option("--expires", type=click.DateTime(), default=None, help="The day on which it ends, UTC.")
@speaks
def create(session: Session, name: str, *, scopes: tuple[str, ...], expires: datetime | None) -> None:
    """Make a token, and print its text: it is shown this once."""
    body = {"name": name, "scopes": list(scopes), "expires_at": f"{expires.isoformat()}Z" if expires else None}
    made = session.api.post("/tokens", body)
    session.show(made, lambda: click.echo(made["token"]))


@token.command()
@click.argument("id_", metavar="ID", type=int)
@speaks
def revoke(session: Session, id_: int) -> None:
    """End a token at once."""
    ended = session.api.post(f"/tokens/{id_}/revoke")
    session.show(ended, lambda: click.echo(f"{ended['name']} ({ended['prefix']}…) is revoked."))
