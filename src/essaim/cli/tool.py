"""`essaim tool ...`: what people sign in to with the Manager."""

from typing import Any

import click

from essaim.cli.shown import F, Session, facts, moment, speaks, table


@click.group()
def tool() -> None:
    """Tools that people sign in to with the Manager (team)."""


def _shown(one: dict[str, Any]) -> None:
    pairs = [("name", one["name"]), ("client id", one["key"]), ("secret", one.get("secret", ""))]
    pairs += [("issuer", one["issuer"]), ("come back to", ", ".join(one["redirect_uris"]))]
    pairs += [("groups", ", ".join(one["groups"])), ("told of sign-outs", one["logout_url"])]
    facts([*pairs, ("closed", moment(one["closed_at"]))])


def settings(command: F) -> F:
    """What may be said of a tool."""
    for option in (
        click.option("--redirect", "redirect_uris", multiple=True, help="Where people come back to; may be repeated."),
        click.option("--group", "groups", multiple=True, help="A group that may sign in; may be repeated."),
        click.option("--logout-url", default=None, help="Its back-channel logout address."),
    ):
        command = option(command)
    return command


@tool.command("list")
@speaks
def list_(session: Session) -> None:
    """Every tool."""
    tools = session.api.get("/tools")["items"]
    rows = [
        (one["name"], one["key"], "closed" if one["closed_at"] else "open", ", ".join(one["groups"])) for one in tools
    ]
    session.show(tools, lambda: table(("TOOL", "CLIENT ID", "STATE", "FOR"), rows, nothing="No tool."))


@tool.command()
@click.argument("key")
@speaks
def show(session: Session, key: str) -> None:
    """One tool, by its client ID."""
    one = session.api.get(f"/tools/{key}")
    session.show(one, lambda: _shown(one))


@tool.command()
@click.argument("name")
@settings
@speaks
def create(session: Session, name: str, *, logout_url: str | None, **given: Any) -> None:
    """Add a tool, and print its secret: it is shown this once."""
    made = session.api.post("/tools", {"name": name, "logout_url": logout_url or "", **given})
    session.show(made, lambda: _shown(made))


@tool.command()
@click.argument("key")
@click.option("--name", default=None)
@settings
@speaks
def change(session: Session, key: str, **given: Any) -> None:
    """Change a tool; what is not named stays."""
    changed = session.api.patch(
        f"/tools/{key}", {name: value for name, value in given.items() if value not in (None, ())}
    )
    session.show(changed, lambda: _shown(changed))


@tool.command()
@click.argument("key")
@speaks
def secret(session: Session, key: str) -> None:
    """Give a tool another secret, and print it: the one before opens nothing any more."""
    made = session.api.post(f"/tools/{key}/secret")
    session.show(made, lambda: _shown(made))


@tool.command()
@click.argument("key")
@click.option("--reason", required=True, help="Why nobody is to sign in to it.")
@speaks
def close(session: Session, key: str, *, reason: str) -> None:
    """Close a tool for good; everybody is signed out of it."""
    closed = session.api.post(f"/tools/{key}/close", {"reason": reason})
    session.show(closed, lambda: click.echo(f"{closed['name']} is closed."))
