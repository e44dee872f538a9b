"""Bad days on real machines: what is told while they last, and that everything comes right again without a hand. Those of the
certificate authority and of the Manager's database have files of their own.
"""

import time
from datetime import timedelta
from typing import Any

import pytest

from essaim.bus.connection import LONGEST_WAIT
from essaim.lab import mishaps
from essaim.lab.machine import Machine
from essaim.lab.platform import PYTHON, Platform
from tests.lab.applying import REFUSED
from tests.lab.whole import (
    Visitor,
    beside_manager,
    eventually,
    live,
    property_of,
    request,
    site,
    stopped,
    wish,
    workers,
    zip_of,
)

AWAY = """
import json, django; django.setup()
from essaim.manager.fleet.queries import interruption
found = interruption(); print(json.dumps(found.who if found else ""))
"""


@pytest.fixture(scope="module")
def web(platform: Platform) -> Machine:
    return platform.lab.machine("web1")


@pytest.fixture(scope="module")
def fqdn(platform: Platform, login: str, run: str) -> str:
    """A site that was there before the bad day."""
    return live(platform, login, f"before-{run}.test", https_only=False)


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
    platform.wait_live(name, https=True)


def test_a_full_disk_is_told_and_the_upload_comes_in_once_there_is_room(
    platform: Platform, web: Machine, visitor: Visitor, fqdn: str
) -> None:
    content = zip_of(index_html="it came in", noise_txt="".join(f"{n:x}" for n in range(200_000)))
    with mishaps.full_disk(web):
        platform.api.put(f"/sites/{fqdn}/content", content, filename="site.zip", again="true")
        eventually(lambda: site(platform, fqdn)["content"]["sentence"])
        told = site(platform, fqdn)["content"]
        assert "full" in told["sentence"]
        assert told["advice"]
        assert told["state"] == "sent"
        answer = visitor.get(f"http://{fqdn}/")
        assert answer.status == 200
        assert "it came in" not in answer.text
    eventually(lambda: site(platform, fqdn)["content"]["state"] == "in_place")
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


def test_what_is_ordered_during_a_short_absence_of_the_bus_is_proved_once_it_is_back(
    platform: Platform, web: Machine, visitor: Visitor, login: str, fqdn: str, run: str
) -> None:
    """A long absence differs in nothing: nobody counts how long it lasts. Wishes wait in the database, reports in the agent's
    outbox, and neither has a time-out; both clients try again for ever. What grows is the pause between two attempts, up to
    `LONGEST_WAIT`: the absence lasts until it has.
    """
    names = [f"bus-away{n}-{run}.test" for n in range(5)]
    with stopped(platform.manager, "essaim-bus"):
        for name in names:
            platform.order_site(login, name)
        until = time.monotonic() + 5 * LONGEST_WAIT  # doubled each time, pauses reach it within twice as long
        while time.monotonic() < until:
            assert visitor.get(f"https://{fqdn}/").status == 200
        assert {site(platform, name)["health"] for name in names} == {"waiting"}
        assert property_of(web, "essaim-agent", "ActiveState") == "active"
        eventually(lambda: beside_manager(platform, AWAY) == "bus")  # what the home page says of it
    eventually(lambda: beside_manager(platform, AWAY) == "")
    for name in names:
        platform.wait_live(name, https=True)


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
            platform.wait_live(name)
            assert wish(platform, "web1", "site", name)["revision"] > before
    platform.wait_for_manager()
