"""What a client chose of a site's names and when it is worked on, as a real nginx answers it; and the pages by which the house answers in its place."""

import subprocess
import time
from collections.abc import Iterator
from functools import partial

import pytest

from essaim.contract import Fqdn, Maintenance, Rules
from essaim.contract.rules import Elsewhere, Protected
from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import apply, site
from tests.lab.load import meanwhile
from tests.lab.web.ruling import ALIKE, PASSWORD, C, Wish, hashed, headers
from tests.lab.web.serving import Visit
from tests.lab.whole import eventually

HOUSE_KEPT_S = 5.5
"""Each of nginx' workers goes for five seconds by what it read of the house, and it is nginx that chooses which worker answers."""


def test_a_name_that_only_redirects_has_no_content(carole: Machine, visit: Visit) -> None:
    to = Elsewhere(target="https://carole.example.test/base", status=308)
    apply(carole, "web", site("carole", "moved.test", "www.moved.test", rules=Rules(elsewhere=to)))
    for asked in ("/", "/a/b?x=1", "//evil.test", "/nothing.php"):
        told = headers(visit, f"http://www.moved.test{asked}", "--path-as-is")
        assert (told["status"], told["location"]) == ("308", f"https://carole.example.test/base{asked}"), told
    assert visit("http://moved.test/.well-known/essaim/proof").status == 200
    apply(carole, "web", site("carole", "moved.test", rules=Rules(elsewhere=to), suspended=True))
    assert visit("http://moved.test/").state == "suspended"
    assert visit("http://www.moved.test/").state == "unknown"


def test_one_name_of_a_site_is_its_own_and_the_others_lead_there(wish: Wish, visit: Visit) -> None:
    wish(f"www.{C}", f"old.{C}", rules=Rules(canonical=Fqdn(f"www.{C}")))
    assert visit(f"http://www.{C}/pretty").text == "front /pretty"
    for name in (C, f"old.{C}", f"OLD.{C}", f"old.{C}."):
        told = headers(visit, f"http://{name}/a%20b?x=1")
        assert (told["status"], told["location"]) == ("301", f"http://www.{C}/a%20b?x=1")
    assert headers(visit, f"http://{C}/", "--data", "x=1")["status"] == "308"
    assert visit(f"http://{C}/.well-known/essaim/proof").status == 200


def test_a_name_is_found_however_it_is_written(visit: Visit, carole: Machine) -> None:
    apply(carole, "web", site("carole", C, f"www.{C}"))
    for host in (C.upper(), f"{C}.", f"{C}:80", f"WWW.{C}.:8080"):
        assert visit(f"http://{C}/pretty", "-H", f"Host: {host}").text == "front /pretty", host
    for host in (
        "nobody.test",
        f"_.{C}",
        f"*.{C}",
        "-",
        "-.test",
        f"x{C}",
        f"{C}.nobody.test",
        "[::1]",
        "10.0.0.1",
        "localhost",
    ):
        answer = visit(f"http://{C}/pretty", "-H", f"Host: {host}")
        assert answer.status in (400, 421), host
        assert "front" not in answer.text


def test_any_name_below_leads_to_a_wildcard_and_an_exact_one_goes_before(
    wish: Wish, visit: Visit, carole: Machine
) -> None:
    secured = Rules(protected=(Protected(path="/members", users={"ada": hashed(PASSWORD)}),))
    wish(wildcards=(Fqdn(C),), rules=secured)
    apply(carole, "web", site("carole", f"own.{C}"))
    try:
        assert visit(f"http://any.{C}/pretty").text == "front /pretty"
        assert visit(f"http://any.{C}/index.php?x=1").text == "front /index.php?x=1"
        assert visit(f"http://any.{C}/a.css").text == "p{}"
        assert visit(f"http://any.{C}/").text == "front /"
        assert (
            visit(f"http://any.{C}/.well-known/essaim/proof").text == visit(f"http://{C}/.well-known/essaim/proof").text
        )
        for path in ALIKE:
            assert visit(f"http://any.{C}{path}", "--path-as-is").status == 401, path
        assert "est prêt" in visit(f"http://own.{C}/").text
        assert visit(f"http://deeper.any.{C}/").state == "unknown"
        apply(carole, "web", site("carole", f"own.{C}", suspended=True))
        time.sleep(1.1)
        assert visit(f"http://own.{C}/").state == "suspended"
        assert visit(f"http://own.{C}/pretty").state == "suspended"
    finally:
        remove(carole, f"own.{C}", is_erased=False)
    # nginx may remember for a second what was
    eventually(lambda: visit(f"http://own.{C}/").state == "closed")  # it has a holder still
    remove(carole, f"own.{C}", is_erased=True)
    eventually(lambda: visit(f"http://own.{C}/").text == "front /")
    wish()
    eventually(lambda: visit(f"http://any.{C}/").state == "unknown")


def test_who_comes_all_the_while_gets_the_site_or_hears_that_it_is_suspended(carole: Machine, visit: Visit) -> None:
    seen: list[int] = []

    def all_get(status: int) -> bool:
        return seen[-12:] == [status] * 12

    apply(carole, "web", site("carole", "hot.test"))
    with meanwhile(lambda: seen.append(visit("http://hot.test/").status)):
        for before, suspended in ((200, True), (503, False)) * 5:
            eventually(partial(all_get, before), every=0.02)
            apply(carole, "web", site("carole", "hot.test", suspended=suspended))
    assert set(seen) == {200, 503}


