"""The agent's own work for one site, as its reports say: made, changed, removed, with few sites on the machine and with many."""

from typing import Any

from benchmarks.harness import ensure_account, seed
from benchmarks.rows import Row, at_most, percentile
from essaim.lab.platform import Platform

SIZE = 10_000
FEW = 10
ROUNDS = 40
MOST = 1.3
ACTS = ("made", "changed", "removed")


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many sites the second half has on the machine."""
    rounds = ROUNDS if size >= SIZE else 10
    account = ensure_account(platform, "flat")
    seed(platform, FEW)
    few = _medians(platform, account, FEW, rounds)
    seed(platform, max(1, size - FEW), first=FEW)
    many = _medians(platform, account, size, rounds)
    return [
        at_most(
            f"a site {act}, at {size} against {FEW}",
            many[act] / few[act],
            "×",
            MOST,
            compared=f"{1000 * many[act]:.2f} ms against {1000 * few[act]:.2f} ms, median",
        )
        for act in ACTS
    ]


def _medians(platform: Platform, account: str, sites: int, rounds: int) -> dict[str, float]:
    """Seconds that the agent took for each act, one site after the other."""
    taken: dict[str, list[float]] = {act: [] for act in ACTS}
    for n in range(rounds):
        name = f"n{sites}-{n}.flat-bench.test"
        platform.order_site(account, name, https_only=False)
        taken["made"].append(_applied(platform, name, 1))
        platform.api.patch(f"/sites/{name}", {"docroot": "public"})
        taken["changed"].append(_applied(platform, name, 2))
        platform.api.post(f"/sites/{name}/close", {"reason": "end of the round"})
        taken["removed"].append(_applied(platform, name, 3))
    return {act: percentile(seconds, 50) for act, seconds in taken.items()}


def _applied(platform: Platform, name: str, count: int) -> float:
    """Seconds that the machine reported of what it did to the site, once it has done so many things."""
    platform.wait_for(
        lambda: len(_done(platform, name)) >= count,
        seconds=60,
        every=0.05,
        sentence=f"What was wished of {name} is not applied.",
    )
    return float(_done(platform, name)[0]["seconds"])


def _done(platform: Platform, name: str) -> list[dict[str, Any]]:
    """What its machine made of the site, newest first."""
    lines: list[dict[str, Any]] = platform.api.get(f"/sites/{name}/story", limit=50)["items"]
    return [line for line in lines if (line["what"], line["kind"]) == ("applied", "site")]
