"""Bad days on real machines: what is told while they last, and that everything comes right again without a hand."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from essaim.lab import mishaps
from essaim.lab.machine import Machine
from essaim.lab.platform import PYTHON, Platform
from tests.lab.test_web_machine import REFUSED
from tests.lab.whole import (
    Visitor,
    account,
    beside_manager,
    eventually,
    live,
    property_of,
    put,
    request,
    site,
    story,
    wish,
    workers,
    zip_of,
)

DATABASE = "/var/lib/essaim/manager/essaim.sqlite3"
BUSY_S = 20
"""How long the Manager waits for a locked database: `timeout` in its settings."""


@pytest.fixture(scope="module")
def web(platform: Platform) -> Machine:
    return platform.lab.machine("web1")


@pytest.fixture(scope="module")
def fqdn(platform: Platform, login: str, run: str) -> str:
    """A site that was there before the bad day."""
    return live(platform, login, f"before-{run}.test", https_only=False)


@contextmanager
def stopped(machine: Machine, *units: str) -> Iterator[None]:
    """The services are off, and come back afterwards."""
    machine.run(["systemctl", "stop", *units])
    try:
        yield
    finally:
        machine.run(["systemctl", "start", *units])


def step(platform: Platform, name: str, word: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in site(platform, name)["steps"] if one["name"] == word)
    return found


# -- the machine


def test_an_order_waits_for_a_machine_that_is_off_and_is_proved_once_it_is_back(
    platform: Platform, web: Machine, login: str, run: str
) -> None:
    name = f"while-off-{run}.test"
    web.power_off()
    try:
        platform.order_site(login, name)
        eventually(lambda: step(platform, name, "sent")["state"] == "done")
        found = site(platform, name)
        assert (found["health"], found["state"]) == ("waiting", "active")
        assert step(platform, name, "applied")["state"] == "doing"
    finally:
        web.start()
        web.wait_until_booted()
    platform.wait_live(name, https=True, seconds=60)


def test_a_full_disk_is_told_and_the_upload_comes_in_once_there_is_room(
    platform: Platform, web: Machine, visitor: Visitor, fqdn: str
) -> None:
    content = zip_of(index_html="it came in", noise_txt="".join(f"{n:x}" for n in range(200_000)))
    with mishaps.full_disk(web):
        platform.api.put(f"/sites/{fqdn}/content", content, filename="site.zip", again="true")
        eventually(lambda: site(platform, fqdn)["content"]["sentence"], seconds=30)
        told = site(platform, fqdn)["content"]
        assert "full" in told["sentence"]
        assert told["advice"]
        assert told["state"] == "sent"
        answer = visitor.get(f"http://{fqdn}/")
        assert answer.status == 200
        assert "it came in" not in answer.text
    eventually(lambda: site(platform, fqdn)["content"]["state"] == "in_place", seconds=60)
    assert visitor.get(f"http://{fqdn}/").text == "it came in"
    assert site(platform, fqdn)["content"]["sentence"] == ""


def test_a_configuration_that_nginx_refuses_is_put_back_and_new_sites_still_come(
    platform: Platform, web: Machine, visitor: Visitor, login: str, fqdn: str, run: str
) -> None:
    place = "/usr/local/share/essaim/nginx.conf"
    before, was = workers(web), web.read_file(place)
    said = web.run([*PYTHON, "-c", REFUSED]).stdout.decode()
    assert said.startswith("install.nginx_refused")
    assert web.read_file(place) == was
    assert visitor.get(f"https://{fqdn}/").status == 200
    live(platform, login, f"refused-{run}.test")
    assert workers(web) == before


# -- the bus and the clock


def test_what_is_ordered_while_the_bus_is_away_is_proved_once_it_is_back(
    platform: Platform, web: Machine, visitor: Visitor, login: str, fqdn: str, run: str
) -> None:
    names = [f"bus-away{n}-{run}.test" for n in range(5)]
    with stopped(platform.manager, "essaim-bus"):
        for name in names:
            platform.order_site(login, name)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            assert visitor.get(f"https://{fqdn}/").status == 200
        assert {site(platform, name)["health"] for name in names} == {"waiting"}
        assert property_of(web, "essaim-agent", "ActiveState") == "active"
    for name in names:
        platform.wait_live(name, https=True, seconds=60)


@pytest.mark.parametrize(
    ("machine", "service"), [("manager1", "essaim-manager"), ("manager1", "essaim-worker"), ("web1", "essaim-agent")]
)
def test_a_clock_that_jumps_keeps_nothing_from_being_proved(
    platform: Platform, login: str, run: str, machine: str, service: str
) -> None:
    name = live(platform, login, f"{service}-clock-{run}.test", https=False)
    jumps = {"back": timedelta(days=-1), "ahead": timedelta(days=2), "right": timedelta()}
    with mishaps.own_clock(platform.lab.machine(machine), service) as clock:
        platform.wait_for_manager()
        for word, ahead in jumps.items():
            before = wish(platform, "web1", "site", name)["revision"]
            clock.set(ahead)
            live(platform, login, f"{word}-{name}", https=False)
            changed = request(platform, "PATCH", f"/sites/{name}", json={"aliases": [f"www-{word}.{name}"]})
            assert changed.status_code == 200, changed.text
            platform.wait_live(name, seconds=30)
            assert wish(platform, "web1", "site", name)["revision"] > before
    platform.wait_for_manager()


# -- the certificate authority

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
    platform.wait_live(name, seconds=10)
    eventually(lambda: site(platform, name)["https"] == "failed", seconds=20)
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
        eventually(noted, seconds=30, every=0.05)
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == sorted(gaps)
    platform.wait_live(name, https=True, seconds=60)


def test_an_authority_that_asks_to_wait_is_asked_again_at_the_time_it_says(
    platform: Platform, login: str, run: str
) -> None:
    name = f"rate-limited-{run}.test"
    outside = platform.lab.machine("outside1")
    with authority_that_answers(outside, 429, "rateLimited", retry_after="8"):
        found = order_that_fails(platform, login, name)
        assert "asks to wait: as the test wants it." in found["https_sentence"]
        told = wish(platform, "web1", "certificate", name)
        assert told["code"] == "certificate.rate_limited"
        assert 4 < datetime.fromisoformat(told["retry_at"]).timestamp() - time.time() <= 8
    platform.wait_live(name, https=True, seconds=60)


def test_an_authority_with_an_error_of_its_own_is_asked_again(platform: Platform, login: str, run: str) -> None:
    name = f"authority-broken-{run}.test"
    with authority_that_answers(platform.lab.machine("outside1"), 500, "serverInternal"):
        assert "as the test wants it" in order_that_fails(platform, login, name)["https_sentence"]
    platform.wait_live(name, https=True, seconds=60)


def test_an_authority_that_refuses_for_good_is_asked_again_after_a_change_alone(
    platform: Platform, login: str, run: str
) -> None:
    name = f"authority-refuses-{run}.test"
    with authority_that_answers(platform.lab.machine("outside1"), 403, "rejectedIdentifier"):
        assert "refuses: as the test wants it." in order_that_fails(platform, login, name)["https_sentence"]
        assert wish(platform, "web1", "certificate", name)["retry_at"] is None
    assert request(platform, "PATCH", f"/sites/{name}", json={"aliases": [f"www.{name}"]}).status_code == 200
    platform.wait_live(name, https=True, seconds=60)


def test_a_slow_authority_keeps_no_site_from_being_live(platform: Platform, login: str, run: str) -> None:
    name = f"authority-slow-{run}.test"
    outside = platform.lab.machine("outside1")
    with stopped(outside, WATCH):
        outside.run(["systemctl", "kill", "--signal=STOP", ACME])
        try:
            platform.order_site(login, name)
            platform.wait_live(name, seconds=10)
            assert site(platform, name)["https"] == "pending"
        finally:
            outside.run(["systemctl", "kill", "--signal=CONT", ACME])
        platform.wait_live(name, https=True, seconds=60)


# -- the manager and its database

NEWER = """
import asyncio, json, sys
import django
django.setup()
from django.conf import settings
from django.db import transaction
from essaim import contract
from essaim.bus.authority import Authority
from essaim.bus.manager import ManagerBus
from essaim.manager.fleet import actions, jobs
from essaim.manager.fleet.models import Wanted
fqdn = sys.argv[1]
row = Wanted.objects.select_related("machine").get(kind="site", key=fqdn)
with transaction.atomic():
    row = actions._wish(row.machine, "site", fqdn, {**row.spec, "php": "8.2"}, audit=None, again=True)
