"""Sums over rows that a page already has: no query is made for them."""

from collections.abc import Sequence

from django import template

from essaim.manager.fleet.queries import MachineRow

register = template.Library()


@register.simple_tag
def fleet_totals(rows: Sequence[MachineRow]) -> dict[str, int]:
    """The fleet in five figures: machines, of which heard lately, and wishes waiting, failing, drifted."""
    serving = [row for row in rows if row.machine.state in ("active", "draining")]
    return {
        "machines": len(serving),
        "heard": sum(not row.is_away for row in serving),
        "waiting": sum(row.waiting for row in rows),
        "failing": sum(row.failing for row in rows),
        "drifted": sum(row.drifted for row in rows),
    }
