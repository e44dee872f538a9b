"""Visits over time as SVG, drawn on the server: bars by how they were answered, and how long it took. Each has a table with the same figures
for whoever does not see it.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

from essaim.manager.hosting.numbers import Figures
from essaim.manager.web.templatetags.figures import number, seconds

register = template.Library()

WIDTH, HEIGHT = 640, 180
GAP = 0.18
"""Of a bar's place."""
ROUND = 4
DAY_HOURS = 24


class Sort(NamedTuple):
    """Part of a bar: which figures, in which words; `tone` is its class."""

    tone: str
    words: str
    count: Callable[[Figures], int]


def _sorts() -> list[Sort]:
    return [
        Sort("served", _("served"), lambda part: part.served),
        Sort("refused", _("not found or not allowed (4xx)"), lambda part: part.refused),
        Sort("failed", _("failed (5xx)"), lambda part: part.failed),
        Sort("gone", _("not waited for"), lambda part: part.unanswered),
    ]


@register.inclusion_tag("web/components/visits.html")
def visits(parts: Sequence[Figures], part_hours: int) -> dict[str, Any]:
    """Requests as bars, a bar an hour, a day or a week."""
    ceiling = _round_up(max((part.requests for part in parts), default=0))
    place = WIDTH / max(len(parts), 1)
    width = place * (1 - GAP)
    sorts = [sort for sort in _sorts() if any(sort.count(part) for part in parts)]
    bars: list[dict[str, Any]] = []
    for at, part in enumerate(parts):
        below = float(HEIGHT)
        pieces = []
        for sort in sorts:
            height = HEIGHT * sort.count(part) / ceiling
            if height:
                below -= height
                pieces.append({"tone": sort.tone, "y": f"{below:.2f}", "height": f"{max(height, 0.75):.2f}"})
        if pieces:
            said = _said(part, sorts)
            bars.append(
                {
                    "x": f"{at * place + place * GAP / 2:.2f}",
                    "pieces": pieces,
                    "said": f"{_when(part, part_hours)}: {said}",
                }
            )
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "middle": HEIGHT // 2,
        "bar": f"{width:.2f}",
        "bars": bars,
        "sorts": sorts,
        "scale": [number(ceiling * share) for share in (1, 0.5, 0)],
        "foot": _foot(parts, part_hours),
        "caption": _caption(part_hours),
        "rows": [
            (_when(part, part_hours), [number(sort.count(part)) for sort in sorts]) for part in parts if part.requests
        ],
    }


@register.inclusion_tag("web/components/waits.html")
def waits(parts: Sequence[Figures], part_hours: int) -> dict[str, Any]:
    """How long visitors waited: half of them, and all but one in twenty. Where nobody came, the line is broken."""
    ceiling = _round_up_time(max((part.p95 or 0 for part in parts), default=0))
    place = WIDTH / max(len(parts), 1)
    lines = [
        {"tone": tone, "words": words, "runs": _runs([getattr(part, name) for part in parts], ceiling, place)}
        for tone, words, name in (("p95", _("19 of 20 visits"), "p95"), ("p50", _("half of the visits"), "p50"))
    ]
    return {
        "width": WIDTH,
        "height": HEIGHT * 2 // 3,
        "middle": HEIGHT // 3,
        "lines": lines,
        "scale": [seconds(ceiling * share) for share in (1, 0.5)] + [number(0)],
        "foot": _foot(parts, part_hours),
        "rows": [(_when(part, part_hours), seconds(part.p50), seconds(part.p95)) for part in parts if part.requests],
    }


def _runs(values: Sequence[float | None], ceiling: float, place: float) -> list[str]:
    """Lines of neighbours that have a value; one that stands alone is as long as its place."""
    height = HEIGHT * 2 // 3
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(((at + 0.5) * place, height - height * min(value / ceiling, 1)))
    drawn = [
        [(run[0][0] - place / 2, run[0][1]), (run[0][0] + place / 2, run[0][1])] if len(run) == 1 else run
        for run in runs
        if run
    ]
    return [" ".join(f"{x:.1f},{y:.1f}" for x, y in run) for run in drawn]


def _said(part: Figures, sorts: Sequence[Sort]) -> str:
    return ", ".join(f"{number(sort.count(part))} {sort.words}" for sort in sorts if sort.count(part))


def _when(part: Figures, part_hours: int) -> str:
    day = formats.date_format(part.start, "j F")
    if part_hours < DAY_HOURS:
        return f"{day}, {part.start:%H:%M}"
    return day if part_hours == DAY_HOURS else _("week from %(day)s") % {"day": day}


def _foot(parts: Sequence[Figures], part_hours: int) -> list[str]:
    """First, middle and last."""
    if not parts:
        return []
    span = parts[-1].start - parts[0].start
    chosen = [parts[at].start for at in (0, len(parts) // 2, -1)]
    if part_hours < DAY_HOURS and span < timedelta(days=1):
        return [f"{moment:%H:%M}" for moment in chosen]
    return [formats.date_format(moment, "j M") for moment in chosen]


def _caption(part_hours: int) -> str:
    return {1: _("Requests by hour"), DAY_HOURS: _("Requests by day")}.get(part_hours, _("Requests by week"))


def _round_up(value: int) -> int:
    """The next figure that halves into one people read."""
    if value <= ROUND:
        return ROUND
    power: int = 10 ** (len(str(value)) - 1)
    tops: list[int] = [power * factor for factor in (1, 2, 3, 4, 6, 8, 10)]
    return next(top for top in tops if top >= value)


def _round_up_time(value: float) -> float:
    """In seconds."""
    return next((top for top in (0.02, 0.1, 0.2, 0.4, 1, 2, 4, 10, 20, 40, 120) if top >= value), 300)
