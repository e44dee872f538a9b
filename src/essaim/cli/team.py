"""`essaim team ...`: who is there, the week's cover, the bus factor, how somebody leaves; the rest in modules of its own."""

from typing import Any
from urllib.parse import quote

import click

from essaim.cli import lost_factor, team_duties, team_hours, team_recruiting, team_rights
from essaim.cli.shown import Session, moment, speaks, table


@click.group()
def team() -> None:
    """The team: who is there and when, cover, duties, candidates, leaving; rights and who holds which group."""


_LATER = (*team_recruiting.COMMANDS, *team_rights.COMMANDS, lost_factor.lost_factor)
for _command in (*team_hours.COMMANDS, *team_duties.COMMANDS, *_LATER):
    team.add_command(_command)


@team.command()
@click.option("--awake", is_flag=True, help="Only those who are there or awake now.")
@speaks
def who(session: Session, *, awake: bool) -> None:
    """Everybody of the team, and whether they are there now."""
    found = session.api.get("/team")["items"]
    if awake:
        found = [one for one in found if one["state"] in ("there", "awake")]
    rows = [
        (one["name"], one["email"], one["state"], one["local_time"], one["zone"], ", ".join(one["groups"]))
        for one in found
    ]
    session.show(found, lambda: table(("NAME", "E-MAIL", "NOW", "CLOCK", "ZONE", "GROUPS"), rows, nothing="Nobody."))


@team.command()
@click.option("--week", default="", metavar="YYYY-MM-DD", help="A day of the week; empty: this one.")
@speaks
def cover(session: Session, *, week: str) -> None:
    """How much of a week somebody is there, and when nobody is."""
    found = session.api.get("/team/cover", week=week)
    rows = [(moment(one["begins"]), moment(one["ends"])) for one in found["holes"]]

    def people() -> None:
        click.echo(
            f"Week of {found['monday']}: somebody is there for {found['covered_hours']:g} of {found['hours']:g} hours."
        )
        table(("NOBODY FROM", "UNTIL"), rows, nothing="There is no hole.")

    session.show(found, people)


@team.command("bus-factor")
@click.option(
    "--without", multiple=True, metavar="EMAIL", help="Say what would be lost without this person; may be repeated."
)
@speaks
def bus_factor(session: Session, *, without: tuple[str, ...]) -> None:
    """What only one person can do, or nobody; or what would be lost without some."""
    found = session.api.get("/team/bus-factor", gone=list(without))
    shown = found["lost"] if without else [one for one in found["matters"] if len(one["who"]) <= 1]
    rows = [(one["kind"], one["name"], ", ".join(one["who"]) or "nobody") for one in shown]

    def people() -> None:
        click.echo(f"Bus factor: {'–' if found['factor'] is None else found['factor']}")
        nothing = "Nothing would be lost." if without else "Each thing can be done by two at least."
        table(("KIND", "WHAT", "WHO CAN"), rows, nothing=nothing)

    session.show(found, people)


@team.command()
@click.argument("email")
@click.option("--reason", default="", help="Why; it is kept in the audit trail.")
@click.option("--successor", default="", metavar="EMAIL", help="Who takes over what nobody else can do.")
@click.option("--look", is_flag=True, help="Only say what would close, and what nobody else could do.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@speaks
def leave(session: Session, email: str, *, reason: str, successor: str, look: bool, yes: bool) -> None:
    """Close every door of somebody, and hand over what only they can do."""
    path = f"/team/members/{quote(email)}"
    outlook = session.api.get(f"{path}/leaving")
    if look:
        session.show(outlook, lambda: _tell(outlook))
        return
    if not reason:
        raise click.UsageError("Say why: --reason WORDS.")
    if not yes and not session.as_json:
        _tell(outlook)
        click.confirm(f"Close every door of {outlook['email']}?", abort=True)
    done = session.api.post(f"{path}/leave", {"reason": reason, "successor": successor})

    def people() -> None:
        for door in done["closed"]:
            click.echo(f"closed: {door['name']} {door['count']}")
        for kind in done["handed_over"]:
            click.echo(f"handed over to {successor}: {kind['name']} {kind['count']}")
        click.echo(
            f"{done['email']} has left the team."
            + (" The sign-in stays, for their clients." if done["keeps_sign_in"] else "")
        )

    session.show(done, people)


def _tell(outlook: dict[str, Any]) -> None:
    rows = [(one["name"], str(one["count"])) for one in outlook["doors"]]
    table(("DOOR", "OPEN"), rows, nothing="Nothing is open.")
    rows = [(one["kind"], one["name"]) for one in outlook["alone"]]
    table(("KIND", "ONLY THEY CAN"), rows, nothing="Others can do all that they can.")
