"""Figures with goals, and what is reckoned from lists of them. Nothing here runs anything."""

import statistics
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside what it is compared with. `goal` is what must be reached, `met` whether it was."""

    what: str
    value: float
    unit: str
    compared: str
    ratio: float | None
    goal: str
    met: bool

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def at_most(what: str, value: float, unit: str, limit: float, *, compared: str = "", ratio: float | None = None) -> Row:
    """A row whose goal is a ceiling."""
    return Row(what, round(value, 3), unit, compared, ratio, f"≤ {limit:g} {unit}".strip(), value <= limit)


def at_least(
    what: str, value: float, unit: str, limit: float, *, compared: str = "", ratio: float | None = None
) -> Row:
    """A row whose goal is a floor."""
    return Row(what, round(value, 3), unit, compared, ratio, f"≥ {limit:g} {unit}".strip(), value >= limit)


def percentile(values: list[float], percent: int) -> float:
    """Of a list that is not empty, by linear interpolation; `percent` from 1 to 99."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
