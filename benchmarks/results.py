"""Results of benchmarks, saved below `build/bench/` by each run and read again for the README's table.

A run at the size the goals name is `<name>.json`; another size is `<name>-<size>.json`, so that a short run never takes its place.
"""

import json
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.rows import Row

SAVED = Path(__file__).resolve().parents[1] / "build/bench"


def describe(name: str, size: int, rows: Iterable[Row]) -> dict[str, Any]:
    """One run as one object: what `--json` prints and `save` keeps."""
    about = {"name": name, "size": size, "machine": machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    return {**about, "rows": [row.as_dict() for row in rows]}


def save(result: dict[str, Any], *, is_whole: bool, directory: Path = SAVED) -> Path:
    """Write one result, in place of the last of its name and size; answers where."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / (f"{result['name']}.json" if is_whole else f"{result['name']}-{result['size']}.json")
    file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    return file


def load(directory: Path = SAVED, *, names: Iterable[str]) -> list[dict[str, Any]]:
    """The whole run of each of `names` that was saved, in this order; where there is none, the largest short one, which says
    `is_short`; where there is neither, nothing.
    """
    found = []
    for name in names:
        whole = directory / f"{name}.json"
        if whole.is_file():
            found.append(json.loads(whole.read_text()))
            continue
        short = [json.loads(file.read_text()) for file in directory.glob(f"{name}-*.json")]
        short = [result for result in short if result["name"] == name]
        if short:
            found.append({**max(short, key=lambda result: int(result["size"])), "is_short": True})
    return found


def machine() -> str:
    """What this machine is."""
    lines = subprocess.run(["lscpu"], capture_output=True, text=True, check=False).stdout.splitlines()
    found = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    gigabytes = round(int(memory.split()[1]) / 2**20)
    return f"{found.get('CPU(s)', '?')} × {found.get('Model name', 'unknown')}, {gigabytes} GB"
