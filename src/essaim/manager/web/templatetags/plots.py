"""Lines and bars as SVG, drawn on the server: no script, no style attribute, read aloud as a sentence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from essaim.manager.web.templatetags.figures import number, percent

register = template.Library()

WIDTH, HEIGHT = 640, 150
MOST_POINTS = 180
CARE, BAD = 0.8, 0.95
THOUSAND = 1000
COARSE = 4
"""From this height of a scale on, its figures are whole."""


def _points(
    values: Sequence[float], *, top: float, box: tuple[float, float, float, float]
) -> list[tuple[float, float]]:
    """`values` spread over `box` (left, top, right, bottom), 0 at the bottom."""
    left, upper, right, lower = box
    step = (right - left) / max(len(values) - 1, 1)
    return [(left + step * i, lower - (lower - upper) * min(value / top, 1)) for i, value in enumerate(values)]


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


@register.simple_tag
def sparkline(values: Sequence[float], label: str = "") -> SafeString:
    """A line the size of a word. `label` says what it is; the last and the highest value are read with it."""
    if not values:
        return format_html('<span class="faint">{}</span>', _("no figures yet"))
    top = max(*values, 0) or 1
    points = _points(values, top=top, box=(1, 3, 99, 25))
    read = _("%(label)s: last %(last)s, highest %(top)s")
    return format_html(
        '<svg class="sparkline" viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polyline class="plot-line" points="{}"/></svg>',
        read % {"label": label, "last": number(values[-1], 1), "top": number(max(values), 1)},
        _line(points),
    )


@register.inclusion_tag("web/components/plot.html")
def plot(
    values: Sequence[float], *, label: str, moments: Sequence[datetime] = (), unit: str = "", top: float = 0
) -> dict[str, Any]:
    """A line over time with its scale. `top` fixes the upper end (100 for percentages); 0 takes the highest value.

    `moments` of the same length give the foot its first, middle and last hour.
    """
    if not values:
        return {"label": label}
    last, highest, mean = values[-1], max(values), sum(values) / len(values)
    values = _smoothed(values)
    ceiling = top or _round_up(max(values))
    places = 0 if highest >= THOUSAND else 1
    points = _points(values, top=ceiling, box=(0, 0, WIDTH, HEIGHT))
    return {
        "label": label,
        "unit": unit,
        "width": WIDTH,
        "height": HEIGHT,
        "middle": HEIGHT // 2,
        "line": _line(points),
        "area": f"0,{HEIGHT} {_line(points)} {points[-1][0]:.1f},{HEIGHT}",
        "scale": [number(ceiling * part, 0 if ceiling >= COARSE else 1) for part in (1, 0.5, 0)],
        "foot": [f"{timezone.localtime(moments[i]):%H:%M}" for i in (0, len(moments) // 2, -1)] if moments else [],
        "last": number(last, places),
        "highest": number(highest, places),
        "mean": number(mean, places),
    }


def _smoothed(values: Sequence[float]) -> list[float]:
    """At most `MOST_POINTS`, each the mean of its neighbours: a line, not a hedge."""
    bunch = -(-len(values) // MOST_POINTS)
    groups = (values[i : i + bunch] for i in range(0, len(values), bunch))
    return [sum(group) / len(group) for group in groups]


def _round_up(value: float) -> float:
    """The next 1, 2, 4, 5 or 10 times a power of ten: a scale that halves into a figure people read."""
    if value <= 0:
        return 1.0
    power = 10.0 ** (len(f"{int(value)}") - 1) if value >= 1 else 0.1
    return next((power * factor for factor in (1, 2, 4, 5, 10) if power * factor >= value), power * 10)


@register.inclusion_tag("web/components/meter.html")
def meter(part: float | None, whole: float | None, *, label: str, text: str = "", shown: bool = True) -> dict[str, Any]:
    """How full something is. Turns to honey from 80 %, to red from 95 %; the words say so too.

    `text` replaces the percentage beside the label; with `shown=False` only the bar is drawn.
    """
    share = min((part or 0) / whole, 1.0) if whole else 0.0
    level = "bad" if share >= BAD else "care" if share >= CARE else ""
    return {
        "label": label,
        "share": f"{100 * share:.1f}",
        "percent": percent(100 * share),
        "level": level,
        "word": {"bad": _("full"), "care": _("nearly full")}.get(level, ""),
        "text": text,
        "shown": shown,
    }
