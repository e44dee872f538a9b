"""`essaim site engine`: what answers for a site's files, what its `.htaccess` files ask for, and what is wrong with them."""

from typing import Any

import click

from essaim.cli import site_following
from essaim.cli.shown import Session, facts, moment, speaks, told


@click.command()
@click.argument("fqdn")
@click.option("--to", "wished", default="", help="The engine to have from now on: nginx or apache.")
@click.option("--back", is_flag=True, help="Put the engine back that it had before the last change.")
@click.option("--look", is_flag=True, help="Have the machine look at the site's .htaccess files now.")
@site_following.waits
@speaks
def engine(session: Session, fqdn: str, *, wished: str, back: bool, look: bool, wait: site_following.Wait) -> None:
    """Show what answers for a site and what its .htaccess files ask for, or change it.

    essaim site engine chorale.example.org --to apache
    """
    if sum((bool(wished), back, look)) > 1:
        raise click.UsageError("Give one of --to, --back and --look.")
    if back:
        wished = _before(session.api.get(f"/sites/{fqdn}"))
    if wished:
        site_following.decided(session, session.api.patch(f"/sites/{fqdn}", {"engine": wished}), wait)
        return
    if look:
        site_following.decided(session, session.api.post(f"/sites/{fqdn}/look"), wait)
        return
    shown = session.api.get(f"/sites/{fqdn}")
    kept = {
        name: shown[name] for name in ("engine", "engine_before", "engines_offered", "engine_hint", "engine_troubles")
    }
    session.show(kept, lambda: _page(shown))


def _before(shown: dict[str, Any]) -> str:
    if not shown["engine_before"]:
        raise click.UsageError(f"The engine of {shown['name_unicode']} was not changed: there is none to put back.")
    return str(shown["engine_before"])


def _page(shown: dict[str, Any]) -> None:
    facts(
        (
            ("engine", shown["engine"]),
            ("before", shown["engine_before"]),
            ("offered", ", ".join(shown["engines_offered"])),
            (".htaccess", hint(shown)),
        )
    )
    for trouble in shown["engine_troubles"]:
        click.echo()
        told(trouble["sentence"], trouble["advice"])


def hint(shown: dict[str, Any]) -> str:
    """What the site's `.htaccess` files ask for, in one line."""
    seen = shown["engine_hint"]
    if seen is None:
        return "not looked at yet"
    when = f" (looked at {moment(seen['at'])})"
    if not seen["files"]:
        return f"none: Apache is not needed{when}"
    files = f"{seen['files']} file{'s' if seen['files'] != 1 else ''}"
    if seen["needs"]:
        return f"{files}; nginx alone does not follow {', '.join(seen['needs'])}, first in {seen['where']}{when}"
    return f"{files}; Apache is not needed for what they say{when}"
