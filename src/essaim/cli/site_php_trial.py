"""`essaim site errors` and the trial of `essaim site php`: what PHP logs, what it is, and another version before it is switched to."""

import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import click

from essaim.cli import site_following
from essaim.cli.shown import F, Session, facts, listing, moment, size, speaks, table, told

ASKED_S = 180.0
LOOK_S = 0.5
ALONE = "Give --try, --switch, --leave or --info alone."
Act = Callable[[Session, str, site_following.Wait], None]


def acts(command: F) -> F:
    """Give `essaim site php` what else can be done with a site's PHP, as its argument `act`; None: nothing of it."""

    @click.option(
        "--try", "tried", default="", metavar="VERSION", help="Try a version, and compare the site's pages in both."
    )
    @click.option("--switch", is_flag=True, help="Switch everybody to the version that is tried.")
    @click.option("--leave", is_flag=True, help="End the trial; nothing has changed.")
    @click.option("--info", is_flag=True, help="Ask the site's PHP what it is, as phpinfo() says it.")
    @wraps(command)
    def with_act(*arguments: Any, tried: str, switch: bool, leave: bool, info: bool, **options: Any) -> Any:
        wanted: list[tuple[object, Act]] = [
            (tried, partial(_try, version=tried)),
            (switch, partial(_end, how="switch")),
        ]
        wanted += [(leave, partial(_end, how="leave")), (info, _show_info)]
        asked = [act for is_asked, act in wanted if is_asked]
        if len(asked) > 1:
            raise click.UsageError(ALONE)
        return command(*arguments, act=asked[0] if asked else None, **options)

    return with_act  # type: ignore[return-value]  # click's decorators keep the signature


@click.command()
@click.argument("fqdn")
@click.option("--severity", default="", help="One alone: fatal, parse, warning, notice, deprecated, message.")
@click.option("--text", default="", help="Part of the message or the file.")
@click.option("--forget", is_flag=True, help="Clear the list, to see which come again.")
@listing
@speaks
def errors(session: Session, fqdn: str, *, severity: str, text: str, forget: bool, limit: int) -> None:
    """Show what PHP logged while it ran a site's scripts, the newest first, the same errors counted."""
    if forget:
        gone = session.api.post(f"/sites/{fqdn}/php/errors/forget")
        session.show(gone, lambda: click.echo(f"{gone['errors']} errors are forgotten."))
        return
    found, more = session.api.items(f"/sites/{fqdn}/php/errors", limit=limit, severity=severity, text=text)
    rows = [
        (
            moment(one["last_seen"]), f"{'≥ ' if one['is_more'] else ''}{one['count']}", one["severity"], one["php"],
            f"{one['file']}:{one['line']}" if one["file"] else "", one["message"],
        )
        for one in found
    ]  # fmt: skip
    titles = ("LAST", "TIMES", "SEVERITY", "PHP", "WHERE", "MESSAGE")
    session.show(found, lambda: table(titles, rows, more=more, nothing="No error."))


def _end(session: Session, fqdn: str, wait: site_following.Wait, *, how: str) -> None:
    """Switch, or leave."""
    site_following.decided(session, session.api.post(f"/sites/{fqdn}/php/trial/{how}"), wait)


def _show_info(session: Session, fqdn: str, _wait: site_following.Wait) -> None:
    """Ask the site's PHP what it is, and show its answer."""
    session.api.post(f"/sites/{fqdn}/php/info")
    answer = _until_answered(session, f"/sites/{fqdn}/php/info")
    session.show(answer, lambda: _info(answer))


def _try(session: Session, fqdn: str, _wait: site_following.Wait, *, version: str) -> None:
    """Try a version, and show how the site's pages do in it."""
    session.api.post(f"/sites/{fqdn}/php/trial", {"php": version})
    answer = _until_answered(session, f"/sites/{fqdn}/php/trial")
    session.show(answer, lambda: _trial(answer))


def _until_answered(session: Session, path: str) -> dict[str, Any]:
    """The answer, or what there is of it when it does not come."""
    until = time.monotonic() + ASKED_S
    while True:
        answer: dict[str, Any] = session.api.get(path)
        if answer["state"] != "asked" or time.monotonic() > until:
            return answer
        time.sleep(LOOK_S)


def _info(answer: dict[str, Any]) -> None:
    facts((("PHP", answer["version"]), ("as", answer["sapi"]), ("on", answer["system"]), ("state", answer["state"])))
    told(answer["sentence"], "")
    rows = [
        (one["name"], one["value"], "" if one["value"] == one["usual"] else one["usual"]) for one in answer["settings"]
    ]
    if rows:
        table(("SETTING", "HERE", "USUALLY (where it differs)"), rows)
        click.echo(f"extensions: {', '.join(answer['extensions'])}")


def _trial(answer: dict[str, Any]) -> None:
    facts(
        (
            ("visitors get", answer["php"]), ("tried", answer["tried"]), ("until", moment(answer["until"])),
            ("open it", answer["link"]),
        )
    )  # fmt: skip
    told(answer["sentence"], "")
    rows = [
        (
            one["verdict"], one["path"], f"{one['status_old']} → {one['status_new']}", f"{one['errors_old']} → {one['errors_new']}",
            f"{size(one['bytes_old'])} → {size(one['bytes_new'])}", f"{one['seconds_old']:.2f} → {one['seconds_new']:.2f} s",
            ", ".join([*one["words"], *one["messages"]]),
        )
        for one in answer["pages"]
    ]  # fmt: skip
    if answer["state"] == "asked":
        click.echo("The machine has not answered yet: look again with `essaim site php FQDN --try VERSION`.")
    table(("", "PAGE", "STATUS", "ERRORS", "SIZE", "TOOK", "WHAT DIFFERS"), rows, nothing="No page was compared.")
    click.echo("Then: essaim site php FQDN --switch, or --leave.")
