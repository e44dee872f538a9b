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
    """Make the first of the team, who is president and administrator."""
    password = _password(from_stdin=password_stdin)
    with _acting():
        from essaim.manager.people.actions import create_administrator

        create_administrator(email=email, name=name, language=language, password=password)
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
@click.argument("groups", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; the audit trail keeps it.")
def grant(email: str, *, groups: tuple[str, ...], reason: str) -> None:
    """Give a person groups of the team at once, where nobody is there to propose and confirm them."""
    with _acting():
        from essaim.manager.people.grants import found

        found(_person(email), groups, reason=reason)
    click.echo(f"{email} holds {', '.join(groups)}.")


@admin.command("sample-team")
@with_password
def sample_team(*, password_stdin: bool) -> None:
    """Fill a house that is only looked at with a made-up team, its agreement, duties and candidates. Never where people work."""
    text = _password(from_stdin=password_stdin)
    with _acting():
        from essaim.manager.team.samples import furnish

        is_new = furnish(text)
    click.echo("The sample team is there." if is_new else "The sample team was there already.")


@admin.command("sample-clients")
@with_password
def sample_clients(*, password_stdin: bool) -> None:
    """After `sample-team`: made-up clients with their people, and what is under way with them. Never where people work."""
    text = _password(from_stdin=password_stdin)
    with _acting():
        from essaim.manager.web.samples import furnish

        is_new = furnish(text)
    click.echo("The sample clients are there." if is_new else "The sample clients were there already.")


@admin.command()
@click.argument("email")
@click.option("--name", required=True, help="What it is for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="sites:read, fleet:write ...; may be repeated.")
def token(email: str, *, name: str, scopes: tuple[str, ...]) -> None:
    """Make an API token for a person, and print its text: it is shown this once."""
    with _acting():
        from essaim.manager.people.tokens import issue_token

        _row, text = issue_token(_person(email), name=name, scopes=list(scopes), by=None)
    click.echo(text)
