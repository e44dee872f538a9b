"""`essaim client invite|invitations|uninvite|role|end-sign-in|give-sign-in-back`: places that are offered by letter, another role, and
the end of a sign-in.
"""

from typing import Any

import click

from essaim.cli.shown import Session, moment, speaks, table

ROLES = click.Choice(["owner", "manager", "technician", "billing", "reader"])
slug = click.argument("slug")
email = click.argument("email")


@click.command()
@slug
@email
@click.option("--role", type=ROLES, default="owner", show_default=True)
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Of the letter.")
@speaks
def invite(session: Session, slug: str, email: str, *, role: str, language: str) -> None:
    """Offer a place at a client by letter."""
    made = session.api.post(f"/clients/{slug}/invitations", {"email": email, "role": role, "language": language})
    told = f"A letter invites {made['email']} as {made['role']}, until {moment(made['expires_at'])}."
    session.show(made, lambda: click.echo(told))


def _show(session: Session, found: list[dict[str, Any]]) -> None:
    rows = [(one["email"], one["role"], moment(one["expires_at"])) for one in found]
    session.show(found, lambda: table(("E-MAIL", "ROLE", "UNTIL"), rows, nothing="No invitation is open."))


@click.command()
@slug
@speaks
def invitations(session: Session, slug: str) -> None:
    """Invitations that may still be accepted."""
    _show(session, session.api.get(f"/clients/{slug}/invitations")["items"])


@click.command()
@slug
@email
@speaks
def uninvite(session: Session, slug: str, email: str) -> None:
    """Take an invitation back."""
    _show(session, session.api.post(f"/clients/{slug}/invitations/withdraw", {"email": email})["items"])


@click.command()
@slug
@email
@click.argument("role", type=ROLES)
@speaks
def role(session: Session, slug: str, email: str, role: str) -> None:
    """Give somebody another role at a client; a letter tells them."""
    made = session.api.post(f"/clients/{slug}/people/role", {"email": email, "role": role})
    session.show(made, lambda: click.echo(f"{made['email']} is {made['role']} of {slug}."))


@click.command("end-sign-in")
@email
@click.option("--reason", required=True, help="Why: the person reads it.")
@speaks
def end_sign_in(session: Session, email: str, *, reason: str) -> None:
    """Let a person sign in no more, at any client (team)."""
    done = session.api.post("/people/end-sign-in", {"email": email, "reason": reason})

    def told() -> None:
        click.echo(f"{done['email']} signs in no more, and has a letter that says so.")
        if done["without_owner"]:
            click.echo(f"Nobody signs in as an owner for: {', '.join(done['without_owner'])}.")

    session.show(done, told)


@click.command("give-sign-in-back")
@email
@click.option("--reason", required=True, help="Why: kept in the trail.")
@speaks
def give_sign_in_back(session: Session, email: str, *, reason: str) -> None:
    """Let a person sign in again, with a new password (team)."""
    done = session.api.post("/people/give-sign-in-back", {"email": email, "reason": reason})
    session.show(done, lambda: click.echo(f"{done['email']} has a letter with which to choose a new password."))


COMMANDS = (invite, invitations, uninvite, role, end_sign_in, give_sign_in_back)