contract.VERSION += 1
(newer,) = [item for item in jobs.due() if (item.row.kind, item.row.key) == ("site", fqdn)]

async def send():
    bus = ManagerBus(settings.BUS_URL, Authority(settings.BUS_DIR))
    await bus.connect()
    assert await bus.wait_connected(10)
    await bus.put_wanted(contract.MachineName(newer.machine), "site", fqdn, newer.data)
    await bus.close()

asyncio.run(send())
jobs.mark_sent([newer])
print(json.dumps(row.revision))
"""


def test_an_agent_that_is_older_than_the_manager_says_so_and_keeps_what_it_has(
    platform: Platform, visitor: Visitor, login: str, run: str
) -> None:
    name = live(platform, login, f"newer-{run}.test", https_only=False)
    before = wish(platform, "web1", "site", name)
    with stopped(platform.manager, "essaim-worker"):
        revision = beside_manager(platform, NEWER, name)
    eventually(lambda: wish(platform, "web1", "site", name)["outcome"] == "too_new")
    told = wish(platform, "web1", "site", name)
    assert (told["revision"], told["applied_revision"]) == (revision, before["revision"])
    assert "this agent reads up to" in told["sentence"]
    assert site(platform, name)["health_sentence"] == told["sentence"]
    assert visitor.get(f"https://{name}/").status == 200

    assert request(platform, "PATCH", f"/sites/{name}", json={"aliases": [f"www.{name}"]}).status_code == 200
    platform.wait_live(name, https=True)


PAGE = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.urls import reverse
from essaim.manager.people.models import Person
settings.ALLOWED_HOSTS.append("testserver")
client = Client(headers={"accept-language": "en"})
client.force_login(Person.objects.filter(is_team=True).first())
print(json.dumps(client.get(reverse("fleet:machine", args=[sys.argv[1]])).content.decode()))
"""


