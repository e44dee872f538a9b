"""From an order to a site proved over HTTPS, its certificate obtained on the way."""

from benchmarks.harness import ensure_account, order_and_prove
from benchmarks.rows import Row, at_most, percentile
from essaim.lab.platform import Platform

SIZE = 40


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many orders."""
    account = ensure_account(platform, "tls")
    plain, encrypted = [], []
    for n in range(size):
        encrypted.append(order_and_prove(platform, account, f"s{n}.tls-bench.test", https=True))
        plain.append(order_and_prove(platform, account, f"p{n}.tls-bench.test"))
    median, beside = percentile(encrypted, 50), percentile(plain, 50)
    return [
        at_most(
            "order → proved over HTTPS, median", median, "s", 2.0,
            compared=f"over HTTP alone: {beside:.2f} s", ratio=round(median / beside, 2),
        ),
        at_most("order → proved over HTTPS, p95", percentile(encrypted, 95), "s", 5.0),
    ]  # fmt: skip
