"""Figures beside their goals."""

import pytest

from benchmarks.rows import at_least, at_most, percentile


def test_a_ceiling_is_met_by_what_reaches_it_and_no_more() -> None:
    assert at_most("time", 2.0, "s", 2).met
    assert not at_most("time", 2.0004, "s", 2).met


def test_a_floor_is_met_by_what_reaches_it_and_no_less() -> None:
    assert at_least("orders", 300, "/min", 300).met
    assert not at_least("orders", 299.9, "/min", 300).met


def test_a_goal_is_told_with_its_unit() -> None:
    assert at_most("time", 1, "s", 0.6).goal == "≤ 0.6 s"
    assert at_least("kills", 50, "", 50).goal == "≥ 50"


def test_a_row_tells_what_it_was_compared_with() -> None:
    row = at_most("time", 1.23456, "s", 2, compared="by hand: 3 s", ratio=0.41)

    assert row.as_dict() == {
        "what": "time", "value": 1.235, "unit": "s", "compared": "by hand: 3 s", "ratio": 0.41, "goal": "≤ 2 s", "met": True,
    }  # fmt: skip


@pytest.mark.parametrize(("percent", "expected"), [(50, 50.5), (95, 95.05), (99, 99.01)])
def test_percentiles_lie_between_their_neighbours(percent: int, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == pytest.approx(expected)


def test_one_value_is_every_percentile() -> None:
    assert percentile([7.0], 95) == 7.0