def copy_database(platform: Platform, source: str, target: str) -> None:
    """A whole copy of a SQLite file, its write-ahead log included."""
    script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', (sys.argv[2],))"
    platform.manager.run(["rm", "-f", target, f"{target}-wal", f"{target}-shm"])
    platform.manager.run(["python3", "-c", script, source, target])
    platform.manager.run(["chown", "essaim:essaim", target])


def test_a_database_of_yesterday_runs_no_revision_backwards_and_strangers_are_shown(
    platform: Platform, web: Machine, visitor: Visitor, login: str, run: str
) -> None:
    kept, lost = f"kept-{run}.test", f"lost-{run}.test"
    live(platform, login, kept, https_only=False)
    copy_database(platform, DATABASE, f"{DATABASE}.yesterday")
    stranger = account(platform, f"stranger{run}"[:16])
    live(platform, stranger, lost, https_only=False)
    put(platform, lost, zip_of(index_html="of the day that is lost"))
    assert request(platform, "PATCH", f"/sites/{kept}", json={"aliases": [f"www.{kept}"]}).status_code == 200
    platform.wait_live(kept, https=True)
    newest = {name: wish(platform, "web1", "site", name)["revision"] for name in (kept, lost)}

    with stopped(platform.manager, "essaim-manager", "essaim-worker"):
        copy_database(platform, f"{DATABASE}.yesterday", DATABASE)
    platform.wait_for_manager()

    assert request(platform, "GET", f"/sites/{lost}").status_code == 404
    platform.api.post("/machines/web1/check")
    eventually(lambda: lost in beside_manager(platform, PAGE, "web1"), seconds=30)
    assert visitor.get(f"http://{lost}/").text == "of the day that is lost"  # shown, and not erased by itself

    changed = request(platform, "PATCH", f"/sites/{kept}", json={"aliases": [f"shop.{kept}"]})
    assert changed.status_code == 200, changed.text
    platform.wait_live(kept, https=True)
    assert wish(platform, "web1", "site", kept)["revision"] > newest[kept]
    assert visitor.get(f"https://shop.{kept}/").status == 200
    live(platform, login, lost)
    assert wish(platform, "web1", "site", lost)["revision"] > newest[lost]

    other = account(platform, f"newcomer{run}"[:16])
    live(platform, other, f"newcomer-{run}.test")
    numbers = [web.run(["stat", "-c", "%u", f"/srv/essaim/accounts/{one}"]).stdout for one in (stranger, other)]
    assert numbers[0] != numbers[1]


