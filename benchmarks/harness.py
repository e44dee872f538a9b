"""What every benchmark stands on: the platform it runs on, orders and sites made in bulk, and the usual way to compare with."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from essaim.lab import checks
from essaim.lab.machine import Machine
from essaim.lab.platform import PYTHON, Platform

INSTANCE = os.environ.get("ESSAIM_BENCH_INSTANCE", "bench")
"""Another name, with another port, lets a second run go on beside the first."""
PORT = int(os.environ.get("ESSAIM_BENCH_PORT", "8020"))
CLIENT = "bench"
SITES_PER_ACCOUNT = 10


def start_platform(tell: Callable[[str], None]) -> Platform:
    """The benchmarks' own instance, up and with a client, made anew so that no run stands on another's leavings."""
    platform = Platform(INSTANCE, port=PORT)
    platform.lab.reset()
    checks.preflight(INSTANCE, ports=[PORT], progress=lambda step, _fraction: tell(step))
    platform.up(progress=lambda step, _fraction: tell(step))
    platform.api.post("/clients", {"slug": CLIENT, "name": "Bench", "language": "en"})
    return platform


SEED = """
import sys
import time
import django
django.setup()
from django.conf import settings
settings.ACME_DIRECTORY = ""
from django.db import transaction
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Account
from essaim.manager.people.models import Client, Person
first, count, per_account = map(int, sys.argv[1:])
by = Person.objects.team().get()
client = Client.objects.get(slug="bench")
account = None
for start in range(first, first + count, 100):
    time.sleep(0.02)  # the worker has its turn: SQLite's lock has no queue
    with transaction.atomic():
        for n in range(start, min(start + 100, first + count)):
            if n % per_account == 0 or account is None:
                login = f"bench{n // per_account}"
                account = Account.objects.filter(login=login).first() or actions.create_account(client=client, by=by, login=login)
            actions.create_site(account=account, name=f"s{n}.bench-{n // per_account}.test", by=by)
"""


def as_manager(platform: Platform, script: str, *arguments: str, timeout: float = 1200) -> str:
    """Run a Python script beside the Manager, as its user and with its settings."""
    text = platform.manager.read_file("/etc/essaim/manager.env").decode()
    settings = [line for line in text.splitlines() if "=" in line and not line.startswith("#")]
    user = ["setpriv", "--reuid=essaim", "--regid=essaim", "--clear-groups"]
    argv = [*user, "env", *settings, *PYTHON[1:], "-", *arguments]
    return platform.manager.run(argv, input=script.encode(), timeout=timeout).stdout.decode()


def seed(platform: Platform, count: int, *, first: int = 0, seconds: float = 900) -> float:
    """Decide `count` sites in bulk, without certificates, and wait until all are proved; the seconds it took."""
    started = time.monotonic()
    as_manager(platform, SEED, str(first), str(count), str(SITES_PER_ACCOUNT))
    wait_until_proved(platform, seconds=seconds)
    return time.monotonic() - started


UNPROVED = """
import django
django.setup()
from essaim.manager.hosting.models import Site
print(Site.objects.filter(state="active").exclude(health="live").count())
"""


def count_unproved(platform: Platform) -> int:
    """Active sites that are not live."""
    return int(as_manager(platform, UNPROVED).strip().splitlines()[-1])


def wait_until_proved(platform: Platform, *, seconds: float) -> None:
    """Until every active site is live."""
    platform.wait_for(
        lambda: count_unproved(platform) == 0, seconds=seconds, every=2.0, sentence="Not every site was proved in time."
    )


def order_and_prove(platform: Platform, account: str, name: str, *, https: bool = False) -> float:
    """Seconds from sending the order to knowing that the site was proved from outside."""
    started = time.monotonic()
    platform.order_site(account, name)
    platform.wait_live(name, https=https, seconds=60)
    return time.monotonic() - started


def ensure_account(platform: Platform, login: str) -> str:
    """An account of the benchmark's client that the machine has made."""
    platform.api.post("/accounts", {"client": CLIENT, "login": login}, key=f"bench-account-{login}")
    order_and_prove(platform, login, f"first.{login}-bench.test")
    return login


def by_hand(web: Machine, existing: int, rounds: int) -> list[float]:
    """What the same step costs in the usual way on the same machine: with one more server block written, `nginx -t`, a
    reload, and asking until the new name answers, beside `existing` other blocks. Seconds of each round.
    """
    web.run(["rm", "-rf", "/srv/by-hand"])
    web.run(["mkdir", "-p", "/srv/by-hand/sites", "/srv/by-hand/www"])
    web.write_file("/srv/by-hand/www/index.html", b"hello\n")
    block = "server { listen 8083; server_name %s; root /srv/by-hand/www; }\n"
    blocks = ["server { listen 8083 default_server; return 404; }\n", *(block % f"h{n}.test" for n in range(existing))]
    web.write_file("/srv/by-hand/sites/0.conf", "".join(blocks).encode())
    web.write_file(
        "/srv/by-hand/nginx.conf",
        b"user www-data;\nworker_processes 2;\npid /srv/by-hand/pid;\nevents { worker_connections 1024; }\n"
        b"http { server_names_hash_max_size 65536; server_names_hash_bucket_size 128; access_log off;\n"
        b"include /srv/by-hand/sites/*.conf; }\n",
    )
    nginx = ["nginx", "-c", "/srv/by-hand/nginx.conf", "-e", "/srv/by-hand/error.log"]
    web.run(["systemd-run", "--quiet", "--collect", "--unit=by-hand", *nginx, "-g", "daemon off;"])
    taken = []
    try:
        web.run(["sh", "-c", "until [ -s /srv/by-hand/pid ]; do sleep 0.01; done"])
        for n in range(rounds):
            name = f"new{n}.test"
            web.write_file(f"/srv/by-hand/sites/{name}.conf", (block % name).encode())
            ask = (
                f"{' '.join(nginx)} -t -q && {' '.join(nginx)} -s reload && until curl -s -o /dev/null --fail -H 'Host: {name}' "
                f"http://127.0.0.1:8083/ ; do sleep 0.01; done"
            )
            started = time.monotonic()
            web.run(["sh", "-c", ask], timeout=120)
            taken.append(time.monotonic() - started)
    finally:
        web.run(["systemctl", "stop", "by-hand"], check=False)
    return taken


def in_parallel(work: Callable[[int], float], count: int, *, at_once: int) -> list[float]:
    """`work(0) ... work(count - 1)`, `at_once` at a time; what each returned."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(work, range(count)))
