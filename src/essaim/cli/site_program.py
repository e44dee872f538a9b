"""`essaim site program`: a site's own program, shown, chosen, started anew, stopped, given up."""

from typing import IO, Any

import click

from essaim.cli.shown import Session, facts, moment, size, speaks, told

ACTS = {"restart": "program/restart", "stop": "program/stop", "start": "program/start", "drop": "program-drop"}


@click.command()
@click.argument("fqdn")
@click.option(
    "--node", default="", metavar="COMMAND", help="Run this with Node.js: a file of the site and its options."
)
@click.option("--python", default="", metavar="COMMAND", help="Run this with Python.")
@click.option("--set", "chosen", multiple=True, metavar="NAME=VALUE", help="A variable; may be repeated.")
@click.option(
    "--variables", type=click.File(), default=None, help="Variables from a file, NAME=VALUE a line; - reads them."
)
@click.option("--unset", "given_up", multiple=True, metavar="NAME", help="Take a variable away; may be repeated.")
@click.option("--health", default=None, metavar="PATH", help="Address that has to answer.")
@click.option(
    "--share", type=int, default=None, metavar="PERCENT", help="Of the account's memory and processes: 25, 50, 75."
)
@click.option("--always-on/--sleeps", default=None, help="Stay awake, or sleep when nobody asks.")
@click.option(
    "--act", type=click.Choice(list(ACTS)), default=None, help="Start it anew, stop it, start it, give it up."
)
@speaks
def program(
    session: Session,
    fqdn: str,
    *,
    node: str,
    python: str,
    chosen: tuple[str, ...],
    variables: IO[str] | None,
    given_up: tuple[str, ...],
    health: str | None,
    share: int | None,
    always_on: bool | None,
    act: str | None,
) -> None:
    """Show the program that answers for a site, or say which it is. What is not given stays.

    essaim site program shop.example.org --node server.js --set DATABASE=shop --always-on
    """
    if node and python:
        raise click.UsageError("Give --node or --python, not both.")
    lines = [*chosen, *(filter(None, map(str.strip, variables)) if variables else ())]
    environment = dict(map(_pair, lines)) | dict.fromkeys(given_up, "")
    given: dict[str, Any] = {"health": health, "share_percent": share, "always_on": always_on}
    change = {name: value for name, value in given.items() if value is not None}
    if act and (node or python or environment or change):
        raise click.UsageError("Give --act alone.")
    if act:
        answer = session.api.post(f"/sites/{fqdn}/{ACTS[act]}")
    elif node or python or environment or change:
        answer = session.api.post(
            f"/sites/{fqdn}/program", _order(session, fqdn, node, python) | change | {"environment": environment}
        )
    else:
        answer = session.api.get(f"/sites/{fqdn}/program")
    session.show(answer, lambda: _page(answer))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"Write NAME=VALUE, not {name!r}.")
    return name, value


def _order(session: Session, fqdn: str, node: str, python: str) -> dict[str, Any]:
    """What is there now, with the command that is given."""
    now = session.api.get(f"/sites/{fqdn}/program")
    names = ("runtime", "command", "health", "share_percent", "always_on")
    kept = {name: now[name] for name in names} if now["state"] != "none" else {}
    if node or python:
        return {**kept, "runtime": "node" if node else "python", "command": node or python}
    if not kept:
        raise click.UsageError("The site has no program yet: give --node or --python.")
    return kept


def _page(shown: dict[str, Any]) -> None:
    if shown["state"] == "none":
        click.echo(f"No program. The machine has: {', '.join(shown['runtimes']) or 'none'}.")
        return
    facts(
        (
            ("program", f"{shown['runtime']}: {shown['command']}"),
            ("state", shown["state"]),
            ("answers", "" if shown["answers"] else "not yet: the site is served as before"),
            ("since", moment(shown["since"])),
            ("memory", size(shown["memory_bytes"]) if shown["memory_bytes"] else ""),
            ("ended", f"{shown['restarts']} times by itself" if shown["restarts"] else ""),
            ("variables", ", ".join(shown["variables"])),
            ("health", shown["health"]),
            ("share", f"{shown['share_percent']} %"),
            ("asleep", "never" if shown["always_on"] else "when nobody asks"),
            ("looked at", moment(shown["looked_at"])),
        )
    )
    told(shown["sentence"], shown["advice"])
    if shown["lines"]:
        click.echo()
        click.echo("\n".join(shown["lines"]))
