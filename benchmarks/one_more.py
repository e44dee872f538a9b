"""What one more site costs when there are many: reloads of nginx, reloads of other accounts' PHP, a neighbour's failed requests."""

from benchmarks.harness import ensure_account, order_and_prove, seed
from benchmarks.rows import Row, at_most
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform

SIZE = 10_000
LOAD = """
import http.client, sys, time
host, until, failed, asked = sys.argv[1], time.monotonic() + float(sys.argv[2]), 0, 0
while time.monotonic() < until:
    for path in ("/", "/.well-known/essaim/php?nonce=n"):
        asked += 1
        try:
            connection = http.client.HTTPConnection(host, timeout=5)
            connection.request("GET", path)
            failed += connection.getresponse().status != 200
            connection.close()
        except OSError:
            failed += 1
    time.sleep(0.005)
print(asked, failed)
"""
LOAD_SECONDS = 20


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many sites are there before."""
    account = ensure_account(platform, "more")
    neighbour = ensure_account(platform, "neighbour")
    platform.order_site(neighbour, "plain.neighbour-bench.test", https_only=False)
    platform.wait_live("plain.neighbour-bench.test")
    seed(platform, size)
    web, outside = platform.lab.machine("web1"), platform.lab.machine("outside1")
    before = (_nginx(web), _php(web, besides=account))
    load = outside.popen(["python3", "-c", LOAD, "plain.neighbour-bench.test", str(LOAD_SECONDS)])
    ordered = 0
    while load.poll() is None:
        order_and_prove(platform, account, f"s{ordered}.more-bench.test", https=True)
        ordered += 1
    said, _errors = load.communicate()
    asked, failed = map(int, said.split())
    after = (_nginx(web), _php(web, besides=account))
    beside = f"{ordered} sites ordered, with certificates, beside {size}"
    restarted = [login for login, pid in before[1].items() if login in after[1] and after[1][login] != pid]
    return [
        at_most("reloads of nginx", len(before[0] ^ after[0]), "", 0, compared=beside),
        at_most("PHP masters of others restarted", len(restarted), "", 0, compared=f"{len(before[1])} were awake"),
        at_most("failed requests of a neighbour", failed, "", 0, compared=f"of {asked} under constant load"),
    ]


def _nginx(web: Machine) -> set[str]:
    """Processes of nginx with their start times: a reload makes new workers."""
    listing = web.run(["ps", "-C", "nginx", "-o", "pid=,lstart="]).stdout.decode()
    return set(listing.strip().splitlines())


def _php(web: Machine, *, besides: str) -> dict[str, str]:
    """Main process of every PHP master that is awake, by account."""
    argv = ["systemctl", "show", "--state=active", "--property=Id,MainPID", "essaim-php@*.service"]
    pairs = web.run(argv).stdout.decode().split("\n\n")
    found = {}
    for pair in pairs:
        values = dict(line.partition("=")[::2] for line in pair.strip().splitlines())
        login = values.get("Id", "").removeprefix("essaim-php@").removesuffix(".service")
        if login and login != besides and values.get("MainPID", "0") != "0":
            found[login] = values["MainPID"]
    return found
