"""`essaim bench NAME`: figures beside what they are compared with, from one run on this machine."""

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from essaim.lab.errors import LabError

if TYPE_CHECKING:  # benchmarks are there in a checkout only
    from benchmarks.rows import Row

CHECKOUT = Path(__file__).resolve().parents[3]
NAMES = {
    "click": "click",
    "click-tls": "click_tls",
    "orders": "orders",
    "one-more": "one_more",
    "rebuild": "rebuild",
    "serve": "serve",
    "engines": "engines",
    "wake": "wake",
    "php-change": "php_change",
    "php-tree": "php_tree",
    "kills": "kills",
    "pages": "pages",
    "people-pages": "people_pages",
    "neighbours": "neighbours",
    "flat": "flat",
    "numbers": "numbers",
    "certificates": "certificates",
    "revocation": "revocation",
    "guesses": "guesses",
    "routes": "routes",
}
PACKAGES = {"/usr/bin/wrk": "wrk"}


@click.command()
@click.argument("name", type=click.Choice(list(NAMES)))
@click.option("--json", "as_json", is_flag=True, help="One JSON object with `rows`.")
@click.option(
    "--size", type=click.IntRange(min=1), help="A shorter or longer run; what it counts is told by the benchmark."
)
@click.option("--keep", is_flag=True, help="Leave the benchmark's machines up afterwards.")
def bench(*, name: str, as_json: bool, size: int | None, keep: bool) -> None:
    """Measure NAME on machines of its own, and compare in the same run. Exits 1 when a goal is not met.

    The figures are kept in build/bench/ too, where `python -m benchmarks.table` finds them.
    """
    sys.path.insert(0, str(CHECKOUT))
    harness = importlib.import_module("benchmarks.harness")
    results = importlib.import_module("benchmarks.results")
    module = importlib.import_module(f"benchmarks.{NAMES[name]}")
    console = Console(stderr=True, highlight=False)
    try:
        if not getattr(module, "ON_MACHINES", True):
            rows = module.measure(None, size or module.SIZE)
        else:
            rows = _on_machines(harness, module, size or module.SIZE, console, keep=keep)
    except LabError as wrong:
        click.echo(f"{wrong}\n{wrong.hint}".rstrip(), err=True)
        sys.exit(1)
    result = results.describe(name, size or module.SIZE, rows)
    results.save(result, is_whole=size in {None, module.SIZE})
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        _table(name, rows, result["machine"])
    sys.exit(0 if all(row.met for row in rows) else 1)


def _on_machines(harness: Any, module: Any, size: int, console: Console, *, keep: bool) -> list["Row"]:
    _prepare(console)
    platform = harness.start_platform(lambda step: console.print(f"[dim]{step}[/dim]"))
    try:
        rows: list[Row] = module.measure(platform, size)
    finally:
        if not keep:
            platform.lab.reset()
    return rows


def _prepare(console: Console) -> None:
    from essaim.lab import checks, host_packages

    checks.root()
    missing = [package for path, package in PACKAGES.items() if not Path(path).exists()]
    if missing:
        host_packages.install(missing, lambda step, _fraction: console.print(step))


def _table(name: str, rows: list["Row"], machine: str) -> None:
    table = Table(
        "what", "figure", "compared with", "ratio", "goal", "", title=f"{name} on {machine}", title_justify="left"
    )
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:g}"
        table.add_row(
            row.what,
            f"{row.value:g} {row.unit}".strip(),
            row.compared,
            ratio,
            row.goal,
            "met" if row.met else "NOT MET",
        )
    Console(width=160).print(table)
