"""What one more site costs when there are many: reloads of nginx, reloads of other accounts' PHP, a neighbour's failed requests."""

from benchmarks.harness import ensure_account, order_and_prove, seed
from benchmarks.load import Load
from benchmarks.rows import Row, at_most
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform

SIZE = 10_000
LOAD_SECONDS = 20


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many sites are there before."""
    account = ensure_account(platform, "more")
    neighbour = ensure_account(platform, "neighbour")
    platform.order_site(neighbour, "plain.neighbour-bench.test", https_only=False)
    platform.wait_live("plain.neighbour-bench.test")
    platform.widen("plain.neighbour-bench.test")
    seed(platform, size)
    web, outside = platform.lab.machine("web1"), platform.lab.machine("outside1")
    before = (_nginx(web), _php(web, besides=account))
    paths = ("/", "/.well-known/essaim/php?nonce=n")
    load = Load(outside, "plain.neighbour-bench.test", *paths, seconds=LOAD_SECONDS)
    ordered = 0
    while load.is_on:
        order_and_prove(platform, account, f"s{ordered}.more-bench.test", https=True)
        ordered += 1
    asked = load.result()
    after = (_nginx(web), _php(web, besides=account))
    beside = f"{ordered} sites ordered, with certificates, beside {size}"
    restarted = [unit for unit, pid in before[1].items() if unit in after[1] and after[1][unit] != pid]
    return [
        at_most("reloads of nginx", len(before[0] ^ after[0]), "", 0, compared=beside),
        at_most("PHP masters of others restarted", len(restarted), "", 0, compared=f"{len(before[1])} were awake"),
        at_most(
            "failed requests of a neighbour", asked.failed, "", 0, compared=f"of {asked.requests} under constant load"
        ),
    ]


def _nginx(web: Machine) -> set[str]:
    """Processes of nginx with their start times: a reload makes new workers."""
    listing = web.run(["ps", "-C", "nginx", "-o", "pid=,lstart="]).stdout.decode()
    return set(listing.strip().splitlines())


def _php(web: Machine, *, besides: str) -> dict[str, str]:
    """Main process of every PHP master that is awake, by its unit."""
    argv = ["systemctl", "show", "--state=active", "--property=Id,MainPID", "essaim-php-*@*.service"]
    pairs = web.run(argv).stdout.decode().split("\n\n")
    found = {}
    for pair in pairs:
        values = dict(line.partition("=")[::2] for line in pair.strip().splitlines())
        unit = values.get("Id", "")
        if unit and not unit.endswith(f"@{besides}.service") and values.get("MainPID", "0") != "0":
            found[unit] = values["MainPID"]
    return found
