"""The first byte of an account whose PHP sleeps, as a visitor on another machine waits for it, in every generation in turn. Once on a machine
with few accounts, and once with thousands present and a tenth of them awake.
"""

from benchmarks.harness import as_manager, ensure_account, wait_until_proved
from benchmarks.rows import Row, at_most, percentile
from essaim.contract.php import DEFAULT
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform

SIZE = 40
PRESENT_BY_SIZE = 75
"""Accounts present for each waking: 3,000 at the whole size."""
AWAKE = 10
"""One in so many of them is awake: 300."""
AT_ONCE = 200
"""Accounts made and proved before their PHP is put to sleep."""
HELLO = b"<?php echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;"


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how often each generation is woken; with 75 times as many accounts present in the second half."""
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
    asleep, awake = _woken(web, outside, account, sites, size)
    every = [taken for of_one in asleep.values() for taken in of_one]
    beside = percentile(awake, 50)
    medians = ", ".join(f"{version}: {percentile(taken, 50):.0f} ms" for version, taken in asleep.items())
    rows = [
        at_most(
            "first byte of a sleeping account, p95", percentile(every, 95), "ms", 150,
            compared=f"of one that is awake, median: {beside:.1f} ms",
        ),
        at_most("first byte of a sleeping account, median", percentile(every, 50), "ms", 150, compared=medians),
    ]  # fmt: skip
    present, used = _fill(platform, web, size * PRESENT_BY_SIZE)
    asleep, awake = _woken(web, outside, account, sites, size)
    crowded = [taken for of_one in asleep.values() for taken in of_one]
    count = present // AWAKE
    told = f"with {present} accounts present and {count} awake; median {percentile(crowded, 50):.0f} ms"
    rows.append(at_most("the same on a full machine, p95", percentile(crowded, 95), "ms", 150, compared=told))
    rows.append(
        at_most("memory of an account that is awake", used / count, "MiB", 25, compared=f"{used:.0f} MiB for {count}")
    )
    return rows


def _woken(
    web: Machine, outside: Machine, account: str, sites: dict[str, str], size: int
) -> tuple[dict[str, list[float]], list[float]]:
    """Milliseconds to the first byte of one that slept, by version, and of one that was awake."""
    asleep: dict[str, list[float]] = {version: [] for version in sites}
    awake: list[float] = []
    for _round in range(size):
        for version, site in sites.items():
            web.run(["systemctl", "stop", f"essaim-php-{version}@{account}.service"])
            asleep[version].append(_first_byte_ms(outside, site, version))
            awake.append(_first_byte_ms(outside, site, version))
    return asleep, awake


CROWD = """
import sys, time
import django
django.setup()
from django.conf import settings
settings.ACME_DIRECTORY = ""
from django.db import transaction
from essaim.manager.hosting import actions
from essaim.manager.people.models import Client, Person
by, client = Person.objects.team().get(), Client.objects.get(slug="bench")
first, last = map(int, sys.argv[1:])
for start in range(first, last, 50):
    time.sleep(0.02)  # the worker has its turn: SQLite's lock has no queue
    with transaction.atomic():
        for n in range(start, min(start + 50, last)):
            account = actions.create_account(client=client, by=by, login=f"crowd{n}")
            actions.create_site(account=account, name=f"crowd{n}.wake-bench.test", by=by)
"""


def _fill(platform: Platform, web: Machine, present: int) -> tuple[int, float]:
    """So many accounts of one site are made and proved, and one in ten is awake. Answers how many, and what those take in MiB."""
    as_manager(platform, CAPACITY, str(present + 100))
    units = [f"essaim-php-{DEFAULT}@crowd{n}.service" for n in range(present)]
    for start in range(0, present, AT_ONCE):
        last = min(start + AT_ONCE, present)
        as_manager(platform, CROWD, str(start), str(last), timeout=3600)
        wait_until_proved(platform, seconds=3600)
        # Each was woken by its proof. Thousands awake are more memory than the machine has.
        web.run(["systemctl", "stop", *units[start:last]], timeout=600)
    before = _used_mib(web)
    for start in range(0, present // AWAKE, 50):
        web.run(["systemctl", "start", *units[start : min(start + 50, present // AWAKE)]], timeout=600)
    return present, max(0.0, _used_mib(web) - before)


CAPACITY = """
import sys
import django
django.setup()
from essaim.manager.fleet.models import Machine
Machine.objects.update(capacity_accounts=int(sys.argv[1]))
"""


def _used_mib(web: Machine) -> float:
    """Memory in use, as the kernel reckons it."""
    lines = web.read_file("/proc/meminfo").decode().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return (found["MemTotal"] - found["MemAvailable"]) / 1024


def _first_byte_ms(outside: Machine, site: str, version: str) -> float:
    told = outside.run(["curl", "-sS", "--max-time", "30", "-w", " %{time_starttransfer}", f"http://{site}/hello.php"])
    answer, seconds = told.stdout.decode().split()
    if answer != version:
        raise RuntimeError(f"PHP {answer} answers for {site}.")
    return float(seconds) * 1000
