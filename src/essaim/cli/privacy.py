"""`essaim privacy ...`: your own data."""

import time
from pathlib import Path

import click

from essaim.cli.shown import Session, moment, speaks, table

WAITED_S = 300


@click.group()
def privacy() -> None:
    """Your own data: take it with you, have it erased, say yes and no."""


@privacy.command()
@click.option("--client", default="", help="A client that you own; empty: your own data.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Where to put the ZIP.")
@speaks
def export(session: Session, *, client: str, output: Path | None) -> None:
    """Fetch everything that is held of you, or of a client, as a ZIP of JSON."""
    made = session.api.post("/privacy/exports", {"client": client})
    ends = time.monotonic() + WAITED_S
    while made["ready_at"] is None and time.monotonic() < ends:
        time.sleep(2)
        made = next(one for one in session.api.get("/privacy/exports")["items"] if one["id"] == made["id"])
    if made["ready_at"] is None:
        click.echo("It is being prepared: a letter tells you when it is ready.")
        return
    path = output or Path(f"essaim-{client or 'me'}.zip")
    path.touch(mode=0o600)
    path.write_bytes(session.api.get_file(f"/privacy/exports/{made['id']}/file"))
    session.show(made, lambda: click.echo(f"{made['rows']} entries in {path}."))


@privacy.command()
@click.option("--stop", is_flag=True, help="Think better of it.")
@click.option("--confirm", default="", metavar="EMAIL", help="Your e-mail: do it. Without, what it would do is shown.")
@speaks
def erase(session: Session, *, stop: bool, confirm: str) -> None:
    """Show what erasing you would do, do it, or stop it."""
    if stop:
        told = session.api.post("/privacy/erasure/stop")
    elif confirm:
        told = session.api.post("/privacy/erasure", {"confirm": confirm})
    else:
        told = session.api.get("/privacy/erasure")

    def people() -> None:
        table(
            ("WHAT FOR", "ENTRIES", "BECOMES"),
            [(one["purpose"], str(one["rows"]), one["how"]) for one in told["lines"]],
        )
        click.echo(f"\nName and e-mail are kept sealed until {moment(told['identity_kept_until'])}, as the law asks.")
        if told["is_under_way"]:
            click.echo(f"You are erased on {moment(told['due_at'])}. To stop it: essaim privacy erase --stop")
        elif told["refused_because"]:
            click.echo(told["refused_because"])
        else:
            click.echo("Nothing is under way. To do it: essaim privacy erase --confirm YOUR-EMAIL")

    session.show(told, people)


@privacy.command()
@click.option("--dry-run", is_flag=True, required=True, help="Nothing else is done here: the worker forgets at night.")
@speaks
def retention(session: Session, *, dry_run: bool) -> None:  # noqa: ARG001 - says aloud that nothing is changed
    """What tonight forgets: counted, not changed (team)."""
    going = session.api.get("/privacy/retention")["items"]
    rows = [(one["model"], one["kept"], str(one["rows"]), moment(one["oldest"])) for one in going]
    session.show(going, lambda: table(("MODEL", "KEPT", "WOULD GO", "OLDEST"), rows))


@privacy.command()
@speaks
def register(session: Session) -> None:
    """What is held of people, for what and how long."""
    held = session.api.get("/privacy/register")["items"]
    rows = [(one["model"], one["purpose"], one["ground"], one["kept"], one["when_erased"]) for one in held]
    session.show(held, lambda: table(("MODEL", "WHAT FOR", "GROUND", "KEPT", "WHEN ERASED"), rows))


@privacy.command()
@click.option("--yes", "given", default="", metavar="PURPOSE", help="Agree.")
@click.option("--no", "withdrawn", default="", metavar="PURPOSE", help="Agree no longer.")
@speaks
def consents(session: Session, *, given: str, withdrawn: str) -> None:
    """What you agreed to beyond the contract; say yes or no."""
    if given:
        session.api.post(f"/privacy/consents/{given}/give")
    if withdrawn:
        session.api.post(f"/privacy/consents/{withdrawn}/withdraw")
    asked = session.api.get("/privacy/consents")["items"]
    rows = [(one["purpose"], one["title"], moment(one["given_at"]) or "no") for one in asked]
    session.show(asked, lambda: table(("PURPOSE", "WHAT", "YES SINCE"), rows))
