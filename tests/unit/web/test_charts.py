"""Bars and lines of visits: what is drawn is what was counted, and whoever does not see it reads the same."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template

from essaim.contract.numbers import step_of
from essaim.manager.hosting.numbers import Figures
from essaim.manager.web.templatetags.charts import HEIGHT, _round_up, _round_up_time, _runs

START = datetime(2026, 11, 1, tzinfo=UTC)


def part(n: int = 0, requests: int = 0, **statuses: int) -> Figures:
    made = Figures(START + timedelta(days=n), requests=requests)
    made.statuses.update({name[1:]: count for name, count in statuses.items()})
    made.times.update({step_of(0.05): requests})
    return made


def drawn(tag: str, parts: list[Figures], hours: int = 24) -> str:
    return Template(f"{{% load charts %}}{{% {tag} parts hours %}}").render(Context({"parts": parts, "hours": hours}))


def test_a_bar_is_as_high_as_its_requests_and_its_pieces_stand_on_each_other() -> None:
    page = drawn("visits", [part(0, 100, s4=25, s5=25), part(1), part(2, 50)])
    pieces = [
        (tone, float(y), float(height))
        for tone, y, height in re.findall(
            r'<rect class="visits-(\w+)" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', page
        )
    ]
    assert [tone for tone, _, _ in pieces] == ["served", "refused", "failed", "served"]
    assert sum(height for _, _, height in pieces[:3]) == pytest.approx(HEIGHT)
    assert pieces[1][1] == pytest.approx(pieces[0][1] - pieces[1][2])
    assert pieces[3][2] == pytest.approx(HEIGHT / 2)


def test_the_same_figures_are_read_aloud() -> None:
    page = drawn("visits", [part(0, 100, s5=3), part(1)])
    assert "<title>1 November: 97 served, 3 failed (5xx)</title>" in page
    assert re.search(r'<th scope="row">1 November</th><td>97</td><td>3</td>', page)
    assert page.count("<tr>") == 2  # its head, and the one day on which somebody came
    assert 'aria-hidden="true"' in page


def test_an_empty_chart_is_drawn_without_a_fault() -> None:
    for tag in ("visits", "waits"):
        assert "<table" not in drawn(tag, [part()])
        assert "<table" not in drawn(tag, [])


def test_hours_days_and_weeks_say_when() -> None:
    assert "1 November, 00:00: 4 served" in drawn("visits", [part(0, 4)], 1)
    assert "week from 1 November: 4 served" in drawn("visits", [part(0, 4)], 168)


def test_a_line_is_broken_where_nobody_came() -> None:
    assert _runs([1.0, 0.5, None, 0.5], 1.0, 10.0) == ["5.0,0.0 15.0,60.0", "30.0,60.0 40.0,60.0"]


@pytest.mark.parametrize(("value", "top"), [(0, 4), (3, 4), (11, 20), (2400, 3000), (2000, 2000), (99_999, 100_000)])
def test_a_scale_ends_in_a_figure_that_people_read(value: int, top: int) -> None:
    assert _round_up(value) == top


@pytest.mark.parametrize(("value", "top"), [(0, 0.02), (0.39, 0.4), (7, 10), (500, 300)])
def test_a_scale_of_times_too(value: float, top: float) -> None:
    assert _round_up_time(value) == top
