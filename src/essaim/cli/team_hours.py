"""`essaim team hours|away|back|calendar|windows`: when each is there, and the best hours of a week."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import click

from essaim.cli.shown import Session, facts, moment, speaks, table

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
A_DAY = click.DateTime(formats=["%Y-%m-%d"])
whose = click.option("--of", "email", default="me", metavar="EMAIL", help="Somebody else; without it: you.")


def _told(found: dict[str, Any]) -> None:
    facts((("who", found["email"]), ("zone", found["zone"]), *((day, found[day]) for day in DAYS)))
    rows = [(str(one["id"]), one["first_day"], one["last_day"], one["note"]) for one in found["absences"]]
    table(("ABSENCE", "FROM", "UNTIL", "NOTE"), rows, nothing="No absence.")


def _split(given: tuple[str, ...]) -> dict[str, str]:
    wanted = {}
    for one in given:
        day, sign, hours = one.partition("=")
        matching = [name for name in DAYS if name.startswith(day.strip().lower())] if len(day.strip()) > 1 else []
        if not sign or len(matching) != 1:
            raise click.UsageError(f"“{one}” is not DAY=HOURS, for example monday=9:00-12:00.")
        wanted[matching[0]] = hours.strip()
    return wanted


@click.command()
@whose
@click.option("--zone", default=None, help="As America/Montreal.")
@click.option(
    "--on", "days", multiple=True, metavar="DAY=HOURS", help="As monday=9:00-12:00,14:00-18:30; empty: not there."
)
@speaks
def hours(session: Session, *, email: str, zone: str | None, days: tuple[str, ...]) -> None:
    """When you are there, by your own clock; say it with --zone and --on."""
    path = f"/team/members/{quote(email)}/hours"
    change = {**_split(days), **({"zone": zone} if zone else {})}
    found = session.api.patch(path, change) if change else session.api.get(path)
    session.show(found, lambda: _told(found))


@click.command()
@click.argument("first_day", type=A_DAY)
@click.argument("last_day", type=A_DAY, required=False)
@click.option("--note", default="", help="The others of the team read it.")
@whose
@speaks
def away(session: Session, first_day: datetime, last_day: datetime | None, *, note: str, email: str) -> None:
    """Be away from FIRST_DAY to LAST_DAY, both included; without LAST_DAY for one day."""
    ends = last_day or first_day
    body = {"first_day": first_day.date().isoformat(), "last_day": ends.date().isoformat(), "note": note}
    made = session.api.post(f"/team/members/{quote(email)}/absences", body)
    told = f"Away from {made['first_day']} to {made['last_day']}. To take it back: essaim team back {made['id']}"
    session.show(made, lambda: click.echo(told))


@click.command()
@click.argument("absence", type=int)
@speaks
def back(session: Session, absence: int) -> None:
    """Be there after all: one of your absences is none."""
    left = session.api.post(f"/team/absences/{absence}/remove")
    session.show(left, lambda: _told(left))


@click.command()
@click.option("--new", is_flag=True, help="Make an address; one that you had opens nothing any more.")
@click.option("--revoke", is_flag=True, help="Take the address back.")
@speaks
def calendar(session: Session, *, new: bool, revoke: bool) -> None:
    """The secret address of the team's calendars, for a program of calendars."""
    if new and revoke:
        raise click.UsageError("Either --new or --revoke.")
    if new:
        made = session.api.post("/team/feed")
        session.show(made, lambda: facts((("absences", made["absences"]), ("cover", made["cover"]))))
        return
    state = session.api.post("/team/feed/revoke") if revoke else session.api.get("/team/feed")

    def people() -> None:
        if state["made_at"] is None:
            click.echo("No address opens your calendars. To make one: essaim team calendar --new")
        else:
            facts((("since", moment(state["made_at"])), ("last read", moment(state["last_read_at"]) or "never")))

    session.show(state, people)


@click.command()
@click.option("--week", default="", metavar="YYYY-MM-DD", help="A day of the week; empty: this one.")
@click.option("--meeting", default=60, show_default=True, type=click.IntRange(15, 480), help="Minutes of a meeting.")
@click.option(
    "--maintenance", default=120, show_default=True, type=click.IntRange(15, 480), help="Minutes of a maintenance."
)
@speaks
def windows(session: Session, *, week: str, meeting: int, maintenance: int) -> None:
    """The best hours of a week for a meeting, and for a maintenance."""
    found = session.api.get("/team/windows", week=week, meeting=meeting, maintenance=maintenance)

    def rows(name: str) -> list[tuple[str, ...]]:
        return [
            (
                moment(one["begins"]),
                moment(one["ends"]),
                *(", ".join(one[who]) for who in ("there", "awake", "missing")),
            )
            for one in found[name]
        ]

    def people() -> None:
        for title, name in (("For a meeting", "meetings"), ("For a maintenance", "maintenances")):
            click.echo(f"{title}, week of {found['monday']}:")
            table(("FROM", "UNTIL", "THERE", "AWAKE", "MISSING"), rows(name))

    session.show(found, people)


COMMANDS = (hours, away, back, calendar, windows)
