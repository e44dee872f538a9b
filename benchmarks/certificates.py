"""Many certificates on one machine: nginx' memory, full handshakes against one static certificate, and all of them ordered anew under way."""

import time

from benchmarks.handshakes import Turn, as_visited, hammering, memory_mb, put_pairs, turn
from benchmarks.harness import ensure_account, in_parallel
from benchmarks.rows import Row, at_least, at_most, percentile
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform

SIZE = 10_000
RENEWED_MOST = 300
"""How many are ordered of the lab's authority, twice: it signs some ten a second on a machine of two cores."""
TURNS_MOST = 24
IN_A_TURN = 400
WARMING_PER_CERTIFICATE = 2
PID, STATIC_PID = "/run/essaim/nginx.pid", "/run/static-nginx.pid"
STATIC_PORT = 8443
_STATIC = """
user www-data;
worker_processes auto;
worker_cpu_affinity auto;
pid /run/static-nginx.pid;
error_log stderr warn;
events { worker_connections 8192; }
http {
    access_log off;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
    ssl_ecdh_curve X25519:prime256v1:secp384r1;
    ssl_session_cache shared:tls:10m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;
    server {
        listen 8443 ssl http2 backlog=4096;
        ssl_certificate %s/fullchain.pem;
        ssl_certificate_key %s/key.pem;
        return 204;
    }
}
"""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: how many certificates."""
    web, outside = platform.lab.machine("web1"), platform.lab.machine("outside1")
    renewed = _renewal(platform, web, outside, min(size, RENEWED_MOST))
    names = [f"c{number}.certificates-bench.test" for number in range(size)]
    put_pairs(web, names)
    before = memory_mb(web, PID)
    _start_static(web, names[0])
    try:
        popular, each = _in_turns(outside, web, names)
    finally:
        web.run(["systemctl", "stop", "static-nginx"], check=False)
    after = memory_mb(web, PID)
    return [
        _row("visits as sites have them (Zipf)", *popular),
        _row("each of them in turn, however rarely", *each),
        at_most(
            f"memory of nginx with {size} certificates, all asked for",
            after,
            "MB",
            60,
            compared=f"before: {before:.0f} MB",
        ),
        *renewed,
    ]


def _in_turns(
    outside: Machine, web: Machine, names: list[str]
) -> tuple[tuple[list[Turn], list[Turn]], tuple[list[Turn], list[Turn]]]:
    turns = max(4, min(TURNS_MOST, len(names) // 50))
    visits = as_visited(names, IN_A_TURN * turns)
    # What is popular is remembered, as on a machine that has run for some minutes: by visits other than those that are measured.
    turn(outside, web, PID, 443, as_visited(names, WARMING_PER_CERTIFICATE * len(names), seed=2))
    popular: tuple[list[Turn], list[Turn]] = ([], [])
    each: tuple[list[Turn], list[Turn]] = ([], [])
    at = 0
    for number in range(turns):
        mine = visits[number * IN_A_TURN : (number + 1) * IN_A_TURN]
        popular[0].append(turn(outside, web, PID, 443, mine))
        popular[1].append(turn(outside, web, STATIC_PID, STATIC_PORT, mine))
    while at < len(names):
        mine = names[at : at + IN_A_TURN]
        each[0].append(turn(outside, web, PID, 443, mine))
        if len(each[1]) < turns:
            each[1].append(turn(outside, web, STATIC_PID, STATIC_PORT, mine))
        at += IN_A_TURN
    failed = sum(one.failed for turns in (*popular, *each) for one in turns)
    if failed:
        raise RuntimeError(f"{failed} handshakes failed.")
    return popular, each


def _row(what: str, ours: list[Turn], static: list[Turn]) -> Row:
    """Of nginx' own time: what the visitor's side of the same machine takes does not help either."""
    mine, theirs = (percentile([one.per_processor_second for one in turns], 50) for turns in (ours, static))
    walls = [percentile([one.count / one.seconds for one in turns], 50) for turns in (ours, static)]
    ratio = round(mine / theirs, 3)
    compared = (
        f"{mine:.0f} to {theirs:.0f} a second of nginx' processor; {walls[0]:.0f} to {walls[1]:.0f} /s as visited"
    )
    return at_least(f"handshakes/s, ours to one static: {what}", ratio, "×", 0.9, compared=compared, ratio=ratio)


def _start_static(web: Machine, name: str) -> None:
    place = f"/srv/essaim/tls/{name}"
    web.write_file("/run/static-nginx.conf", (_STATIC % (place, place)).encode())
    # Behind the same filter and with as little memory that may be executed as ours: what differs is the certificate.
    guard = ["--property=SystemCallFilter=@system-service", "--property=MemoryDenyWriteExecute=yes"]
    guard += ["--property=NoNewPrivileges=yes", "--property=LimitNOFILE=65536"]
    nginx = ["nginx", "-c", "/run/static-nginx.conf", "-g", "daemon off;"]
    web.run(["systemd-run", "--quiet", "--collect", "--unit=static-nginx", *guard, *nginx])
    web.run(["sh", "-c", f"until [ -s {STATIC_PID} ]; do sleep 0.05; done; sleep 0.3"])


def _renewal(platform: Platform, web: Machine, outside: Machine, count: int) -> list[Row]:
    """`count` sites with certificates of the lab's authority; then all are ordered anew while somebody shakes hands with them."""
    account = ensure_account(platform, "certs")
    names = [f"r{number}.certs-bench.test" for number in range(count)]

    def ordered(number: int) -> float:
        platform.order_site(account, names[number])
        platform.wait_live(names[number], https=True, seconds=600)
        return 0.0

    began = time.monotonic()
    in_parallel(ordered, count, at_once=8)
    first = time.monotonic() - began
    with hammering(outside, web, names) as shaken:
        began = time.monotonic()
        platform.api.post("/certificates/reissue", {"reason": "a drill: their authority revoked all of them"})
        platform.wait_for(
            lambda: bool(platform.api.get("/certificates")["reissue"]["is_over"]),
            seconds=1800, every=0.5, sentence="Not every certificate was replaced in time.",
        )  # fmt: skip
        taken = time.monotonic() - began
    made, failed = shaken
    return [
        at_most(
            "failed handshakes while all are ordered anew", failed, "", 0,
            compared=f"of {made}; {count} certificates in {taken:.0f} s, {count / taken * 60:.0f} /min; first time: {first:.0f} s",
        ),
    ]  # fmt: skip
