"""`essaim team campaigns|campaign|candidates|candidate`: calls for volunteers, and who would join."""

from datetime import datetime
from typing import IO, Any

import click

from essaim.cli.shown import F, Session, facts, listing, moment, speaks, table

A_DAY = click.DateTime(formats=["%Y-%m-%d"])
number = click.argument("number", type=int)


def _day(given: datetime | None) -> str | None:
    return given.date().isoformat() if given else None


@click.command()
@speaks
def campaigns(session: Session) -> None:
    """Calls for volunteers: past, open and to come."""
    found = session.api.get("/team/campaigns")["items"]
    rows = [
        (one["slug"], one["title"], one["state"].replace("_", " "), one["first_day"], one["last_day"] or "no end")
        for one in found
    ]
    session.show(found, lambda: table(("ADDRESS", "TITLE", "STATE", "FROM", "UNTIL"), rows, nothing="No call."))


@click.group()
def campaign() -> None:
    """Write a call for volunteers, change it."""


def _written(command: F) -> F:
    for option in (
        click.option("--until", type=A_DAY, default=None, help="The last day is in it."),
        click.option("--text", type=click.File("r", encoding="utf-8"), default=None, help="A file of Markdown."),
        click.option("--language", type=click.Choice(["fr", "en"]), default=None),
    ):
        command = option(command)
    return command


@campaign.command()
@click.argument("title")
@click.option("--from", "first_day", type=A_DAY, required=True, help="The first day.")
@click.option("--slug", default="", help="The end of its address; empty: made from the title.")
@_written
@speaks
def add(
    session: Session,
    title: str,
    *,
    first_day: datetime,
    slug: str,
    until: datetime | None,
    text: IO[str] | None,
    language: str | None,
) -> None:
    """Write a call; it has a public page while it is open."""
    if text is None:
        raise click.UsageError("Give the text of the call: --text FILE.")
    body = {"title": title, "slug": slug, "first_day": _day(first_day), "last_day": _day(until)}
    body |= {"text": text.read(), "language": language or "fr"}
    made = session.api.post("/team/campaigns", body)
    session.show(made, lambda: click.echo(f"{made['title']}: /join/{made['slug']}/"))


@campaign.command()
@click.argument("slug")
@click.option("--title", default=None)
@click.option("--from", "first_day", type=A_DAY, default=None, help="The first day.")
@click.option("--no-end", is_flag=True, help="Until somebody ends it.")
@_written
@speaks
def change(
    session: Session,
    slug: str,
    *,
    title: str | None,
    first_day: datetime | None,
    no_end: bool,
    until: datetime | None,
    text: IO[str] | None,
    language: str | None,
) -> None:
    """Another text, other days."""
    given = {"title": title, "first_day": _day(first_day), "last_day": _day(until), "language": language}
    given["text"] = text.read() if text else None
    body: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if no_end:
        body["last_day"] = None
    changed = session.api.patch(f"/team/campaigns/{slug}", body)
    session.show(changed, lambda: click.echo(f"{changed['title']} is {changed['state'].replace('_', ' ')}."))


@click.command()
@listing
@speaks
def candidates(session: Session, *, limit: int) -> None:
    """Who would join, the newest first."""
    found, more = session.api.items("/team/candidates", limit=limit)
    rows = [(str(one["id"]), one["name"], one["email"], one["state"], one["campaign"]) for one in found]
    session.show(found, lambda: table(("ID", "NAME", "E-MAIL", "STATE", "CALL"), rows, more=more, nothing="Nobody."))


@click.group()
def candidate() -> None:
    """Look at a candidate, note something, decline. The board accepts on the candidate's page."""


def _told(one: dict[str, Any]) -> None:
    names = ("name", "email", "zone", "campaign", "state", "decision")
    facts((*((name, one[name]) for name in names), ("decided by", one["decided_by"])))
    click.echo(f"\n{one['would_do']}")
    for note in one["notes"]:
        click.echo(f"\n{note['by']}, {moment(note['at'])}: {note['text']}")


@candidate.command()
@number
@speaks
def show(session: Session, number: int) -> None:
    """What they wrote, what the team noted, what the board decided."""
    found = session.api.get(f"/team/candidates/{number}")
    session.show(found, lambda: _told(found))


@candidate.command()
@number
@click.argument("text")
@speaks
def note(session: Session, number: int, text: str) -> None:
    """Write something that the others who recruit read."""
    found = session.api.post(f"/team/candidates/{number}/notes", {"text": text})
    session.show(found, lambda: _told(found))


@candidate.command()
@number
@click.option(
    "--decision", required=True, help="Where the board wrote it down, and why. The candidate does not read it."
)
@click.option("--words", default="", help="For the candidate: they stand in the letter.")
@speaks
def decline(session: Session, number: int, *, decision: str, words: str) -> None:
    """The board does not take them now. They get a letter."""
    done = session.api.post(f"/team/candidates/{number}/decline", {"decision": decision, "words": words})
    session.show(done, lambda: click.echo(f"{done['name']} is declined; a letter tells them."))


COMMANDS = (campaigns, campaign, candidates, candidate)
