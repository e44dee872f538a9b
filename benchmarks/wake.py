"""The first byte of an account whose PHP sleeps, as a visitor on another machine waits for it, in every generation in turn."""

from benchmarks.harness import ensure_account
from benchmarks.rows import Row, at_most, percentile
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform

SIZE = 40
HELLO = b"<?php echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;"


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how often each generation is woken."""
    account = ensure_account(platform, "wake")
    web, outside = platform.lab.machine("web1"), platform.lab.machine("outside1")
    versions = [one["version"] for one in platform.api.get(f"/sites/first.{account}-bench.test")["php_offered"]]
    sites = {version: f"php{version.replace('.', '')}.wake-bench.test" for version in versions}
    for version, site in sites.items():
        platform.order_site(account, site, https_only=False)
        platform.api.patch(f"/sites/{site}", {"php": version})
        platform.wait_live(site)
        folder = f"/srv/essaim/accounts/{account}/sites/{site}"
        web.write_file(f"{folder}/hello.php", HELLO, owner=f"{account}:www-data", mode=0o644)
    asleep: dict[str, list[float]] = {version: [] for version in versions}
    awake: list[float] = []
    for _round in range(size):
        for version, site in sites.items():
            web.run(["systemctl", "stop", f"essaim-php-{version}@{account}.service"])
            asleep[version].append(_first_byte_ms(outside, site, version))
            awake.append(_first_byte_ms(outside, site, version))
    every = [taken for of_one in asleep.values() for taken in of_one]
    beside = percentile(awake, 50)
    medians = ", ".join(f"{version}: {percentile(taken, 50):.0f} ms" for version, taken in asleep.items())
    return [
        at_most(
            "first byte of a sleeping account, p95", percentile(every, 95), "ms", 150,
            compared=f"of one that is awake, median: {beside:.1f} ms",
        ),
        at_most("first byte of a sleeping account, median", percentile(every, 50), "ms", 150, compared=medians),
    ]  # fmt: skip


def _first_byte_ms(outside: Machine, site: str, version: str) -> float:
    told = outside.run(["curl", "-sS", "--max-time", "30", "-w", " %{time_starttransfer}", f"http://{site}/hello.php"])
    answer, seconds = told.stdout.decode().split()
    if answer != version:
        raise RuntimeError(f"PHP {answer} answers for {site}.")
    return float(seconds) * 1000
