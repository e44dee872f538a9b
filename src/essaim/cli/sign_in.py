"""`essaim login` and `whoami`: which Manager, and as whom."""

import sys

import click

from essaim.cli import profiles
from essaim.cli.calls import Api
from essaim.cli.shown import Session, facts, moment, speaks


@click.command()
@click.argument("url")
@click.option("--profile", default="default", show_default=True, help="Under which name to keep it.")
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input.")
def login(url: str, *, profile: str, token_stdin: bool) -> None:
    """Keep a Manager's address and your token, for root or you alone, in ~/.config/essaim/cli.toml.

    Make the token on the Manager's page of your tokens.
    """
    text = sys.stdin.readline() if token_stdin else click.prompt("Token", hide_input=True, err=True)
    found = profiles.Profile(url.rstrip("/"), text.strip())
    me = Api(found).get("/me")
    path = profiles.keep(profile, found)
    click.echo(f"You are {me['name']} <{me['email']}>. Kept in {path}.")


@click.command()
@speaks
def whoami(session: Session) -> None:
    """Who you are at the Manager, and what your token opens."""
    me = session.api.get("/me")

    def people() -> None:
        facts(
            (
                ("manager", session.api.profile.url),
                ("you", f"{me['name']} <{me['email']}>"),
                ("clients", "all: you are of the team" if me["is_team"] else ", ".join(me["clients"])),
                ("token", me["token"]),
                ("scopes", ", ".join(me["scopes"])),
                ("expires", moment(me["expires_at"]) or "never"),
            )
        )

    session.show(me, people)
