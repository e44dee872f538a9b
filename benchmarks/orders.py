"""How many orders a minute one machine takes, eight at a time, each waited for until it is proved."""

import time

from benchmarks.harness import ensure_account, in_parallel, order_and_prove
from benchmarks.rows import Row, at_least, percentile
from essaim.lab.platform import Platform

SIZE = 300
AT_ONCE = 8
PANEL = 57
"""Orders a minute of the quickest panel in the prototypes' measurements."""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many orders."""
    account = ensure_account(platform, "orders")
    started = time.monotonic()
    taken = in_parallel(lambda n: order_and_prove(platform, account, f"s{n}.orders-bench.test"), size, at_once=AT_ONCE)
    per_minute = 60 * size / (time.monotonic() - started)
    return [
        at_least(
            "orders proved a minute, 8 at a time", round(per_minute), "/min", 300,
            compared=f"quickest panel measured before: {PANEL} /min", ratio=round(per_minute / PANEL, 1),
        ),
        at_least("of them proved", sum(1 for seconds in taken if seconds > 0), "", size, compared=f"{percentile(taken, 50):.2f} s each, median"),
    ]  # fmt: skip
