"""`essaim admin ...`: what must be possible before anybody can sign in. Acts on the database, as the platform itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from essaim.cli.errors import CommandError, Refused
from essaim.cli.here import start_django


@contextmanager
def _acting() -> Iterator[None]:
    """Django is ready; refusals become the command line's own."""
    start_django()
    from django.db.utils import DatabaseError
    from django.utils import translation

    from essaim.cli.calls import language
    from essaim.manager.core import audit
    from essaim.manager.core.errors import EssaimError

    with translation.override(language()), audit.origin("cli"):
        try:
            yield
        except EssaimError as refusal:
            raise Refused(str(refusal), hint=refusal.advice, code=refusal.code) from None
        except DatabaseError as wrong:
            raise CommandError(f"The database says: {wrong}", hint="Is it made? essaim manager migrate") from wrong


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _person(email: str) -> Any:
    from essaim.manager.people.models import Person

    found = Person.objects.filter(email=email.strip().lower()).first()
    if found is None:
        raise Refused(
            f"Nobody has the e-mail {email}.", hint="essaim admin create EMAIL --name NAME", code="cli.no_person"
        )
    return found


@click.group()
def admin() -> None:
    """First administrator and tokens, on the Manager's own machine."""


with_password = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@admin.command()
@click.argument("email")
@click.option("--name", required=True, help="As others will see it.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@with_password
def create(email: str, *, name: str, language: str, password_stdin: bool) -> None:
    """Make a person of the team, who may do everything."""
    password = _password(from_stdin=password_stdin)
    with _acting():
        from essaim.manager.people.actions import create_person

        create_person(email=email, name=name, language=language, is_team=True, password=password, by=None)
    click.echo(f"{email} may sign in.")


@admin.command()
@click.argument("email")
@with_password
def password(email: str, *, password_stdin: bool) -> None:
    """Set a person's password."""
    text = _password(from_stdin=password_stdin)
    with _acting():
        from essaim.manager.people.actions import change_password

        change_password(_person(email), password=text, by=None)
    click.echo(f"{email} has a new password.")


@admin.command()
@click.argument("email")
@click.option("--name", required=True, help="What it is for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="sites:read, fleet:write ...; may be repeated.")
def token(email: str, *, name: str, scopes: tuple[str, ...]) -> None:
    """Make an API token for a person, and print its text: it is shown this once."""
    with _acting():
        from essaim.manager.people.actions import issue_token

        _row, text = issue_token(_person(email), name=name, scopes=list(scopes), by=None)
    click.echo(text)
