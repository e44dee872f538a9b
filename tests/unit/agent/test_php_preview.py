"""A version of PHP that one visitor tries: its link, its settings, its end; and a site's pages compared in both versions."""

import time
from pathlib import Path

import pytest

from essaim.agent.engines import php
from essaim.agent.machine import Machine
from essaim.agent.php_compare import Answer, compare, pages_of
from essaim.agent.php_errors import Found
from essaim.agent.resources.site import SiteResource
from essaim.contract import Fqdn, Login, Site
from essaim.contract.php import Preview
from tests.unit.agent.running import site, web_machine

SITE = SiteResource()
TOKEN = "b" * 26
NAME = "a.example.test"


@pytest.fixture
def web(tmp_path: Path) -> Machine:
    return web_machine(tmp_path)


def tried(version: str = "8.4", *, token: str = TOKEN, seconds: float = 3600, **changes: object) -> Site:
    return site(php_preview=Preview(version=version, token=token, until=time.time() + seconds), **changes)


def links(web: Machine) -> set[str]:
    return {path.name for path in (web.paths.sites / NAME).iterdir() if path.name.startswith("php")}


def test_who_has_the_token_is_led_to_the_other_version_with_the_same_settings(web: Machine) -> None:
    done = SITE.apply(tried(php_settings={"memory_limit": "256"}), 1, web)
    assert (web.paths.sites / NAME / f"php-{TOKEN}").readlink().name == "alice.8.4.sock"
    assert (web.paths.sites / NAME / "php").readlink().name == "alice.8.2.sock"
    texts = [php.settings_file(Fqdn(NAME), Login("alice"), one, web.paths).read_text() for one in ("8.2", "8.4")]
    assert texts[1] == texts[0].replace("8.2", "8.4")
    assert "memory_limit = 256M" in texts[1]
    assert php.wants_link(Login("alice"), "8.4", web.paths).is_symlink()
    assert done.again_in_s == pytest.approx(3601, abs=2)
    assert SITE.drift(tried(php_settings={"memory_limit": "256"}), web) is None


def test_leaving_and_switching_take_the_link_and_the_unused_version_away(web: Machine) -> None:
    SITE.apply(tried(), 1, web)
    SITE.apply(site(), 2, web)
    assert links(web) == {"php"}
    assert php.used(Login("alice"), web.paths) == ["8.2"]
    SITE.apply(tried(), 3, web)
    SITE.apply(site(php="8.4"), 4, web)
    assert links(web) == {"php"}
    assert php.used(Login("alice"), web.paths) == ["8.4"]


@pytest.mark.parametrize(
    "spec",
    [
        tried(seconds=-1), tried("8.2"), tried(token="../../bob.test/php"), tried(token="B" * 26), tried("5.6"),
        tried(suspended=True),
    ],
    ids=["over", "its own", "no token", "upper case", "no tree", "suspended"],
)  # fmt: skip
def test_what_cannot_be_tried_leads_nowhere_and_hurts_nothing(web: Machine, spec: Site) -> None:
    assert SITE.apply(spec, 1, web).again_in_s is None
    assert links(web) == {"php"}
    assert SITE.drift(spec, web) is None


# -- the comparison


PAGE = b"""<a href="/about/">a</a><a href='contact.html#x'>c</a><a href="https://www.a.example.test/shop?item=1">s</a>
<a href="//elsewhere.test/">no</a><a href="/photo.JPG">no</a><a href="/wp-login.php?action=logout">no</a>
<a href="mailto:a@b.test">no</a><a href="http://[">no</a><a href="/about/">again</a><a href="/ca fe">no</a>"""
NAMES = {NAME, f"www.{NAME}"}


def test_pages_are_the_sites_own_and_none_ends_a_session() -> None:
    assert pages_of(PAGE, NAMES) == ["/about/", "/contact.html", "/shop?item=1"]
    assert pages_of(b"<a href=" * 1000 + b"\xff\xfe<![", NAMES) == []


def test_each_page_is_asked_for_in_both_versions_and_what_is_new_in_one_is_told() -> None:
    said: list[Found] = []

    def get(path: str, token: str) -> Answer:
        if path == "/" and not token:
            return Answer(302, 0, 0.1, "/home", b"")
        if token and path == "/about/":
            said.append(Found("fatal", "Call to undefined function each()", "about.php", 7, (), 0.0))
            return Answer(500, 0, 0.2, "", b"")
        said.append(Found("notice", "old one", "x.php", 1, (), 0.0))
        return Answer(200, len(PAGE), 0.3, "", PAGE if path == "/home" else b"")

    def logged(_which: str) -> list[Found]:
        found, said[:] = list(said), []
        return found

    pages = {page.path: page for page in compare(get, NAMES, TOKEN, logged)}
    assert set(pages) == {"/", "/about/", "/contact.html", "/shop?item=1"}
    assert (pages["/about/"].status_old, pages["/about/"].status_new) == (200, 500)
    assert pages["/about/"].messages == ("Call to undefined function each() (about.php:7)",)
    assert (pages["/contact.html"].errors_old, pages["/contact.html"].errors_new) == (1, 1)
    assert pages["/contact.html"].messages == ()


def test_a_slow_site_is_compared_as_far_as_time_lasts() -> None:
    ticks = iter([0.0, 1.0, 200.0, 200.0, 200.0])
    pages = compare(
        lambda _path, _token: Answer(200, 1, 0.1, "", PAGE), NAMES, TOKEN, lambda _new: [], clock=lambda: next(ticks)
    )
    assert [page.path for page in pages] == ["/"]
