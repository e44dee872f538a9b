"""`essaim site numbers` and `essaim site logs`: what visitors asked of a site."""

from typing import Any

import click

from essaim.cli.shown import Session, facts, size, speaks, table


@click.command()
@click.argument("fqdn")
@click.option(
    "--days", default="30", show_default=True, type=click.Choice(["1", "7", "30", "365"]), help="How long back."
)
@speaks
def numbers(session: Session, fqdn: str, *, days: str) -> None:
    """Show a site's visits: requests, bytes, statuses, times, and what was asked for most.

    Hours, days and weeks are those of UTC.
    """
    found = session.api.get(f"/sites/{fqdn}/numbers", days=days)
    session.show(found, lambda: _page(found))


def _page(found: dict[str, Any]) -> None:
    total = found["total"]
    facts(
        (
            ("requests", str(total["requests"])),
            ("sent", size(total["sent_bytes"])),
            ("received", size(total["received_bytes"])),
            ("half within", _seconds(total["p50_seconds"])),
            ("19 of 20 within", _seconds(total["p95_seconds"])),
            ("in the site's place", ", ".join(f"{state} {count}" for state, count in total["states"].items())),
        )
    )
    click.echo()
    rows = [
        (
            part["start"][: 16 if found["part_hours"] == 1 else 10].replace("T", " "),
            str(part["requests"]),
            *(str(part["statuses"].get(first, 0)) for first in "2345"),
            size(part["sent_bytes"]),
            _seconds(part["p50_seconds"]),
            _seconds(part["p95_seconds"]),
        )
        for part in found["parts"]
        if part["requests"]
    ]
    table(
        ("FROM (UTC)", "REQUESTS", "2XX", "3XX", "4XX", "5XX", "SENT", "HALF", "19 OF 20"), rows, nothing="Nobody came."
    )
    for title, name in (("PAGE", "paths"), ("CAME FROM", "referrers"), ("NOT THERE", "missing")):
        if found[name]:
            click.echo()
            table((title, "REQUESTS"), [(text, str(count)) for text, count in found[name].items()])


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f} s"


@click.command()
@click.argument("fqdn")
@click.option("--refused", is_flag=True, help="Only those with a status of 400 or above, from a longer stretch.")
@click.option("--errors", is_flag=True, help="What the web server said, instead of the requests.")
@speaks
def logs(session: Session, fqdn: str, *, refused: bool, errors: bool) -> None:
    """Print the newest lines of a site's log, oldest first, in the combined log format.

    They hold whole addresses of visitors. Whole days are files of the account: /srv/logs/FQDN/ as its programs see it.
    """
    if refused and errors:
        raise click.UsageError("Give --refused or --errors, not both.")
    found = session.api.get(f"/sites/{fqdn}/log")
    session.show(found, lambda: _print(found, "refused" if refused else "errors" if errors else "access"))


def _print(found: dict[str, Any], which: str) -> None:
    if found["told_at"] is None:
        click.echo("The machine did not answer in time: it may be silent. Ask again.", err=True)
        return
    for line in found[which]:
        click.echo(line)
    if not found[which]:
        click.echo("Nothing today.", err=True)
