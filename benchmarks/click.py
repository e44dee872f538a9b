"""From an order through the API to a site proved over HTTP: with few sites on the machine, and with many."""

from benchmarks.harness import by_hand, ensure_account, order_and_prove, seed
from benchmarks.rows import Row, at_most, percentile
from essaim.lab.platform import Platform

SIZE = 10_000
FEW = 10
ROUNDS = 40


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many sites the second half has on the machine."""
    rounds = ROUNDS if size >= FEW else 10
    account = ensure_account(platform, "clicks")
    seed(platform, FEW)
    rows = _rows(platform, account, FEW, rounds, median_goal=0.6, p95_goal=1.5)
    if size > FEW:
        seed(platform, size - FEW, first=FEW)
        rows += _rows(platform, account, size, rounds, median_goal=1.0, p95_goal=None)
    return rows


def _rows(
    platform: Platform, account: str, sites: int, rounds: int, *, median_goal: float, p95_goal: float | None
) -> list[Row]:
    taken = [order_and_prove(platform, account, f"n{sites}-{n}.clicks-bench.test") for n in range(rounds)]
    hand = percentile(by_hand(platform.lab.machine("web1"), sites, 7), 50)
    median = percentile(taken, 50)
    beside = f"server block and reload by hand: {hand:.2f} s"
    rows = [
        at_most(
            f"order → proved, median, {sites} sites",
            median,
            "s",
            median_goal,
            compared=beside,
            ratio=round(median / hand, 2),
        )
    ]
    if p95_goal is not None:
        rows.append(at_most(f"order → proved, p95, {sites} sites", percentile(taken, 95), "s", p95_goal))
    return rows
