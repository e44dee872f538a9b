"""The README's table, from the results that whole runs saved: `python -m benchmarks.table [DIRECTORY]`."""

import sys
from pathlib import Path
from typing import Any

from benchmarks import results

NAMES = (
    "click",
    "click-tls",
    "orders",
    "one-more",
    "rebuild",
    "serve",
    "engines",
    "wake",
    "php-change",
    "php-tree",
    "kills",
    "pages",
    "people-pages",
    "neighbours",
    "flat",
    "numbers",
    "certificates",
    "revocation",
    "guesses",
    "routes",
)
HEAD = "| benchmark | what | figure | compared with | ratio | goal | |\n|---|---|---:|---|---:|---:|---|"


def markdown(saved: list[dict[str, Any]]) -> str:
    """The table of these results, with a line that says on what machine and when they were measured."""
    if not saved:
        return "Nothing was measured yet."
    lines = [_line(_name(result), row) for result in saved for row in result["rows"]]
    machines = sorted({result["machine"] for result in saved})
    days = sorted({result["at"][:10] for result in saved})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return "\n".join([HEAD, *lines, "", f"Measured on {'; '.join(machines)}; {when}."])


def _name(result: dict[str, Any]) -> str:
    """A short run says so: the goal is for the whole one."""
    return f"`{result['name']}`" + (f", short run: {result['size']}" if result.get("is_short") else "")


def _line(name: str, row: dict[str, Any]) -> str:
    figure = f"{row['value']:g} {row['unit']}".strip()
    ratio = "" if row["ratio"] is None else f"{row['ratio']:g}"
    cells = [
        name,
        row["what"],
        figure,
        row["compared"],
        ratio,
        row["goal"],
        "met" if row["met"] else "**not met**",
    ]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else results.SAVED
    print(markdown(results.load(directory, names=NAMES)))
