"""`essaim site shield` and `essaim site limits`: what protects a site from floods."""

import re
from typing import Any

import click

from essaim.cli.shown import Session, facts, moment, speaks

_UNITS = {"m": 60, "h": 3600, "d": 86_400}


@click.command()
@click.argument("fqdn")
@click.argument("level", default="", type=click.Choice(["", "calm", "checked", "off"]), metavar="[calm|checked|off]")
@click.option(
    "--for", "lasts", default="", metavar="TIME", help="How long: 30m, 1h, 7d. Not given: until it is taken down."
)
@click.option("--except", "ways", multiple=True, metavar="WAY", help="What it leaves out; may be repeated.")
@speaks
def shield(session: Session, fqdn: str, *, level: str, lasts: str, ways: tuple[str, ...]) -> None:
    """Show a site's shield, raise it, or take it down (off).

    calm: each visitor may ask for much less than usual. checked: besides, who comes first gets a page that sets a cookie.
    essaim site shield chorale.example.org checked --for 1h --except "POST /webhook"
    """
    if (lasts or ways) and level in ("", "off"):
        raise click.UsageError("Give --for and --except with calm or checked.")
    if level == "off":
        answer = session.api.post(f"/sites/{fqdn}/shield/lower")
    elif level:
        order: dict[str, Any] = {"level": level, "lasts_seconds": _seconds(lasts), "ways": list(ways) or None}
        answer = session.api.post(f"/sites/{fqdn}/shield", order)
    else:
        answer = session.api.get(f"/sites/{fqdn}/shield")
    session.show(answer, lambda: _page(fqdn, answer))


def _seconds(text: str) -> int | None:
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,6})([mhd])", text)
    if found is None:
        raise click.UsageError(f"Write a time as 30m, 1h or 7d, not {text!r}.")
    return int(found[1]) * _UNITS[found[2]]


def _page(fqdn: str, answer: dict[str, Any]) -> None:
    state = answer["level"] or "down"
    if answer["level"]:
        state += f", until {moment(answer['until'])}" if answer["until"] else ", until it is taken down"
    requests = answer["limited"] + answer["held"]
    flooded = f"about {answer['per_second']:.0f} requests a second are refused" if answer["is_flooded"] else ""
    counted = f"{requests} requests of about {answer['networks']} networks since {moment(answer['since'])}"
    facts(
        (
            ("site", fqdn),
            ("shield", state),
            ("left out", ", ".join(answer["ways"]) if answer["level"] else ""),
            ("flooded", flooded),
            ("held back", counted if requests else ""),
            ("limits", f"{answer['limits']} times the usual" if answer["limits"] != 1 else "as usual"),
        )
    )


@click.command()
@click.argument("fqdn")
@click.argument("times", type=int)
@speaks
def limits(session: Session, fqdn: str, *, times: int) -> None:
    """Let a site's visitors ask for so many times the usual; for the team. 1 gives the usual limits back."""
    answer = session.api.post(f"/sites/{fqdn}/limits", {"times": times})
    session.show(answer, lambda: _page(fqdn, answer))
