"""What every command shares: its options, JSON for programs, tables for people. States are told in words."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property, wraps
from typing import Any, TypeVar

import click

from essaim.cli import profiles
from essaim.cli.calls import Api

F = TypeVar("F", bound=Callable[..., Any])
COLOURS = {
    "live": "green", "active": "green", "applied": "green", "done": "green",
    "failed": "red", "revoked": "red", "changed": "red",
    "waiting": "yellow", "applying": "yellow", "proving": "yellow", "pending": "yellow", "draining": "yellow",
    "suspended": "yellow", "doing": "yellow",
}  # fmt: skip


class Session:
    """One run of a command: where to, and how to show."""

    def __init__(self, *, profile: str, as_json: bool) -> None:
        self.profile = profile
        self.as_json = as_json

    @cached_property
    def api(self) -> Api:
        """The Manager of the profile."""
        return Api(profiles.find(self.profile))

    def show(self, data: Any, people: Callable[[], None]) -> None:
        """`data` as JSON when asked for, else what `people` prints."""
        if self.as_json:
            click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        else:
            people()


def speaks(command: F) -> F:
    """Give a command `--json` and `--profile`, and its `Session` as first argument."""

    @click.option("--json", "as_json", is_flag=True, help="Print what the API answered, for programs.")
    @click.option("--profile", default="", help="A profile of ~/.config/essaim/cli.toml.")
    @wraps(command)
    def with_session(*arguments: Any, as_json: bool, profile: str, **options: Any) -> Any:
        return command(Session(profile=profile, as_json=as_json), *arguments, **options)

    return with_session  # type: ignore[return-value]  # click's decorators keep the signature


def listing(command: F) -> F:
    """`--limit` of a list."""
    return click.option("--limit", default=200, show_default=True, type=click.IntRange(1), help="Most entries.")(
        command
    )


WORDS = {
    "applying": "being made",
    "proving": "being proved",
    "changed": "not as it should be",
}


def word(state: str) -> str:
    """A state in words, coloured on a terminal."""
    text = WORDS.get(state, state)
    return click.style(text, fg=COLOURS[state]) if state in COLOURS and sys.stdout.isatty() else text


def health(site: dict[str, Any]) -> str:
    """How a site is: its state if it is not to be served, else how far it has come."""
    return word(str(site["health"] if site["state"] == "active" else site["state"]))


def moment(text: str | None) -> str:
    """A time of the API as local time, to the second; empty when it has not come."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def days_left(text: str | None) -> str:
    """Days until a time of the API."""
    return f"{(datetime.fromisoformat(text) - datetime.now(UTC)).days} d" if text else ""


def size(number: float | None) -> str:
    """Bytes in a unit that reads well."""
    value = float(number or 0)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:  # noqa: PLR2004  # the steps of a size
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"  # noqa: PLR2004  # the steps of a size
        value /= 1024
    return f"{value:.1f} TiB"


def table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], *, more: bool = False, nothing: str = "Nothing."
) -> None:
    """Rows under titles, as wide as what they hold; on a terminal no wider than it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    filled = [list(row) for row in rows]
    if not filled:
        click.echo(nothing)
        return
    shown = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in titles:
        shown.add_column(title, no_wrap=True, overflow="ellipsis")
    for row in filled:
        shown.add_row(*(Text.from_ansi(cell) for cell in row))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 400)
    console.print(shown)
    if more:
        click.echo("There are more: --limit shows them.", err=True)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Name and value, one a line; what is empty is left out."""
    filled = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _value in filled), default=0)
    for name, value in filled:
        click.echo(f"{name:<{width}}  {value}")


def told(sentence: str, advice: str) -> None:
    """A sentence and what to do, if there is one."""
    if sentence:
        click.echo(f"  {sentence}")
    if advice:
        click.echo(f"  → {advice}")
