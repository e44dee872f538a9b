"""`essaim team duties|duty|agreement`: what the house must be able to do and who can; what was promised and by whom."""

from typing import IO, Any

import click

from essaim.cli.shown import Session, facts, moment, speaks, table

can = click.option("--who", multiple=True, metavar="EMAIL", help="One of the team who can; may be repeated.")


@click.command()
@speaks
def duties(session: Session) -> None:
    """Each duty, and who can do it."""
    found = session.api.get("/team/duties")["items"]
    _show(session, found)


def _show(session: Session, found: list[dict[str, Any]]) -> None:
    rows = [(str(one["id"]), one["name"], ", ".join(one["people"]) or "nobody") for one in found]
    session.show(found, lambda: table(("ID", "DUTY", "WHO CAN"), rows, nothing="No duty is written down."))


@click.group()
def duty() -> None:
    """Write down a duty, change it, remove it."""


def _told(one: dict[str, Any]) -> None:
    facts((("duty", f"{one['id']}: {one['name']}"), ("what", one["what"]), ("who can", ", ".join(one["people"]))))


@duty.command()
@click.argument("name")
@click.option("--what", default="", help="How it is done, or where that is written.")
@can
@speaks
def add(session: Session, name: str, *, what: str, who: tuple[str, ...]) -> None:
    """Write down another duty."""
    made = session.api.post("/team/duties", {"name": name, "what": what, "people": list(who)})
    session.show(made, lambda: _told(made))


@duty.command()
@click.argument("number", type=int)
@click.option("--name", default=None, help="Another name.")
@click.option("--what", default=None, help="How it is done, or where that is written.")
@can
@click.option("--nobody", is_flag=True, help="Nobody can do it.")
@speaks
def change(
    session: Session, number: int, *, name: str | None, what: str | None, who: tuple[str, ...], nobody: bool
) -> None:
    """Say anew what a duty is and who can do it; --who names all who can."""
    given = {"name": name, "what": what, "people": list(who) if who or nobody else None}
    body = {key: value for key, value in given.items() if value is not None}
    changed = session.api.patch(f"/team/duties/{number}", body)
    session.show(changed, lambda: _told(changed))


@duty.command()
@click.argument("number", type=int)
@speaks
def remove(session: Session, number: int) -> None:
    """The house needs it no longer."""
    _show(session, session.api.post(f"/team/duties/{number}/remove")["items"])


@click.command()
@click.option("--text", is_flag=True, help="Print the text in force.")
@click.option(
    "--draft",
    type=click.File("r", encoding="utf-8"),
    default=None,
    help="Write the next version from a file of Markdown.",
)
@click.option("--title", default="", help="Title of the draft; empty: that of the version in force.")
@speaks
def agreement(session: Session, *, text: bool, draft: IO[str] | None, title: str) -> None:
    """The confidentiality agreement in force and who signed it. It is signed, and put in force, on its page."""
    found = session.api.get("/team/agreement")
    current = found["current"]
    if draft is not None:
        title = title or (current["title"] if current else "")
        written = session.api.post("/team/agreement/draft", {"title": title, "text": draft.read()})
        session.show(
            written, lambda: click.echo(f"Version {written['number']} is a draft: put it in force on its page.")
        )
        return

    def people() -> None:
        if current is None:
            click.echo("No agreement is in force.")
        elif text:
            click.echo(current["text"])
        else:
            click.echo(f"{current['title']}, version {current['number']}, since {moment(current['in_force_at'])}")
            rows = [
                (one["name"], one["email"], moment(one["signed_at"]) or "not signed") for one in found["signatures"]
            ]
            table(("NAME", "E-MAIL", "SIGNED"), rows)
        if found["has_draft"]:
            click.echo("A draft of the next version is being written.")

    session.show(found, people)


COMMANDS = (duties, duty, agreement)
