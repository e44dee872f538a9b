"""What a run leaves, and the README's table made of it."""

from pathlib import Path
from typing import Any

from benchmarks import results, table
from benchmarks.rows import Row, at_least, at_most
from essaim.cli.bench import NAMES


def result(name: str = "orders", size: int = 300, *rows: Row, at: str = "2026-11-24T07:00:00+00:00") -> dict[str, Any]:
    kept = rows or (at_least("orders proved a minute", 410, "/min", 300, compared="57 /min", ratio=7.2),)
    return {**results.describe(name, size, kept), "machine": "2 × CPU, 24 GB", "at": at}


def test_what_was_saved_is_read_again_in_the_order_asked_for(tmp_path: Path) -> None:
    for name in ("orders", "click"):
        results.save(result(name), is_whole=True, directory=tmp_path)

    assert [one["name"] for one in results.load(tmp_path, names=["click", "serve", "orders"])] == ["click", "orders"]


def test_a_short_run_does_not_take_the_place_of_a_whole_one(tmp_path: Path) -> None:
    results.save(result(size=300), is_whole=True, directory=tmp_path)

    results.save(result(size=10), is_whole=False, directory=tmp_path)

    assert [one["size"] for one in results.load(tmp_path, names=["orders"])] == [300]


def test_a_short_run_stands_in_for_a_whole_one_and_says_so(tmp_path: Path) -> None:
    for size in (9, 10):
        results.save(result(size=size), is_whole=False, directory=tmp_path)

    made = table.markdown(results.load(tmp_path, names=["orders"])).splitlines()

    assert made[2].startswith("| `orders`, short run: 10 | orders proved a minute |")


def test_a_result_says_on_what_machine_it_was_measured() -> None:
    assert " × " in results.describe("click", 10, [])["machine"]


def test_the_table_has_a_line_a_figure_and_says_where_and_when() -> None:
    slow = at_most("p95", 1.9, "s", 1.5)

    made = table.markdown([result(), result("click", 10, slow, at="2026-11-25T07:00:00+00:00")]).splitlines()

    assert made[2] == "| `orders` | orders proved a minute | 410 /min | 57 /min | 7.2 | ≥ 300 /min | met |"
    assert made[3] == "| `click` | p95 | 1.9 s |  |  | ≤ 1.5 s | **not met** |"
    assert made[-1] == "Measured on 2 × CPU, 24 GB; 2026-11-24 to 2026-11-25."


def test_no_text_breaks_out_of_its_cell() -> None:
    row = at_most("a | b", 1, "", 2)

    assert table.markdown([result("click", 1, row)]).splitlines()[2].count("|") == 8


def test_without_results_the_table_says_so() -> None:
    assert table.markdown([]) == "Nothing was measured yet."


def test_the_table_knows_every_benchmark() -> None:
    assert list(table.NAMES) == list(NAMES)
