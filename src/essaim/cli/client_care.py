"""`essaim client ownership|note|end|leave`: whose it is, what the team notes, and how a client comes to its end."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from essaim.cli.shown import Session, facts, listing, moment, speaks, table

slug = click.argument("slug")
number = click.argument("number", type=int)


@click.command()
@slug
@click.option("--yes", is_flag=True, help="Do not ask.")
@speaks
def leave(session: Session, slug: str, *, yes: bool) -> None:
    """Give up your own place at a client."""
    if not yes and not session.as_json:
        click.confirm(f"Leave {slug}?", abort=True)
    mine = session.api.get("/me")["email"]
    left = session.api.post(f"/clients/{slug}/people/remove", {"email": mine})["items"]
    session.show(left, lambda: click.echo(f"You have left {slug}."))


@click.command()
@slug
@listing
@speaks
def history(session: Session, slug: str, *, limit: int) -> None:
    """Who did what to a client, and who saw as it, the newest first."""
    found, more = session.api.items(f"/clients/{slug}/history", limit=limit)
    rows = [
        (moment(one["at"]), one["code"], f"{one['about_kind']}/{one['about_key']}", one["who"], one["reason"])
        for one in found
    ]
    session.show(found, lambda: table(("WHEN", "WHAT", "ABOUT", "WHO", "REASON"), rows, more=more))


@click.group()
def ownership() -> None:
    """Hand your ownership of a client over, or take one that you are offered."""


@ownership.command("list")
@speaks
def offers(session: Session) -> None:
    """Offers that you made or were made, and that nobody has answered."""
    found = session.api.get("/handovers")["items"]
    rows = [(str(one["id"]), one["client"], one["giver"], one["taker"], moment(one["offered_at"])) for one in found]
    session.show(found, lambda: table(("ID", "CLIENT", "FROM", "TO", "SINCE"), rows, nothing="No offer."))


@ownership.command()
@slug
@click.argument("email")
@click.option("--leave", "leaves", is_flag=True, help="Keep no place; otherwise you stay as manager.")
@speaks
def offer(session: Session, slug: str, email: str, *, leaves: bool) -> None:
    """Offer your own to somebody who has a place at the client."""
    made = session.api.post("/handovers", {"client": slug, "to": email, "giver_leaves": leaves})
    told = f"{made['taker']} is asked by a letter. You stay the owner until they accept: {made['id']}."
    session.show(made, lambda: click.echo(told))


def _answer(session: Session, number: int, verb: str, said: str) -> None:
    done = session.api.post(f"/handovers/{number}/{verb}")
    session.show(done, lambda: click.echo(said.format(**done)))


@ownership.command()
@number
@speaks
def accept(session: Session, number: int) -> None:
    """Take what you are offered."""
    _answer(session, number, "accept", "You are the owner of {client} now.")


@ownership.command()
@number
@speaks
def decline(session: Session, number: int) -> None:
    """Leave it where it is."""
    _answer(session, number, "decline", "You declined: nothing has changed.")


@ownership.command()
@number
@speaks
def withdraw(session: Session, number: int) -> None:
    """Take your offer back."""
    _answer(session, number, "withdraw", "The offer is withdrawn.")


@click.group()
def note() -> None:
    """The team's notes about a client, which its people do not see (team)."""


def _notes(session: Session, found: list[dict[str, Any]]) -> None:
    rows = [(str(one["id"]), moment(one["at"]), one["by"], one["text"]) for one in found]
    session.show(found, lambda: table(("ID", "WHEN", "BY", "NOTE"), rows, nothing="No note."))


@note.command("list")
@slug
@speaks
def notes(session: Session, slug: str) -> None:
    """The newest notes about a client."""
    _notes(session, session.api.get(f"/clients/{slug}/notes")["items"])


@note.command()
@slug
@click.argument("text")
@speaks
def add(session: Session, slug: str, text: str) -> None:
    """Keep a remark for the next of the team."""
    made = session.api.post(f"/clients/{slug}/notes", {"text": text})
    session.show(made, lambda: click.echo(f"The note is kept: {made['id']}. The client does not see it."))


@note.command()
@slug
@number
@speaks
def erase(session: Session, slug: str, number: int) -> None:
    """Take a note away. Nothing brings it back."""
    _notes(session, session.api.post(f"/clients/{slug}/notes/{number}/erase")["items"])


@click.group()
def end() -> None:
    """The procedure of a client who died or dissolved: one of the team proposes, another approves (team)."""


def _told(one: dict[str, Any]) -> None:
    papers = ", ".join(f"{paper['id']}: {paper['filename']}" for paper in one["documents"])
    facts(
        (
            ("state", one["state"]),
            ("why", one["cause"]),
            ("known", one["reason"]),
            ("ends on", one["ends_on"]),
            ("proposed by", one["proposed_by"]),
            ("approved by", one["approved_by"]),
            ("papers", papers or "none"),
        )
    )


@end.command()
@slug
@speaks
def show(session: Session, slug: str) -> None:
    """Procedures of a client, the newest first."""
    found = session.api.get(f"/clients/{slug}/endings")["items"]

    def people() -> None:
        for one in found:
            _told(one)
        if not found:
            click.echo("No end is under way.")

    session.show(found, people)


@end.command()
@slug
@click.option("--cause", type=click.Choice(["death", "dissolution", "wish"]), required=True)
@click.option("--reason", required=True, help="From whom, since when, who looks after what is left.")
@click.option("--on", "ends_on", type=click.DateTime(formats=["%Y-%m-%d"]), required=True, help="Services end then.")
@speaks
def propose(session: Session, slug: str, *, cause: str, reason: str, ends_on: datetime) -> None:
    """Begin it. Nothing ends before another of the team has looked at the papers."""
    body = {"cause": cause, "reason": reason, "ends_on": ends_on.date().isoformat()}
    made = session.api.post(f"/clients/{slug}/endings", body)
    session.show(made, lambda: _told(made))


@end.command()
@slug
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@speaks
def paper(session: Session, slug: str, file: Path) -> None:
    """Add a paper that shows it: PDF, PNG or JPEG, at most five megabytes."""
    with file.open("rb") as opened:
        size = file.stat().st_size
        path = f"/clients/{slug}/endings/document"
        found = session.api.put_file(path, opened, size, progress=lambda _sent: None, filename=file.name)
    session.show(found, lambda: _told(found))


@end.command()
@slug
@number
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where to put it.")
@speaks
def fetch(session: Session, slug: str, number: int, *, output: Path) -> None:
    """Fetch a paper, to look at it before you approve."""
    output.touch(mode=0o600)
    output.write_bytes(session.api.get_file(f"/clients/{slug}/endings/documents/{number}"))
    session.show({"file": str(output)}, lambda: click.echo(f"The paper is in {output}."))


@end.command()
@slug
@speaks
def approve(session: Session, slug: str) -> None:
    """Let it happen: you have looked at the papers, and another proposed it."""
    done = session.api.post(f"/clients/{slug}/endings/approve")
    session.show(done, lambda: _told(done))


@end.command("withdraw")
@slug
@speaks
def stop(session: Session, slug: str) -> None:
    """Stop it: nothing has ended."""
    done = session.api.post(f"/clients/{slug}/endings/withdraw")
    session.show(done, lambda: _told(done))


COMMANDS = (leave, history, ownership, note, end)
