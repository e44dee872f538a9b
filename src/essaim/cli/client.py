"""`essaim client ...`: persons and organisations that buy services."""

import sys

import click

from essaim.cli.shown import F, Session, listing, moment, speaks, table


@click.group()
def client() -> None:
    """List and create clients, and their people."""


@client.command("list")
@listing
@speaks
def list_(session: Session, *, limit: int) -> None:
    """The clients that you may see."""
    clients, more = session.api.items("/clients", limit=limit)
    rows = [(one["slug"], one["name"], one["language"], moment(one["created_at"])) for one in clients]
    session.show(clients, lambda: table(("CLIENT", "NAME", "LANGUAGE", "SINCE"), rows, more=more, nothing="No client."))


@client.command()
@click.argument("name")
@click.option("--slug", default="", help="Its identifier; empty: made from the name.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@speaks
def create(session: Session, name: str, *, slug: str, language: str) -> None:
    """Create a client (team)."""
    made = session.api.post("/clients", {"name": name, "slug": slug, "language": language})
    session.show(made, lambda: click.echo(f"{made['name']} is a client: {made['slug']}."))


@client.command()
@click.argument("slug")
@speaks
def people(session: Session, slug: str) -> None:
    """Who belongs to a client."""
    members = session.api.get(f"/clients/{slug}/people")["items"]
    rows = [(one["email"], one["name"], one["role"]) for one in members]
    session.show(members, lambda: table(("E-MAIL", "NAME", "ROLE"), rows, nothing="Nobody."))


@client.command("add-person")
@click.argument("slug")
@click.argument("email")
@click.option("--name", default="", help="Their name, for a new sign-in.")
@click.option("--role", type=click.Choice(["owner", "manager", "reader"]), default="owner", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read a password for a new sign-in from standard input.")
@speaks
def add_person(session: Session, slug: str, email: str, *, name: str, role: str, password_stdin: bool) -> None:
    """Give a person a place at a client; makes the sign-in if there is none (team)."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    body = {"email": email, "name": name, "role": role, "password": password}
    made = session.api.post(f"/clients/{slug}/people", body)
    session.show(made, lambda: click.echo(f"{made['email']} is {made['role']} of {slug}."))


def owning(command: F) -> F:
    """`--of`: whose name it is."""
    return click.option("--of", "owner", default="", help="The client whose name it is; needed if you have several.")(
        command
    )


def _owner(session: Session, owner: str) -> str:
    """The client that was named, or one's only one."""
    if owner:
        return owner
    mine = session.api.get("/me")["clients"]
    if len(mine) != 1:
        raise click.UsageError("Say whose name it is: --of CLIENT.")
    return str(mine[0])


@client.command()
@click.argument("name")
@click.option("--to", "guest", required=True, help="Identifier of the client that may have the name.")
@owning
@speaks
def consent(session: Session, name: str, *, guest: str, owner: str) -> None:
    """Let another client have a name under your domain, or one that looks like yours."""
    given = session.api.post(f"/clients/{_owner(session, owner)}/consents", {"name": name, "guest": guest})
    session.show(given, lambda: click.echo(f"{given['guest']} may have {given['name_unicode']} now."))


@client.command()
@owning
@speaks
def consents(session: Session, *, owner: str) -> None:
    """What a client consented to, and what others consented to for it."""
    found = session.api.get(f"/clients/{_owner(session, owner)}/consents")["items"]
    rows = [(one["name_unicode"], one["owner"], one["guest"], moment(one["at"])) for one in found]
    session.show(found, lambda: table(("NAME", "OF", "TO", "SINCE"), rows, nothing="No consent."))


@client.command()
@click.argument("name")
@click.option("--to", "guest", required=True, help="Identifier of the client that had the consent.")
@owning
@speaks
def withdraw(session: Session, name: str, *, guest: str, owner: str) -> None:
    """Withdraw a consent. What the other client already has, stays."""
    gone = session.api.post(f"/clients/{_owner(session, owner)}/consents/withdraw", {"name": name, "guest": guest})
    session.show(gone, lambda: click.echo(f"The consent to {name} is withdrawn. What {guest} already has, stays."))