LOCK = """
import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
held.execute("ROLLBACK")
"""


@contextmanager
def locked_database(platform: Platform) -> Iterator[None]:
    """Another process holds the database's write lock."""
    with platform.manager.popen(["python3", "-c", LOCK, DATABASE]) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.communicate(b"", timeout=10)


def test_a_locked_database_is_told_in_words_and_nothing_is_half_done(platform: Platform, login: str, run: str) -> None:
    name, sent = f"locked-{run}.test", {"Idempotency-Key": f"locked-{run}"}
    body = {"account": login, "name": name}
    with locked_database(platform):
        started = time.monotonic()
        answer = request(platform, "POST", "/sites", json=body, headers=sent)
        assert time.monotonic() - started < BUSY_S + 10
        assert (answer.status_code, answer.json()["code"]) == (503, "core.busy")
        assert answer.json()["title"]
        assert request(platform, "GET", f"/sites/{name}").status_code == 404
    again = [request(platform, "POST", "/sites", json=body, headers=sent).status_code for _ in range(2)]
    assert again == [201, 201]
    platform.wait_live(name)
    assert len([line for line in story(platform, name) if line["act"] == "hosting.site_created"]) == 1


def test_a_database_that_is_locked_for_a_moment_makes_the_order_wait_and_no_more(
    platform: Platform, login: str, run: str
) -> None:
    name = f"moment-{run}.test"
    with locked_database(platform):
        assert request(platform, "GET", f"/sites/{quote(name)}").status_code == 404  # reading goes on
    live(platform, login, name, https=False)


def test_a_database_of_yesterday_comes_to_agree_with_the_machines_by_itself(
    platform: Platform, web: Machine, visitor: Visitor, login: str, run: str
) -> None:
    paused, grown, lost = (f"{word}-{run}.test" for word in ("paused", "grown", "forgotten"))
    for name in (paused, grown):
        live(platform, login, name, https_only=False)
    copy_database(platform, DATABASE, f"{DATABASE}.yesterday")
    live(platform, login, lost, https_only=False)
    platform.api.post(f"/sites/{paused}/suspend", {"reason": "after the copy"})
    eventually(lambda: site(platform, paused)["health"] == "off", seconds=30)
    put(platform, grown, zip_of(index_html="of the day that is lost"))
    assert request(platform, "PATCH", f"/sites/{grown}", json={"aliases": [f"www.{grown}"]}).status_code == 200
    platform.wait_live(grown, https=True)
    newest = {name: wish(platform, "web1", "site", name)["revision"] for name in (paused, grown)}

    with stopped(platform.manager, "essaim-manager", "essaim-worker"):
        copy_database(platform, f"{DATABASE}.yesterday", DATABASE)
    platform.wait_for_manager()

    def is_told_anew(name: str) -> bool:
        return bool(wish(platform, "web1", "site", name)["revision"] > newest[name])

    eventually(lambda: all(is_told_anew(name) for name in newest), seconds=30)
    for name in (paused, grown):
        platform.wait_live(name, https=True, seconds=30)
        assert site(platform, name)["steps"][3]["state"] == "done"
        assert "fleet.revision_raised" in {line["code"] for line in story(platform, name)}
    assert visitor.get(f"https://{paused}/").status == 200
    assert visitor.get(f"http://www.{grown}/").status == 421
    assert visitor.get(f"https://{grown}/").text == "of the day that is lost"  # a client's files are not turned back
    strangers = platform.api.get("/machines/web1")["strangers"]
    assert f"site.{lost}" in strangers
    assert f"content.{grown}" in strangers
    assert visitor.get(f"http://{lost}/").status == 200
