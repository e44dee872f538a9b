"""Watches a site until it is live: each step as it happens, with its seconds."""

import sys
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar

import click

from essaim.cli.calls import Api
from essaim.cli.errors import NotProved
from essaim.cli.shown import Session, word

F = TypeVar("F", bound=Callable[..., Any])
PAUSE_S = 0.2
WORDS = {
    "asked": "decided",
    "sent": "sent to the machine",
    "applied": "made by the machine",
    "proved": "proved from outside",
    "https": "proved over HTTPS",
}


class Wait(NamedTuple):
    """Whether to wait, for what, and how long."""

    is_wanted: bool
    until: str
    timeout_s: float


def waits(command: F) -> F:
    """`--wait`, `--until` and `--timeout`; on a terminal a command waits unless told otherwise."""

    @click.option("--wait/--no-wait", "wait", default=None, help="Watch until it is live; the default on a terminal.")
    @click.option("--until", type=click.Choice(["live", "https"]), default="live", show_default=True, help="For what.")
    @click.option("--timeout", default=60.0, show_default=True, type=click.FloatRange(0), help="Seconds to wait.")
    @wraps(command)
    def with_wait(*arguments: Any, wait: bool | None, until: str, timeout: float, **options: Any) -> Any:
        is_wanted = sys.stdout.isatty() if wait is None else wait
        return command(*arguments, wait=Wait(is_wanted, until, timeout), **options)

    return with_wait  # type: ignore[return-value]  # click's decorators keep the signature


def tell(step: dict[str, Any]) -> None:
    """One step, one line: its state in words, what it is, when it was reached, and what is to be said."""
    seconds = f"{step['seconds']:7.2f} s" if step["seconds"] is not None else " " * 9
    state = word(step["state"]) + " " * (8 - len(step["state"]))
    click.echo(f"{seconds}  {state} {WORDS.get(step['name'], step['name'])}  {step['sentence']}".rstrip())


def decided(session: Session, ordered: dict[str, Any], wait: Wait) -> None:
    """Tell what was decided of a site, and follow it if that is wanted."""
    if not wait.is_wanted:
        session.show(ordered, lambda: click.echo(f"{ordered['name_unicode']} is decided: {ordered['health']}."))
        return
    follow(session.api, ordered, wait, quiet=session.as_json)
    if session.as_json:
        session.show(session.api.get(f"/sites/{ordered['fqdn']}"), lambda: None)


def follow(api: Api, ordered: dict[str, Any], wait: Wait, *, quiet: bool) -> None:
    """Tell each step once when it is done or has failed, until the site is as waited for.

    Raises:
        NotProved: it is not so in time, with what is known of the reason.
    """
    fqdn, until = ordered["fqdn"], time.monotonic() + wait.timeout_s
    told: set[tuple[str, str, str]] = set()
    steps = api.get(f"/sites/{fqdn}/steps")
    while True:
        for step in steps["items"]:
            if (
                step["state"] in ("done", "failed")
                and (once := (step["name"], step["state"], step["sentence"])) not in told
            ):
                told.add(once)
                if not quiet:
                    tell(step)
        if _is_so(steps, wait.until):
            if not quiet:
                click.echo(f"{ordered['name_unicode']} is {word('live')}{_after(steps)}.")
            return
        left = until - time.monotonic()
        if left <= 0:
            raise _not_proved(ordered, steps, wait)
        before = steps["mark"]
        steps = api.get(f"/sites/{fqdn}/steps", since=before, timeout=f"{min(left, 10.0):.3f}")
        if steps["mark"] == before:
            time.sleep(PAUSE_S)  # the Manager had no place left to wait in


def next_proof(api: Api, asked: dict[str, Any], wait: Wait) -> dict[str, Any]:
    """The site as it is after a proof that was not there when `asked` was answered.

    Raises:
        NotProved: no proof came in time, or one that says otherwise.
    """
    until = time.monotonic() + wait.timeout_s
    while True:
        site: dict[str, Any] = api.get(f"/sites/{asked['fqdn']}")
        if site["proved_at"] != asked["proved_at"]:
            return site
        if time.monotonic() > until or site["health"] == "changed":
            raise _not_proved(asked, site, wait)
        time.sleep(PAUSE_S)


def _is_so(steps: dict[str, Any], until: str) -> bool:
    return steps["health"] == "live" and (until == "live" or steps["https"] in ("live", "none"))


def _after(steps: dict[str, Any]) -> str:
    """How long what was asked last took; of a site that nothing was asked of, its order."""
    proved = next((step["seconds"] for step in steps["items"] if step["name"] == "proved"), None)
    seconds = steps["live_seconds"] if proved is None else proved
    return f" after {seconds:.2f} s" if seconds is not None else ""


def _not_proved(ordered: dict[str, Any], steps: dict[str, Any], wait: Wait) -> NotProved:
    sentence = steps["https_sentence"] if steps["health"] == "live" else steps["health_sentence"]
    state = f"https is {steps['https']}" if steps["health"] == "live" else steps["health"]
    return NotProved(
        f"{ordered['name_unicode']} is not {wait.until} after {wait.timeout_s:g} s: {state}. {sentence}".rstrip(),
        hint=steps["health_advice"] or f"It goes on by itself. Look again: essaim site show {ordered['fqdn']}",
        code="cli.not_proved",
    )
