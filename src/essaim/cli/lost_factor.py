"""`essaim team lost-factor list|report|confirm|approve|refuse`: a second factor that somebody lost, let go by two."""

from typing import Any

import click

from essaim.cli.shown import Session, moment, speaks, table

number = click.argument("number", type=int)
known = click.option(
    "--known-by", required=True, help="How you know that it is them: a call, a meeting. Kept in the trail."
)


@click.group("lost-factor")
def lost_factor() -> None:
    """Second factors that people lost: one makes sure who it is, another approves."""


@lost_factor.command("list")
@speaks
def list_(session: Session) -> None:
    """What waits, then what was decided last."""
    found = session.api.get("/lost-factors")["items"]
    rows = [
        (
            str(one["id"]),
            one["email"],
            one["state"],
            moment(one["asked_at"]),
            one["confirmed_by"],
            one["approved_by"],
            one["reason"],
        )
        for one in found
    ]
    heads = ("ID", "PERSON", "STATE", "ASKED", "CONFIRMED BY", "APPROVED BY", "WHAT WAS LOST")
    session.show(found, lambda: table(heads, rows, nothing="Nobody has lost theirs."))


@lost_factor.command()
@click.argument("email")
@click.option("--reason", required=True, help="What was lost, and when.")
@known
@speaks
def report(session: Session, email: str, *, reason: str, known_by: str) -> None:
    """Ask in the name of a person whom you know; another approves."""
    made = session.api.post("/lost-factors", {"email": email, "reason": reason, "known_by": known_by})
    session.show(made, lambda: click.echo(f"Another approves: essaim team lost-factor approve {made['id']}"))


def _act(session: Session, number: int, verb: str, said: str, body: dict[str, Any] | None = None) -> None:
    done = session.api.post(f"/lost-factors/{number}/{verb}", body)
    session.show(done, lambda: click.echo(said.format(**done)))


@lost_factor.command()
@number
@known
@speaks
def confirm(session: Session, number: int, *, known_by: str) -> None:
    """Say how you know that it is them who asked."""
    _act(session, number, "confirm", "Confirmed: it is {email}. Another approves.", {"known_by": known_by})


@lost_factor.command()
@number
@speaks
def approve(session: Session, number: int) -> None:
    """Take the lost factor and its recovery codes away, as the second person."""
    _act(session, number, "approve", "{email} signs in with the password, and makes another second factor.")


@lost_factor.command()
@number
@click.option("--reason", required=True, help="Why: the person reads it.")
@speaks
def refuse(session: Session, number: int, *, reason: str) -> None:
    """Leave everything as it is."""
    _act(session, number, "refuse", "The second factor of {email} stays.", {"reason": reason})
