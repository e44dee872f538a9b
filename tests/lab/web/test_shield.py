"""A raised shield: who keeps a cookie passes, who keeps none costs a static answer, and what a site leaves out passes as ever."""

import os
import re
import time
from collections.abc import Iterator

import pytest

from essaim.contract import Shield, Way
from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import apply, site
from tests.lab.web.flooding import Outside
from tests.lab.web.serving import HOME_A, A, B, php
from tests.lab.whole import eventually

CHECKED = Shield(level="checked", except_=(Way.read("/api/"), Way.read("POST /hook")))
HTML = ("-H", "Accept: text/html", "-H", "Accept-Language: fr")
JAR = ("--cookie", "/run/jar", "--cookie-jar", "/run/jar")


@pytest.fixture(scope="module")
def outside(lab: Lab, web: Machine) -> Iterator[Outside]:
    php(web, HOME_A, "index.php", "echo 'front ', $_SERVER['REQUEST_METHOD'], ' ', $_SERVER['REQUEST_URI'];")
    yield Outside(lab.machine("outside1"), web)
    web.run(["rm", f"{HOME_A}/index.php"])


@pytest.fixture(autouse=True)
def forgotten(web: Machine, outside: Outside) -> Iterator[None]:
    web.run(["systemctl", "restart", "essaim-web"])
    outside.machine.run(["rm", "-f", "/run/jar"])
    yield
    apply(web, "web", site("alice", A, f"www.{A}"))


def shielded(web: Machine, shield: Shield | None = CHECKED, **more: object) -> None:
    apply(web, "web", site("alice", A, f"www.{A}", shield=shield, **more))


def test_a_visitor_is_led_on_by_the_page_alone_and_then_visits_as_ever(web: Machine, outside: Outside) -> None:
    shielded(web)
    page = outside.curl(*JAR, *HTML, "--include", f"http://{A}/shop?item=1")
    assert page.startswith("HTTP/1.1 503")
    assert "retry-after: 120" in page.lower()
    assert "x-essaim-state: shield" in page.lower()
    assert "Un instant" in page
    led = re.search(r'http-equiv="refresh" content="1; url=([^"]+)"', page)
    assert led is not None
    assert f'href="{led[1]}"' in page
    assert outside.curl(*JAR, *HTML, "--location", f"http://{A}{led[1]}") == "front GET /shop?item=1"
    assert outside.curl(*JAR, f"http://{A}/index.html") != ""
    assert outside.asks(B, "/", 20) == {"200": 20}


def test_it_is_raised_and_taken_down_while_visitors_come_without_a_reload(web: Machine, outside: Outside) -> None:
    eventually(lambda: len(web.run(["pgrep", "-f", "nginx: worker"]).stdout.split()) == os.cpu_count())
    workers = web.run(["pgrep", "-f", "nginx: worker"]).stdout
    assert outside.asks(A, "/x", 20) == {"200": 20}
    shielded(web)
    time.sleep(1.1)
    assert outside.asks(A, "/x", 20) == {"503": 20}
    shielded(web, None)
    time.sleep(1.1)
    assert outside.asks(A, "/x", 20) == {"200": 20}
    assert web.run(["pgrep", "-f", "nginx: worker"]).stdout == workers


def test_it_goes_by_itself_when_its_time_is_over(web: Machine, outside: Outside) -> None:
    shielded(web, Shield(level="checked", until=time.time() + 4))
    assert outside.asks(A, "/x", 1) == {"503": 1}
    time.sleep(4.5)
    eventually(lambda: outside.asks(A, "/x", 1) == {"200": 1}, seconds=10)


def _cookie(outside: Outside, host: str = A) -> str:
    found = re.search(r"essaim_shield=([^;]+);", outside.curl("--include", f"http://{host}/x"))
    assert found is not None
    return found[1]


def test_a_cookie_that_was_forged_or_belongs_elsewhere_opens_nothing(web: Machine, outside: Outside) -> None:
    shielded(web)
    good = _cookie(outside)
    hour, _, mac = good.partition(".")
    swapped = ("B" if mac[0] == "A" else "A") + mac[1:]
    assert outside.asks(A, "/x", 1, f"Cookie: essaim_shield={good}") == {"200": 1}
    for other in (
        f"{hour}.{swapped}",
        f"{int(hour) + 1}.{mac}",
        f"{int(hour) - 1}.{mac}",
        f"{hour}.",
        hour,
        "x" * 3000,
    ):
        assert outside.asks(A, "/x", 1, f"Cookie: essaim_shield={other}") == {"503": 1}, other
    assert outside.asks(f"www.{A}", "/x", 1, f"Cookie: essaim_shield={good}") == {"503": 1}
    six = outside.curl("--ipv6", "--cookie", f"essaim_shield={good}", f"http://{A}/x")
    assert "cookie" in six


