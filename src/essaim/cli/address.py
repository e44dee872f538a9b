"""`essaim email`: the address that you sign in with."""

import click

from essaim.cli.shown import Session, moment, speaks


@click.command()
@click.argument("new", default="")
@speaks
def email(session: Session, new: str) -> None:
    """Show the address that you sign in with; with NEW, ask for that one. Letters to both say how it goes on."""
    found = session.api.post("/me/email", {"email": new}) if new else session.api.get("/me/email")

    def people() -> None:
        click.echo(f"You sign in with {found['email']}.")
        if found["wanted"]:
            click.echo(
                f"{found['wanted']} is asked for: open the link of both letters by {moment(found['expires_at'])}."
            )

    session.show(found, people)
