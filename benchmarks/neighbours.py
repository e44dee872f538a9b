"""A neighbour's 95th percentile while a hostile tenant on the same machine uses up all it can, against the neighbour's own alone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.harness import ensure_account
from benchmarks.rows import Row, at_most, percentile
from essaim.agent.engines import php
from essaim.contract import Login
from essaim.contract.php import DEFAULT
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform

SIZE = 20
"""Seconds that the neighbour is measured under each attack, and as long alone."""
TURN = 5
"""Seconds of one turn of the two, at least: whatever else the machine does then falls on both."""
HOSTILE, NEIGHBOUR = "hostile.hostile-bench.test", "plain.neighbour-bench.test"
_FOR_EVER = "while :; do {}; done"
ATTACKS = {
    "processors": ("sh -c 'while :; do :; done'", 50),
    "forks": (_FOR_EVER.format("/bin/true"), 20),
    "memory": (
        "python3 -c 'x = bytearray(250 << 20)\nwhile True:\n for i in range(0, len(x), 4096): x[i] = (x[i] + 1) & 255'",
        4,
    ),
    "disk": (_FOR_EVER.format("dd if=/dev/zero of=big$n bs=1M count=20 conv=fsync 2>/dev/null"), 8),
    "files": (_FOR_EVER.format('mkdir -p many$n; touch many$n/$(seq -s " many$n/" 500); rm -rf many$n'), 8),
    "requests": (_FOR_EVER.format(f"curl -s -o /dev/null http://{HOSTILE}/spin.php"), 30),
    "log": (_FOR_EVER.format("seq 1000 | logger"), 8),
}
"""A line of shell, and how many at once."""
VISITS = """
import http.client, json, os, socket, sys, time
host, took = sys.argv[1], []
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
address = socket.gethostbyname(host)
until = time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    for path in ("/", "/hello.php"):
        started = time.monotonic()
        connection = http.client.HTTPConnection(address, timeout=30)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        answer.read()
        took.append(1000 * (time.monotonic() - started) if answer.status == 200 else 30000)
        connection.close()
    time.sleep(0.02)
print(json.dumps(took))
"""
"""A visitor has a processor of their own, elsewhere: here, they go before all others, and ask for the name once."""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: seconds that the neighbour is measured under each attack."""
    for login, name in (("hostile", HOSTILE), ("neighbour", NEIGHBOUR)):
        ensure_account(platform, login)
        platform.order_site(login, name, https_only=False)
        platform.wait_live(name)
    platform.widen(NEIGHBOUR)
    web = platform.lab.machine("web1")
    _write(web, "neighbour", NEIGHBOUR, "hello.php", "<?php echo str_repeat('hello ', 1000);")
    _write(web, "hostile", HOSTILE, "spin.php", "<?php $until = microtime(true) + 1; while (microtime(true) < $until);")
    alone: list[float] = []
    attacked: dict[str, list[float]] = {name: [] for name in ATTACKS}
    turns = max(1, size // TURN)
    for _ in range(turns):
        for name, (line, count) in ATTACKS.items():
            alone += _visit(platform, size / turns)
            with _attack(platform, web, line, count):
                attacked[name] += _visit(platform, size / turns)
    base = percentile(alone, 95)
    rows = [_row(f"a neighbour's p95, {name}", base, took) for name, took in attacked.items()]
    return [*rows, _row("a neighbour's p95, all attacks", base, [one for took in attacked.values() for one in took])]


def _row(what: str, base: float, took: list[float]) -> Row:
    p95 = percentile(took, 95)
    ratio = round(p95 / base, 2)
    return at_most(what, ratio, "×", 1.5, compared=f"{p95:.1f} ms to {base:.1f} ms alone", ratio=ratio)


def _visit(platform: Platform, seconds: float) -> list[float]:
    """Milliseconds of each request to the neighbour."""
    outside = platform.lab.machine("outside1")
    said = outside.run(["python3", "-c", VISITS, NEIGHBOUR, str(seconds)], timeout=seconds + 120).stdout
    took: list[float] = json.loads(said)
    return took


@contextmanager
def _attack(platform: Platform, web: Machine, line: str, count: int) -> Iterator[None]:
    """The hostile tenant's PHP runs the line so many times at once, until the block ends."""
    script = f"cd /srv/home; for n in $(seq {count}); do ({line}) & done; wait"
    _write(web, "hostile", HOSTILE, "attack.sh", script)
    _write(
        web,
        "hostile",
        HOSTILE,
        "attack.php",
        "<?php shell_exec('sh attack.sh >/dev/null 2>&1 & echo'); echo 'started';",
    )
    url = f"http://{HOSTILE}/attack.php"
    platform.lab.machine("outside1").run(["curl", "--silent", "--fail", "--retry", "3", url], timeout=120)
    try:
        yield
    finally:
        web.run(
            ["systemctl", "kill", "--signal=KILL", php.service_unit(Login("hostile"), DEFAULT)],
            timeout=120,
            check=False,
        )
        web.run(
            ["sh", "-c", "rm -rf /srv/essaim/accounts/hostile/big* /srv/essaim/accounts/hostile/many*"], check=False
        )
        web.run(["systemctl", "restart", php.service_unit(Login("hostile"), DEFAULT)], timeout=120, check=False)


def _write(web: Machine, login: str, fqdn: str, name: str, text: str) -> None:
    web.write_file(f"/srv/essaim/accounts/{login}/sites/{fqdn}/{name}", text.encode(), owner=f"{login}:{login}")
