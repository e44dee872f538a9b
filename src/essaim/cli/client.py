"""`essaim client ...`: persons and organisations that buy services."""

import sys

import click

from essaim.cli.shown import Session, listing, moment, speaks, table


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
