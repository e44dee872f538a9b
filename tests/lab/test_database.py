"""Bad days of the Manager's database: restored from yesterday, locked, or of a newer version than the agents."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest

from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.whole import (
    Visitor,
    account,
    beside_manager,
    eventually,
    live,
    put,
    request,
    site,
    stopped,
    story,
    wish,
    zip_of,
)

DATABASE = "/var/lib/essaim/manager/essaim.sqlite3"
BUSY_S = 20
"""How long the Manager waits for a locked database: `timeout` in its settings."""


@pytest.fixture(scope="module")
def web(platform: Platform) -> Machine:
    return platform.lab.machine("web1")


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
client.force_login(Person.objects.team().first())
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
    eventually(lambda: lost in beside_manager(platform, PAGE, "web1"))
    assert visitor.get(f"http://{lost}/").text == "of the day that is lost"  # shown, and not erased by itself
    again = request(platform, "POST", "/accounts", json={"client": "maison", "login": stranger})
    assert (again.status_code, again.json()["code"]) == (
        409,
        "hosting.login_taken",
    )  # whoever orders it would get the home

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
            holder.communicate(b"", timeout=60)


def test_a_locked_database_is_told_in_words_and_nothing_is_half_done(platform: Platform, login: str, run: str) -> None:
    name, sent = f"locked-{run}.test", {"Idempotency-Key": f"locked-{run}"}
    body = {"account": login, "name": name}
    with locked_database(platform):
        started = time.monotonic()
        answer = request(platform, "POST", "/sites", json=body, headers=sent)
        assert time.monotonic() - started < 2 * BUSY_S
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
    eventually(lambda: site(platform, paused)["health"] == "off")
    put(platform, grown, zip_of(index_html="of the day that is lost"))
    assert request(platform, "PATCH", f"/sites/{grown}", json={"aliases": [f"www.{grown}"]}).status_code == 200
    platform.wait_live(grown, https=True)
    newest = {name: wish(platform, "web1", "site", name)["revision"] for name in (paused, grown)}

    with stopped(platform.manager, "essaim-manager", "essaim-worker"):
        copy_database(platform, f"{DATABASE}.yesterday", DATABASE)
    platform.wait_for_manager()

    def is_told_anew(name: str) -> bool:
        return bool(wish(platform, "web1", "site", name)["revision"] > newest[name])

    eventually(lambda: all(is_told_anew(name) for name in newest))
    for name in (paused, grown):
        platform.wait_live(name, https=True)
        assert site(platform, name)["steps"][3]["state"] == "done"
        assert "fleet.revision_raised" in {line["code"] for line in story(platform, name)}
    eventually(lambda: visitor.get(f"https://{paused}/").status == 200)  # nginx may remember for a second what was
    eventually(lambda: visitor.get(f"http://www.{grown}/").status == 421)
    assert visitor.get(f"https://{grown}/").text == "of the day that is lost"  # a client's files are not turned back
    strangers = platform.api.get("/machines/web1")["strangers"]
    assert f"site.{lost}" in strangers
    assert f"content.{grown}" in strangers
    assert visitor.get(f"http://{lost}/").status == 200
