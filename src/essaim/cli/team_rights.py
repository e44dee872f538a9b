"""`essaim team rights|list|grant|confirm|refuse|withdraw|review`: who may what, and giving it by two people."""

from datetime import datetime
from typing import Any

import click

from essaim.cli.shown import Session, moment, speaks, table

why = click.option("--reason", required=True, help="Why: whoever it is about reads it.")
number = click.argument("number", type=int)


@click.command()
@speaks
def rights(session: Session) -> None:
    """What each right lets one do, and which groups and roles have it."""
    found = session.api.get("/team/rights")["items"]
    rows = [(one["name"], ", ".join(one["groups"]), ", ".join(one["roles"]), one["lets"]) for one in found]
    session.show(found, lambda: table(("RIGHT", "GROUPS", "ROLES", "LETS ONE"), rows))


@click.command("list")
@speaks
def list_(session: Session) -> None:
    """Who holds what, since when, until when, and when it is looked at next."""
    found = session.api.get("/team/grants")["items"]
    rows = [
        (
            str(one["id"]),
            one["email"],
            one["group"],
            one["state"],
            moment(one["since"]),
            moment(one["until"]) or "no end",
            moment(one["last_used_at"]),
            moment(one["review_due_at"]),
            one["reason"],
        )
        for one in found
    ]
    heads = ("ID", "PERSON", "GROUP", "STATE", "SINCE", "UNTIL", "LAST USED", "NEXT REVIEW", "REASON")
    session.show(found, lambda: table(heads, rows))


@click.command()
@click.argument("email")
@click.argument("group")
@why
@click.option("--until", type=click.DateTime(), default=None, help="When it ends, UTC.")
@speaks
def grant(session: Session, email: str, *, group: str, reason: str, until: datetime | None) -> None:
    """Propose that a person holds a group; another who may grant confirms it."""
    body = {"email": email, "group": group, "reason": reason, "until": f"{until.isoformat()}Z" if until else None}
    made = session.api.post("/team/grants", body)
    session.show(
        made, lambda: click.echo(f"{email} is proposed for {group}; another confirms: essaim team confirm {made['id']}")
    )


def _act(session: Session, number: int, verb: str, said: str, body: dict[str, Any] | None = None) -> None:
    done = session.api.post(f"/team/grants/{number}/{verb}", body)
    session.show(done, lambda: click.echo(said.format(**done)))


@click.command()
@number
@speaks
def confirm(session: Session, number: int) -> None:
    """Confirm what another proposed."""
    _act(session, number, "confirm", "{email} holds {group} from now on.")


@click.command()
@number
@why
@speaks
def refuse(session: Session, number: int, *, reason: str) -> None:
    """Refuse what another proposed."""
    _act(session, number, "refuse", "{email} is not given {group}.", {"reason": reason})


@click.command()
@number
@why
@speaks
def withdraw(session: Session, number: int, *, reason: str) -> None:
    """Take a group away at once."""
    _act(session, number, "withdraw", "{email} no longer holds {group}.", {"reason": reason})


@click.command()
@number
@speaks
def review(session: Session, number: int) -> None:
    """Say that a person goes on holding a group."""
    _act(session, number, "review", "Reviewed: {email} goes on holding {group}.")


COMMANDS = (rights, list_, grant, confirm, refuse, withdraw, review)
