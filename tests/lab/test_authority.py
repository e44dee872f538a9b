"""Bad days of the certificate authority: off, slow, broken, or refusing. A site is live over HTTP meanwhile, and says why not yet over HTTPS."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any

from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.whole import eventually, request, site, stopped, wish

STUB = """
import http.server, json, ssl, sys
status, document, retry_after = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
base = "https://acme.lab.test:14000"

class Answer(http.server.BaseHTTPRequestHandler):
    def answer(self, status, document, kind="application/json"):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Replay-Nonce", "n" * 22)
        if status == 429 and retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        names = {"newNonce": "nonce-plz", "newAccount": "sign-me-up", "newOrder": "order-plz", "revokeCert": "revoke", "keyChange": "roll"}
        self.answer(200, {name: f"{base}/{path}" for name, path in names.items()})

    do_HEAD = do_GET

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(status, document, "application/problem+json")

class Server(http.server.ThreadingHTTPServer):
    import socket
    address_family = socket.AF_INET6

server = Server(("::", 14000), Answer)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/etc/essaim-lab/acme.pem", "/etc/essaim-lab/acme.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
ACME, WATCH = "essaim-lab-acme.service", "essaim-lab-acme-watch.service"


@contextmanager
def authority_that_answers(outside: Machine, status: int, problem: str, *, retry_after: str = "") -> Iterator[None]:
    """In the place of the lab's authority stands one that answers every order with this problem document (RFC 7807)."""
    document = json.dumps(
        {"type": f"urn:ietf:params:acme:error:{problem}", "detail": "as the test wants it", "status": status}
    )
    argv = [
        "systemd-run",
        "--quiet",
        "--collect",
        "--unit=stub-acme",
        "python3",
        "-c",
        STUB,
        str(status),
        document,
        retry_after,
    ]
    with stopped(outside, WATCH, ACME):
        outside.run(argv)
        try:
            eventually(
                lambda: outside.run(["curl", "-sf", "https://acme.lab.test:14000/dir"], check=False).returncode == 0
            )
            yield
        finally:
            outside.run(["systemctl", "stop", "stub-acme"])


def order_that_fails(platform: Platform, login: str, name: str) -> dict[str, Any]:
    """A site that is live over HTTP and says why not yet over HTTPS."""
    platform.order_site(login, name)
    platform.wait_live(name)
    eventually(lambda: site(platform, name)["https"] == "failed")
    found = site(platform, name)
    assert found["health"] == "live"
    assert found["url"] == f"http://{name}/"
    assert found["https_sentence"]
    return found


def test_an_authority_that_is_off_is_asked_again_and_again_with_growing_delay(
    platform: Platform, login: str, run: str
) -> None:
    name = f"authority-off-{run}.test"
    tries: list[float] = []

    def noted() -> bool:
        told = wish(platform, "web1", "certificate", name)["retry_at"]
        if told and datetime.fromisoformat(told).timestamp() not in tries:
            tries.append(datetime.fromisoformat(told).timestamp())
        return len(tries) > 2 and tries[-1] - tries[-2] > 3

    with stopped(platform.lab.machine("outside1"), WATCH, ACME):
        assert "cannot be used" in order_that_fails(platform, login, name)["https_sentence"]
        eventually(noted, every=0.05)
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps[-1] == max(gaps)  # a look that came late makes one gap of two
    platform.wait_live(name, https=True)


def test_an_authority_that_asks_to_wait_is_asked_again_at_the_time_it_says(
    platform: Platform, login: str, run: str
) -> None:
    name = f"rate-limited-{run}.test"
    outside, before = platform.lab.machine("outside1"), time.time()
    with authority_that_answers(outside, 429, "rateLimited", retry_after="8"):
        found = order_that_fails(platform, login, name)
        assert "asks to wait: as the test wants it." in found["https_sentence"]
        told = wish(platform, "web1", "certificate", name)
        assert told["code"] == "certificate.rate_limited"
        retry_at = datetime.fromisoformat(told["retry_at"]).timestamp()
        assert before + 8 <= retry_at <= time.time() + 8
    platform.wait_live(name, https=True)


def test_an_authority_with_an_error_of_its_own_is_asked_again(platform: Platform, login: str, run: str) -> None:
    name = f"authority-broken-{run}.test"
    with authority_that_answers(platform.lab.machine("outside1"), 500, "serverInternal"):
        assert "as the test wants it" in order_that_fails(platform, login, name)["https_sentence"]
    platform.wait_live(name, https=True)


def test_an_authority_that_refuses_for_good_is_asked_again_after_a_change_alone(
    platform: Platform, login: str, run: str
) -> None:
    name = f"authority-refuses-{run}.test"
    with authority_that_answers(platform.lab.machine("outside1"), 403, "rejectedIdentifier"):
        assert "refuses: as the test wants it." in order_that_fails(platform, login, name)["https_sentence"]
        assert wish(platform, "web1", "certificate", name)["retry_at"] is None
    assert request(platform, "PATCH", f"/sites/{name}", json={"aliases": [f"www.{name}"]}).status_code == 200
    platform.wait_live(name, https=True)


def test_a_slow_authority_keeps_no_site_from_being_live(platform: Platform, login: str, run: str) -> None:
    name = f"authority-slow-{run}.test"
    outside = platform.lab.machine("outside1")
    with stopped(outside, WATCH):
        outside.run(["systemctl", "kill", "--signal=STOP", ACME])
        try:
            platform.order_site(login, name)
            platform.wait_live(name)
            assert site(platform, name)["https"] == "pending"
        finally:
            outside.run(["systemctl", "kill", "--signal=CONT", ACME])
        platform.wait_live(name, https=True)