@pytest.fixture
def short_hours(web: Machine) -> Iterator[float]:
    """An hour takes four seconds: nginx' workers give up the environment by which another clock would reach them."""
    lua = "/usr/local/share/essaim/lua/shield.lua"
    web.run(["sed", "-i", "s/^local HOUR_S = 3600$/local HOUR_S = 4/", lua])
    web.run(["systemctl", "restart", "essaim-web"])
    yield 4.0
    web.run(["sed", "-i", "s/^local HOUR_S = 4$/local HOUR_S = 3600/", lua])
    web.run(["systemctl", "restart", "essaim-web"])


def test_a_cookie_holds_for_this_hour_and_the_next_and_is_renewed(
    web: Machine, outside: Outside, short_hours: float
) -> None:
    shielded(web)
    given = _cookie(outside)
    until_next = short_hours - time.time() % short_hours + 0.1
    time.sleep(until_next)
    later = outside.curl("--include", "--cookie", f"essaim_shield={given}", f"http://{A}/x")
    assert later.startswith("HTTP/1.1 200")
    assert "set-cookie: essaim_shield=" in later.lower()
    time.sleep(short_hours)
    assert outside.asks(A, "/x", 1, f"Cookie: essaim_shield={given}") == {"503": 1}


def test_programs_that_a_site_left_out_pass_and_no_path_passes_for_them(web: Machine, outside: Outside) -> None:
    shielded(web)
    assert outside.asks(A, "/api/items", 1) == {"200": 1}
    assert outside.curl("--data", "x=1", f"http://{A}/hook") == "front POST /hook"
    assert outside.asks(A, "/hook", 1) == {"503": 1}
    for path in ("/api/../shop", "/api/%2e%2e/shop", "/apis", "//shop", "/API/items"):
        assert outside.asks(A, path, 1) == {"503": 1}, path


def test_who_keeps_no_cookies_is_told_so_and_led_round_no_more(web: Machine, outside: Outside) -> None:
    shielded(web)
    asked = ("-H", "Accept: text/html", f"http://{A}/.well-known/essaim/shield?to=%2Fshop")
    page = outside.curl("-H", "Accept-Language: en", *asked)
    assert "Autorisez les cookies" in outside.curl(*asked)  # who says no language reads the house's
    assert "Allow cookies for this site" in page
    assert "http-equiv" not in page


def test_nobody_is_led_to_another_site(web: Machine, outside: Outside) -> None:
    shielded(web)
    good = _cookie(outside)
    for to in (
        "%2F%2Fevil.test",
        "https%3A%2F%2Fevil.test",
        "%2F%5Cevil.test",
        "%2Fa%0D%0ASet-Cookie%3A%20a=b",
        "evil.test",
        "",
    ):
        door = f"http://{A}/.well-known/essaim/shield?to={to}"
        said = outside.curl("--include", "--cookie", f"essaim_shield={good}", door).lower()
        assert re.search(r"\r\nlocation: (http://alice\.test)?/\r\n", said), (to, said)


def test_a_calm_shield_lets_people_visit_and_limits_who_asks_all_the_time(web: Machine, outside: Outside) -> None:
    shielded(web, Shield(level="calm"))
    web.write_file(f"{HOME_A}/picture.txt", b"x" * 300, owner="alice:alice")
    assert outside.asks(A, "/picture.txt", 100) == {"200": 100}
    assert outside.asks(A, "/x", 80, at_once=4)["429"] > 20
    assert outside.asks(A, "/picture.txt", 400)["429"] > 150


def test_doors_and_a_suspended_site_are_as_ever(web: Machine, outside: Outside) -> None:
    shielded(web)
    assert outside.asks(A, "/.well-known/essaim/proof", 3) == {"200": 3}
    assert outside.asks(A, "/.well-known/essaim/php?nonce=1", 3) == {"200": 3}
    assert outside.asks(A, "/.well-known/acme-challenge/x", 3) == {"404": 3}
    shielded(web, suspended=True)
    assert "Ce site est suspendu" in outside.curl(*HTML, f"http://{A}/")


def test_a_flood_without_cookies_never_reaches_php(web: Machine, outside: Outside) -> None:
    shielded(web)
    outside.asks(A, "/.well-known/essaim/php?nonce=1", 1)
    web.run(["sh", "-c", "systemctl stop 'essaim-php-*@alice.service'"])
    answered = outside.asks(A, "/x", 1_500, at_once=30)
    assert set(answered) <= {"503", "429"}
    assert web.run(["sh", "-c", "systemctl is-active 'essaim-php-*@alice.service'"], check=False).stdout.strip() in (
        b"",
        b"inactive",
    )
