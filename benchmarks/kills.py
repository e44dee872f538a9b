"""Processes killed at random instants while orders run: nothing lost, nothing doubled, all proved without a hand."""

import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from benchmarks.harness import as_manager, ensure_account
from benchmarks.rows import Row, at_least, at_most
from essaim.lab.errors import LabError
from essaim.lab.platform import Platform

SIZE = 1000
UNITS = (
    ("manager1", "essaim-manager"),
    ("manager1", "essaim-worker"),
    ("manager1", "essaim-bus"),
    ("web1", "essaim-agent"),
    ("web1", "essaim-web"),
    ("outside1", "essaim-agent"),
)
REBOOT_EVERY = 50
"""One kill in so many pulls the web machine's plug instead."""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many kills, and how many orders."""
    ensure_account(platform, "kills")
    return rows_of(platform, size, account="kills", domain="kills-bench.test")


def rows_of(platform: Platform, size: int, *, account: str, domain: str) -> list[Row]:
    """Order `size` sites below `domain` for an account that is made, and kill as often meanwhile and afterwards."""
    names = [f"s{n}.{domain}" for n in range(size)]
    random.seed(size)
    done = Event()
    with ThreadPoolExecutor(5) as pool:
        killing = pool.submit(_kill, platform, size, done)
        list(
            pool.map(
                lambda name: platform.api.post("/sites", {"account": account, "name": name}, key=f"kills-{name}"), names
            )
        )
        done.set()
        killed = killing.result()
    started = time.monotonic()
    counts = _settle(platform, names, domain)
    return [
        at_least("kills", sum(killed.values()), "", size, compared=", ".join(f"{unit} {n}" for unit, n in killed.most_common())),
        at_most("orders lost", size - counts["sites"], "", 0, compared=f"of {size}"),
        at_most("orders doubled", counts["created"] - counts["sites"], "", 0, compared="lines of the audit trail to sites"),
        at_most("not proved without a hand", size - counts["live"], "", 0, compared=f"settled {time.monotonic() - started:.0f} s after the last order"),
        at_most("broken lines in the audit's chain", counts["broken"], "", 0),
    ]  # fmt: skip


def _kill(platform: Platform, kills: int, done: Event) -> Counter[str]:
    """Kill one thing after another, until as many were killed as were asked for; orders go on meanwhile or have ended."""
    killed: Counter[str] = Counter()
    while sum(killed.values()) < kills:
        if (sum(killed.values()) + 1) % REBOOT_EVERY == 0:
            web = platform.lab.machine("web1")
            web.kill()
            web.start()
            web.wait_until_booted()
            killed["machine"] += 1
        else:
            machine, unit = random.choice(UNITS)  # noqa: S311 - a test's choice, repeatable
            argv = ["systemctl", "kill", "--signal=KILL", "--kill-whom=all", f"{unit}.service"]
            if platform.lab.machine(machine).run(argv, check=False).returncode == 0:
                killed[unit.removeprefix("essaim-")] += 1
        time.sleep(random.uniform(0.0, 0.25 if done.is_set() else 0.5))  # noqa: S311 - the same
    return killed


COUNTS = """
import json
import sys
import django
django.setup()
from essaim.manager.core import audit
from essaim.manager.core.models import AuditLine
from essaim.manager.hosting.models import Site
domain = "." + sys.argv[1]
mine = Site.objects.filter(fqdn__endswith=domain, fqdn__startswith="s")
lines = AuditLine.objects.filter(code="hosting.site_created", about_key__endswith=domain, about_key__startswith="s")
print(json.dumps({"sites": mine.count(), "live": mine.filter(health="live").count(), "created": lines.count(),
                  "broken": 0 if audit.first_broken_line() is None else 1}))
"""


def _settle(platform: Platform, names: list[str], domain: str) -> dict[str, int]:
    counts: dict[str, int] = {}

    def all_live() -> bool:
        counts.update(json.loads(as_manager(platform, COUNTS, domain).splitlines()[-1]))
        return counts["live"] == len(names)

    try:
        platform.wait_for(all_live, seconds=300, every=2.0, sentence="not all proved")
    except LabError:
        return counts
    return counts
