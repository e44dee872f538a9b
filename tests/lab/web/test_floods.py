"""What one visitor, and all visitors of a site, may ask for: crowds pass, floods do not, and the neighbour does not notice."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import apply, site
from tests.lab.web.flooding import Outside
from tests.lab.web.serving import HOME_A, HOME_B, A, B, Visit, php
from tests.lab.whole import eventually

ELSEWHERE, SIXTH, SEVENTH = "10.77.0.77", "fd77:e55a:0:1::6", "fd77:e55a:0:1::7"
"""More addresses of the machine outside; the last two are one network of 64 bits."""
PICTURES = 100


@pytest.fixture(scope="module")
def outside(lab: Lab, web: Machine) -> Iterator[Outside]:
    machine = lab.machine("outside1")
    link = machine.run(["sh", "-c", "ip -o -4 addr show scope global | awk '{print $2; exit}'"]).stdout.decode().strip()
    machine.run(["ip", "addr", "replace", f"{ELSEWHERE}/24", "dev", link])
    for address in (SIXTH, SEVENTH):
        machine.run(["ip", "addr", "replace", f"{address}/64", "dev", link, "nodad"])
    link_of_web = (
        web.run(["sh", "-c", "ip -o -4 addr show scope global | awk '{print $2; exit}'"]).stdout.decode().strip()
    )
    web.run(["ip", "-6", "route", "replace", "fd77:e55a:0:1::/64", "dev", link_of_web])
    web.write_file(f"{HOME_A}/picture.txt", b"x" * 300, owner="alice:alice")
    web.write_file(f"{HOME_A}/large.bin", b"x" * 30_000_000, owner="alice:alice")
    php(web, HOME_A, "hello.php", "echo 'hello';")
    php(web, HOME_A, "slow.php", "echo 'slow';")
    php(web, HOME_B, "hello.php", "echo 'hello';")
    yield Outside(machine, web)
    for address in (f"{ELSEWHERE}/24", f"{SIXTH}/64", f"{SEVENTH}/64"):
        machine.run(["ip", "addr", "del", address, "dev", link])


@pytest.fixture(autouse=True)
def forgotten(web: Machine) -> None:
    """Nobody has asked for anything yet: what is counted lives in memory."""
    web.run(["systemctl", "restart", "essaim-web"])
    web.run(["systemctl", "reload", "essaim-egress"])


def test_an_office_behind_one_address_opens_a_page_of_a_hundred_pictures_at_once(outside: Outside) -> None:
    people = 40
    assert outside.asks(A, "/picture.txt", people * PICTURES, at_once=6 * people) == {"200": people * PICTURES}
    assert outside.asks(A, "/hello.php", people, at_once=people) == {"200": people}


def test_a_flood_from_one_address_is_limited_and_others_are_served(outside: Outside) -> None:
    answered = outside.asks(A, "/picture.txt", 9_000, at_once=60)
    assert answered["429"] > 1_000
    assert answered["200"] >= 5_000
    assert outside.asks(A, "/picture.txt", 100, source=ELSEWHERE) == {"200": 100}
    assert outside.asks(B, "/", 100, source=ELSEWHERE) == {"200": 100}


def test_who_is_limited_is_told_when_to_come_again_in_their_language(outside: Outside) -> None:
    html = ("-H", "Accept: text/html", "-H", "Accept-Language: fr-CH, fr;q=0.9, en;q=0.5", "--include")
    with outside.is_slow(A, 800, "read"):
        page = outside.curl(*html, f"http://{A}/picture.txt")
        line = outside.curl("-H", "Accept: */*", f"http://{A}/picture.txt")
    assert page.startswith("HTTP/1.1 429 ")
    assert "retry-after: 5" in page.lower()
    assert "x-essaim-state: limited" in page.lower()
    assert "Trop de demandes à la fois" in page
    assert line == "Too many requests at once. Try again in a few seconds.\n"


def test_the_platforms_own_doors_are_never_limited(outside: Outside, visit: Visit) -> None:
    outside.asks(A, "/picture.txt", 9_000, at_once=60)
    assert outside.asks(A, "/.well-known/essaim/proof", 200) == {"200": 200}
    assert outside.asks(A, "/.well-known/essaim/php?nonce=1", 20) == {"200": 20}
    assert outside.asks(A, "/.well-known/acme-challenge/nothing", 200) == {"404": 200}


def test_all_addresses_of_an_ipv6_network_are_one_visitor(outside: Outside) -> None:
    outside.asks(A, "/picture.txt", 8_000, source=SIXTH, at_once=60)
    assert outside.asks(A, "/picture.txt", 900, source=SEVENTH)["429"] > 300
    assert outside.asks(A, "/picture.txt", 200) == {"200": 200}


def test_php_is_limited_long_before_files_are_and_also_behind_a_front_controller(
    web: Machine, outside: Outside
) -> None:
    php(web, HOME_A, "index.php", "echo 'front';")
    answered = outside.asks(A, "/no/such/page", 1_600, at_once=8)
    assert answered["429"] > 100
    assert answered["200"] >= 1_000
    assert outside.asks(A, "/picture.txt", 300) == {"200": 300}
    assert outside.asks(A, "/hello.php", 30, source=ELSEWHERE) == {"200": 30}
    web.run(["rm", f"{HOME_A}/index.php"])


def test_a_site_may_have_wider_limits_without_a_reload(web: Machine, outside: Outside) -> None:
    before = web.run(["pgrep", "-f", "nginx: worker"]).stdout
    apply(web, "web", site("alice", A, f"www.{A}", limits=10))
    assert outside.asks(A, "/picture.txt", 9_000, at_once=60) == {"200": 9_000}
    assert outside.asks(A, "/hello.php", 1_300, at_once=8) == {"200": 1_300}
    apply(web, "web", site("alice", A, f"www.{A}"))
    outside.visits(A, 1.5, ELSEWHERE)  # what was hot is looked at once a second
    assert outside.asks(A, "/picture.txt", 9_000, at_once=60)["429"] > 1_000
    assert web.run(["pgrep", "-f", "nginx: worker"]).stdout == before


def test_two_thousand_slow_headers_from_one_address_hold_no_neighbour_up(outside: Outside) -> None:
    _, alone = outside.visits(B, 4, ELSEWHERE)
    with outside.is_slow(A, 2_000, "header"):
        statuses, beside = outside.visits(B, 6, ELSEWHERE)
    assert statuses == {200}
    assert beside < 3 * alone + 0.05


def test_slow_bodies_from_one_address_take_a_bounded_number_of_places(outside: Outside) -> None:
    with outside.is_slow(A, 800, "body"):
        assert outside.asks(A, "/picture.txt", 20).get("429", 0) == 20
        statuses, _ = outside.visits(A, 2, ELSEWHERE)
    assert 200 in statuses
    assert 429 not in statuses


def test_who_reads_slowly_holds_no_neighbour_up(outside: Outside) -> None:
    with outside.is_slow(A, 500, "read"):
        statuses, beside = outside.visits(B, 4, ELSEWHERE)
    assert statuses == {200}
    assert beside < 1


def test_streams_that_are_opened_and_reset_hold_no_neighbour_up(outside: Outside) -> None:
    with outside.takes_back(A, 4) as found:
        statuses, beside = outside.visits(B, 3, ELSEWHERE)
    assert found[0] > 10_000
    assert statuses == {200}
    assert beside < 1


def test_connections_that_come_by_the_thousand_are_not_all_let_in(web: Machine, outside: Outside) -> None:
    one = f"s = socket.socket(); s.setblocking(False); s.connect_ex(('{web.address4}', 80))"
    knock = f"import socket\nfor n in range(6000):\n {one}\n"
    outside.machine.run(["sh", "-c", f'ulimit -n 8192; python3 -c "{knock}"'])
    said = web.run(["nft", "list", "chain", "inet", "essaim_egress", "knock"]).stdout.decode()
    assert int(said.split("counter packets ")[1].split()[0]) > 1_000
    assert outside.visits(B, 1, ELSEWHERE)[0] == {200}


def test_what_was_limited_is_counted_for_the_agent_and_no_address_is_kept(web: Machine, outside: Outside) -> None:
    limited = outside.asks(A, "/picture.txt", 9_000, at_once=60)["429"]
    outside.asks("no-such-site.test", "/", 7_000, at_once=60)
    wanted = {"limited": limited, "held": 0, "networks": 1}
    eventually(lambda: _counts(web).get("sites", {}).get(A) == wanted, seconds=25)
    told = _counts(web)
    assert list(told["sites"]) == [A]
    assert told["started"]


def _counts(web: Machine) -> dict[str, Any]:
    said = web.run(["cat", "/run/essaim/defence/counts.json"], check=False).stdout
    found: dict[str, Any] = json.loads(said) if said else {}
    return found