REMOVE = """
import json, sys
from essaim.agent.machine import Config, Machine
from essaim.agent.resources import resources_for
fqdn, is_erased = json.load(sys.stdin)
resources_for(("web",))["site"].remove(fqdn, erase=is_erased, machine=Machine(Config(machine="", roles=("web",))))
"""


def remove(web: Machine, fqdn: str, *, is_erased: bool) -> None:
    import json

    from tests.lab.applying import AGENT

    subprocess.run(
        web.argv_inside([*AGENT, "-c", REMOVE]), input=json.dumps([fqdn, is_erased]).encode(), check=True, timeout=60
    )


# -- pages


def test_a_site_in_maintenance_says_so_and_its_people_pass(wish: Wish, visit: Visit, lab: Lab) -> None:
    key = "k" * 26
    until = int(time.time()) + 5000
    wanted = Maintenance(
        sentence="Nous changeons <tout> & plus", until=until, until_local="2026-11-26 14:30 CET", key=key,
        networks=(f"{lab.machine('outside1').address6}/128",),
    )  # fmt: skip
    wish(f"www.{C}", maintenance=wanted, rules=Rules(canonical=Fqdn(C)))
    for path in ("/", "/a.css", "/index.php", "/pretty", "/nothing.php"):
        answer = visit(f"http://www.{C}{path}", "-4", "-H", "Accept-Language: fr-FR,fr;q=0.9,en;q=0.1")
        assert (answer.status, answer.state) == (503, "maintenance"), path
        assert "Nous changeons &lt;tout&gt; &amp; plus" in answer.text
        assert "26 novembre 2026 vers 14 h 30 (CET)" in answer.text
    assert (
        "26 November 2026 at about 14:30 (CET)"
        in visit(f"http://{C}/", "-4", "-H", "Accept-Language: en-GB, fr;q=0.4").text
    )
    told = headers(visit, f"http://{C}/", "-4")
    assert 4000 < int(told["retry-after"]) <= 5000
    assert told["vary"] == "Accept-Language"
    assert visit(f"http://{C}/pretty", "-6").text == "front /pretty"
    led = headers(visit, f"http://{C}/pretty?essaim_pass={key}", "-4")
    assert (led["status"], led["location"]) == ("302", "/pretty")
    assert visit(f"http://{C}/pretty", "-4", "-H", f"Cookie: a=b; essaim_pass={key}").text == "front /pretty"
    assert visit(f"http://{C}/pretty?essaim_pass={'x' * 26}", "-4").state == "maintenance"
    assert visit(f"http://{C}/.well-known/essaim/proof", "-4").status == 200
    assert visit(f"http://{C}/.well-known/essaim/php?nonce=1", "-4").status == 200


@pytest.fixture(scope="module")
def english_house(carole: Machine, visit: Visit) -> Iterator[None]:
    """The house has a name and speaks English; afterwards it is nobody's again."""
    titles = {"house": "L’Essaim & co", "colour": "#123456", "language": "en", "door": "https://manager.example.test"}
    apply(carole, "web", site("carole", C, f"www.{C}", titles=titles))
    time.sleep(HOUSE_KEPT_S)
    assert "L’Essaim &amp; co" in visit("http://nobody.test/").text
    yield
    apply(carole, "web", site("carole", C, f"www.{C}"))
    carole.run(["rm", "/srv/essaim/house.json"])
    time.sleep(HOUSE_KEPT_S)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr", "fr"),
        ("en-US,en;q=0.9", "en"),
        ("de, en;q=0.5, fr;q=0.2", "en"),
        ("en;q=0, fr;q=0.1", "fr"),
        ("zz", "en"),
        ("*", "en"),
    ],
)
def test_a_page_of_the_platform_is_in_the_readers_language(
    accepted: str, language: str, english_house: None, visit: Visit
) -> None:
    page = visit("http://nobody.test/", "-H", f"Accept-Language: {accepted}").text
    assert f'<html lang="{language}">' in page
    assert "http" not in page  # nothing is fetched from elsewhere


def test_a_closed_site_says_that_it_is_closed_until_it_is_erased(carole: Machine, visit: Visit) -> None:
    apply(carole, "web", site("carole", "shut.test", "www.shut.test"))
    assert visit("http://www.shut.test/").status == 200
    remove(carole, "shut.test", is_erased=False)
    for name in ("shut.test", "www.shut.test"):
        answer = visit(f"http://{name}/pretty", "-H", "Accept-Language: en")
        assert (answer.status, answer.state) == (410, "closed")
        assert "This site is closed" in answer.text
    apply(carole, "web", site("carole", "shut.test"))
    assert visit("http://shut.test/").status == 200
    eventually(lambda: visit("http://www.shut.test/").state == "unknown")
    remove(carole, "shut.test", is_erased=True)
    eventually(lambda: visit("http://shut.test/").state == "unknown")  # nginx may remember for a second what was


def test_an_engine_that_does_not_answer_is_told_honestly(carole: Machine, visit: Visit) -> None:
    apply(carole, "web", site("carole", C, f"www.{C}", engine="program"))
    answer = visit(f"http://{C}/", "-H", "Accept-Language: en")
    assert (answer.status, answer.state) == (502, "silent")
    assert "This site does not answer" in answer.text
    assert headers(visit, f"http://{C}/")["retry-after"] == "30"
    apply(carole, "web", site("carole", C, f"www.{C}"))
