"""A web machine with many sites is lost, disk and all, and rebuilt from what the manager wants."""

import time

from benchmarks.harness import SITES_PER_ACCOUNT, as_manager, seed
from benchmarks.rows import Row, at_most
from essaim.lab.platform import Platform

SIZE = 10_000
WAITING = """
import django
django.setup()
from django.db.models import F, Q
from essaim.manager.fleet.models import Wanted
fresh = Q(outcome="applied", applied_revision=F("revision"), applied_at__gt=__SINCE__)
print(Wanted.objects.filter(machine__name="web1", kind__in=["account", "site"]).exclude(fresh).count())
"""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many sites."""
    made = seed(platform, size)
    since = as_manager(
        platform, "from datetime import datetime, UTC; print(repr(datetime.now(UTC).isoformat()))"
    ).strip()
    platform.lab.rebuild("web1")
    started = time.monotonic()
    platform.enrol(platform.lab.machine("web1"))
    script = WAITING.replace("__SINCE__", since)
    platform.wait_for(
        lambda: int(as_manager(platform, script).split()[-1]) == 0,
        seconds=600,
        every=1.0,
        sentence="Not rebuilt in time.",
    )
    taken = time.monotonic() - started
    return [
        at_most(
            f"{size} sites in {size // SITES_PER_ACCOUNT} accounts rebuilt", taken, "s", 120,
            compared=f"ordered and proved the first time: {made:.0f} s", ratio=round(taken / made, 2),
        )
    ]  # fmt: skip
