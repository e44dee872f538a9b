"""`essaim site rules` and `essaim site maintenance`: how a site's names and paths answer, and that it is being worked on."""

import json
from datetime import datetime
from typing import IO, Any

import click

from essaim.cli import site_following
from essaim.cli.shown import Session, facts, moment, speaks, table


@click.command()
@click.argument("fqdn")
@click.option(
    "--file", "given", type=click.File(), help="Rules as JSON, all of them; - reads them from the standard input."
)
@click.option("--back", is_flag=True, help="Put the rules back that it had before the last change.")
@site_following.waits
@speaks
def rules(session: Session, fqdn: str, *, given: IO[str] | None, back: bool, wait: site_following.Wait) -> None:
    """Show a site's rules, or have those of a file instead: redirects, headers, passwords, networks, names.

    `essaim --json site rules FQDN` writes them as --file reads them. A password that is empty there is kept.
    """
    if given and back:
        raise click.UsageError("Give --file or --back, not both.")
    if back:
        site_following.decided(session, session.api.post(f"/sites/{fqdn}/rules/back"), wait)
        return
    if given:
        site_following.decided(session, session.api.patch(f"/sites/{fqdn}", {"rules": _read(given)}), wait)
        return
    shown = session.api.get(f"/sites/{fqdn}")["rules"]
    session.show(shown, lambda: _page(shown))


def _read(file: IO[str]) -> dict[str, Any]:
    try:
        found = json.load(file)
    except ValueError as wrong:
        raise click.UsageError(f"This is not JSON: {wrong}.") from None
    if not isinstance(found, dict):
        raise click.UsageError("Rules are one JSON object: see `essaim --json site rules FQDN`.")
    return found


def _page(shown: dict[str, Any]) -> None:
    to, hsts = shown["elsewhere"], shown["hsts"]
    facts(
        (
            ("leads to", f"{to['target']} ({to['status']})" if to else ""),
            ("own name", shown["canonical"] or "all names answer"),
            ("no file", shown["absent"] or "/index.php, if there is one"),
            ("kept", ", ".join(f"{kind} {seconds} s" for kind, seconds in shown["cache"].items())),
            (
                "HTTPS alone",
                f"{hsts['max_age_s']} s{', all names below' if hsts['subdomains'] else ''}" if hsts else "",
            ),
            *((f"header {one['name']}", one["value"]) for one in shown["headers"]),
            *((f"password {one['path']}", ", ".join(one["users"])) for one in shown["protected"]),
            *((f"networks {one['path']}", ", ".join(one["networks"])) for one in shown["allowed"]),
        )
    )
    if shown["redirects"]:
        click.echo()
        rows = [(_from(one), one["target"], str(one["status"])) for one in shown["redirects"]]
        table(("FROM", "TO", "STATUS"), rows)


def _from(redirect: dict[str, Any]) -> str:
    return f"{redirect['path'].rstrip('/')}/*" if redirect["below"] else str(redirect["path"])


@click.command()
@click.argument("fqdn")
@click.argument("state", type=click.Choice(["on", "off"]), required=False)
@click.option("--sentence", default="", help="What visitors read, above the usual words.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]), help="When it is expected back, in your time."
)
@click.option(
    "--from", "networks", multiple=True, metavar="NETWORK", help="Who sees the site meanwhile; may be repeated."
)
@click.option("--new-link", is_flag=True, help="Make a new secret link: the present one stops working.")
@speaks
def maintenance(
    session: Session,
    fqdn: str,
    *,
    state: str | None,
    sentence: str,
    until: datetime | None,
    networks: tuple[str, ...],
    new_link: bool,
) -> None:
    """Have visitors told that a site is being worked on, or no longer; without `on` or `off`, show what they are told."""
    if state == "on":
        told = {
            "sentence": sentence,
            "until": until.astimezone().isoformat() if until else None,
            "networks": list(networks),
            "new_link": new_link,
        }
        session.api.post(f"/sites/{fqdn}/maintenance", told)
    elif state == "off":
        session.api.post(f"/sites/{fqdn}/maintenance/end")
    shown = session.api.get(f"/sites/{fqdn}")
    session.show(shown["maintenance"], lambda: _told(shown))


def _told(shown: dict[str, Any]) -> None:
    now = shown["maintenance"]
    if now is None:
        click.echo(f"{shown['name_unicode']} is in no maintenance.")
        return
    click.echo(f"{shown['name_unicode']} is in maintenance.")
    facts(
        (
            ("sentence", now["sentence"]),
            ("back", moment(now["until"])),
            ("who passes", ", ".join(now["networks"])),
            ("secret link", now["link"]),
        )
    )
