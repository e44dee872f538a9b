"""A site's PHP version changed through the API, until it was proved from outside, while visitors keep coming."""

import itertools
import time

from benchmarks.harness import by_hand, ensure_account
from benchmarks.load import Load
from benchmarks.rows import Row, at_most, percentile
from essaim.lab.platform import Platform

SIZE = 30
SITE = "php.change-bench.test"
PROOF = "/.well-known/essaim/php?nonce=n"
VERSION = b"<?php echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;"


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: for how many seconds versions are changed, one after the other."""
    account = ensure_account(platform, "change")
    platform.order_site(account, SITE, https_only=False)
    platform.wait_live(SITE)
    platform.widen(SITE)
    web, outside = platform.lab.machine("web1"), platform.lab.machine("outside1")
    folder = f"/srv/essaim/accounts/{account}/sites/{SITE}"
    web.write_file(f"{folder}/version.php", VERSION, owner=f"{account}:www-data", mode=0o644)
    offered = [one["version"] for one in platform.api.get(f"/sites/{SITE}")["php_offered"]]
    taken, others = [], 0
    load = Load(outside, SITE, "/version.php", PROOF, "/", seconds=size)
    for version in itertools.cycle(reversed(offered)):
        started = time.monotonic()
        platform.api.patch(f"/sites/{SITE}", {"php": version})
        platform.wait_live(SITE)
        taken.append(time.monotonic() - started)
        answer = outside.run(["curl", "-sS", "--max-time", "10", f"http://{SITE}/version.php"]).stdout.decode()
        others += answer != version
        if not load.is_on:
            break
    asked = load.result()
    hand = percentile(by_hand(web, 1, 7), 50)
    median = percentile(taken, 50)
    beside = f"server block and reload by hand: {hand:.2f} s"
    return [
        at_most("change → proved, median", median, "s", 1, compared=beside, ratio=round(median / hand, 2)),
        at_most(
            "failed requests of the site", asked.failed, "", 0, compared=f"of {asked.requests} under constant load"
        ),
        at_most("proved, and another version answers", others, "", 0, compared=f"of {len(taken)} changes"),
    ]
