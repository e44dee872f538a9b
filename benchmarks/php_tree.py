"""A build of a PHP tree replaced by another and back, while accounts of it are visited without a pause."""

import time
from collections.abc import Iterator

from benchmarks.harness import ensure_account
from benchmarks.load import Load
from benchmarks.rows import Row, at_most
from essaim.contract.php import DEFAULT
from essaim.lab.machine import Machine
from essaim.lab.platform import PYTHON, Platform

SIZE = 100
VISITED = 4
PLACE = f"/usr/lib/essaim/php/{DEFAULT}"
BUILD = b"<?php echo basename(file_exists('/etc/build') ? trim(file_get_contents('/etc/build')) : 'first');"
MAKE = "rm -rf {place}/second && cp -a {place}/{first} {place}/second && echo second >{place}/second/etc/build"
BROKEN = f"{PLACE}/second/etc/php/{DEFAULT}/fpm/conf.d/99-broken.ini"


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: accounts whose PHP is awake."""
    web, outside = platform.lab.machine("web1"), platform.lab.machine("outside1")
    accounts = [ensure_account(platform, f"tree{n}") for n in range(size)]
    sites = [f"{account}.php-tree-bench.test" for account in accounts]
    for account, site in zip(accounts, sites, strict=True):
        platform.order_site(account, site, https_only=False)
        platform.wait_live(site)
        platform.widen(site)
        folder = f"/srv/essaim/accounts/{account}/sites/{site}"
        web.write_file(f"{folder}/build.php", BUILD, owner=f"{account}:www-data", mode=0o644)
    first = web.run(["readlink", f"{PLACE}/current"]).stdout.decode().strip()
    web.run(["sh", "-c", MAKE.format(place=PLACE, first=first)], timeout=300)
    try:
        return list(_rows(web, outside, accounts, sites, first))
    finally:
        web.run(["rm", "-f", BROKEN])
        _use(web, first)
        web.run(["rm", "-rf", f"{PLACE}/second"], timeout=300)


def _rows(web: Machine, outside: Machine, accounts: list[str], sites: list[str], first: str) -> Iterator[Row]:
    wake = [f"essaim-php-{DEFAULT}@{account}.service" for account in accounts]
    web.run(["systemctl", "start", *wake], timeout=300)
    loads = [Load(outside, site, "/build.php", "/", seconds=2.0 * len(accounts) + 10) for site in sites[:VISITED]]
    fixed = _use(web, first)  # what the command does where nobody is to be moved
    taken = max(0.0, max(_use(web, build) for build in ("second", first)) - fixed)
    others = _use(web, "second") and sum(_answer(outside, site) != "second" for site in sites)
    asked = [load.result() for load in loads]
    requests, failed = sum(one.requests for one in asked), sum(one.failed for one in asked)
    told = f"of {requests} to {len(asked)} accounts under constant load, {len(accounts)} awake, three roll-outs"
    yield at_most("failed requests while a tree is replaced", failed, "", 0, compared=told)
    yield at_most("accounts on another build than was told", others, "", 0, compared=f"of {len(accounts)}")
    beside = f"{taken:.1f} s for {len(accounts)}, beside {fixed:.1f} s of the command itself"
    yield at_most("moved and proved, an account", taken / len(accounts), "s", 1, compared=beside)
    _use(web, first)
    web.write_file(BROKEN, b"opcache.preload=/none.php\nopcache.preload_user=www-data\n")
    load = Load(outside, sites[0], "/build.php", "/", seconds=40)
    _use(web, "second", check=False)
    asked_then = load.result()
    told = f"of {asked_then.requests} while a build that does not start is tried and put back"
    yield at_most("failed requests of an account that is put back", asked_then.failed, "", 0, compared=told)


def _use(web: Machine, build: str, *, check: bool = True) -> float:
    """Move every account onto `build`; the seconds it took."""
    started = time.monotonic()
    web.run([*PYTHON, "-m", "essaim.agent", "php-tree", DEFAULT, "--use", build], check=check, timeout=1800)
    return time.monotonic() - started


def _answer(outside: Machine, site: str) -> str:
    return outside.run(["curl", "-sS", "--max-time", "30", f"http://{site}/build.php"]).stdout.decode()
