"""What a client sees of PHP through the whole platform: errors within seconds, what it is, a version tried, switched to and left."""

from typing import Any

import pytest

from essaim.lab.platform import Platform
from tests.lab.whole import Visitor, eventually, live, put, site, wish, zip_of

BROKEN = """<?php
function buy($card) { throw new RuntimeException("no more"); }
if (isset($_GET["fine"])) { exit("fine"); }
buy("4111-1111");
"""
FRONT = """<?php echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION; ?> <a href="/next.php">next</a> <a href="/plain.html">plain</a>"""
NEXT = """<?php if (PHP_VERSION_ID >= 80000) { echo $nothing; } echo utf8_encode("next"), each_of();
function each_of() { return PHP_VERSION_ID >= 80400 ? undefined_since() : ""; }"""


@pytest.fixture
def own(platform: Platform, login: str, run: str, request: pytest.FixtureRequest) -> str:
    """A site of one test."""
    word = request.node.name.removeprefix("test_").replace("_", "-")[:30].rstrip("-")
    return live(platform, login, f"{word}-{run}.test", https=False, https_only=False)


def errors(platform: Platform, name: str, **asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = platform.api.get(f"/sites/{name}/php/errors", **asked)["items"]
    return found


def test_an_error_reaches_its_client_and_is_cleared(platform: Platform, visitor: Visitor, own: str) -> None:
    put(platform, own, zip_of(broken_php=BROKEN))
    assert errors(platform, own) == []
    for _ in range(3):
        assert visitor.get(f"http://{own}/broken.php").status == 500
    took = eventually(lambda: errors(platform, own), seconds=30)
    (found,) = errors(platform, own)
    assert took < 15
    assert (found["severity"], found["message"]) == ("fatal", "Uncaught RuntimeException: no more")
    assert (found["file"], found["line"], found["php"], found["count"]) == ("broken.php", 2, "8.2", 3)
    assert found["trace"] == ["broken.php:4 buy()"]
    assert platform.api.post(f"/sites/{own}/php/errors/forget", {}, key=f"forget-{own}") == {"errors": 1}
    assert errors(platform, own) == []
    visitor.get(f"http://{own}/broken.php")
    eventually(lambda: errors(platform, own), seconds=60)
    assert errors(platform, own)[0]["count"] == 1


def test_php_says_what_it_is_to_who_asks(platform: Platform, own: str) -> None:
    platform.api.patch(f"/sites/{own}", {"php": "7.4", "php_settings": {"memory_limit": "200"}})
    platform.wait_live(own)
    platform.api.post(f"/sites/{own}/php/info", {}, key=f"info-{own}")
    eventually(lambda: platform.api.get(f"/sites/{own}/php/info")["state"] != "asked", seconds=60)
    told = platform.api.get(f"/sites/{own}/php/info")
    assert (told["state"], told["sapi"]) == ("answered", "fpm-fcgi")
    assert told["version"].startswith("7.4.")
    settings = {one["name"]: (one["value"], one["usual"]) for one in told["settings"]}
    assert settings["memory_limit"] == ("200M", "128M")


def test_a_version_is_tried_compared_and_switched_to(platform: Platform, visitor: Visitor, own: str) -> None:
    put(platform, own, zip_of(index_php=FRONT, next_php=NEXT, plain_html="plain"))
    platform.api.post(f"/sites/{own}/php/trial", {"php": "8.4"}, key=f"try-{own}")
    eventually(lambda: platform.api.get(f"/sites/{own}/php/trial")["state"] != "asked", seconds=90)
    trial = platform.api.get(f"/sites/{own}/php/trial")
    pages = {page["path"]: page for page in trial["pages"]}
    assert set(pages) == {"/", "/next.php", "/plain.html"}
    assert (pages["/next.php"]["verdict"], pages["/next.php"]["status_new"]) == ("worse", 500)
    assert any("undefined_since()" in said for said in pages["/next.php"]["messages"])
    assert [word for word in pages["/plain.html"]["words"] if word != "slower"] == []  # on a busy machine it may be

    token = trial["link"].rpartition("/")[2]
    given = visitor.get(trial["link"], "--include")
    assert f"essaim_preview={token}" in given.text
    assert visitor.get(f"http://{own}/", "--header", f"Cookie: essaim_preview={token}").text.startswith("8.4 ")
    assert visitor.get(f"http://{own}/").text.startswith("8.2 ")
    assert {one["php"] for one in errors(platform, own, text="undefined_since")} <= {"8.4"}

    platform.api.post(f"/sites/{own}/php/trial/switch", {}, key=f"switch-{own}")
    platform.wait_live(own)
    assert visitor.get(f"http://{own}/").text.startswith("8.4 ")
    assert visitor.get(trial["link"]).status == 404
    assert site(platform, own)["php_before"] == "8.2"


def test_a_site_over_https_alone_is_tried_over_https(
    platform: Platform, visitor: Visitor, login: str, run: str
) -> None:
    name = live(platform, login, f"tried-over-tls-{run}.test", aliases=[f"www.tried-over-tls-{run}.test"])
    absolute = FRONT.replace('"/next.php"', f'"https://www.{name}/next.php"')
    put(platform, name, zip_of(index_php=absolute, next_php="<?php echo 1;", plain_html="plain"))
    platform.api.post(f"/sites/{name}/php/trial", {"php": "8.4"}, key=f"try-{name}")
    eventually(lambda: platform.api.get(f"/sites/{name}/php/trial")["state"] != "asked", seconds=90)
    trial = platform.api.get(f"/sites/{name}/php/trial")
    statuses = {page["path"]: (page["status_old"], page["status_new"]) for page in trial["pages"]}
    assert statuses == dict.fromkeys(("/", "/next.php", "/plain.html"), (200, 200))
    assert trial["link"].startswith(f"https://{name}/")
    assert "; Secure" in visitor.get(trial["link"], "--include").text
    plain = visitor.get(trial["link"].replace("https:", "http:"))
    assert (plain.status, plain.location) == (308, trial["link"])
    platform.api.post(f"/sites/{name}/php/trial/leave", {}, key=f"leave-{name}")


def test_a_trial_that_is_left_leads_nowhere(platform: Platform, visitor: Visitor, own: str) -> None:
    put(platform, own, zip_of(index_php=FRONT))
    platform.api.post(f"/sites/{own}/php/trial", {"php": "7.4"}, key=f"try-{own}")
    eventually(lambda: platform.api.get(f"/sites/{own}/php/trial")["state"] == "answered", seconds=90)
    link = platform.api.get(f"/sites/{own}/php/trial")["link"]
    platform.api.post(f"/sites/{own}/php/trial/leave", {}, key=f"leave-{own}")
    eventually(lambda: wish(platform, "web1", "site", own)["outcome"] == "applied" and visitor.get(link).status == 404)
    cookie = f"Cookie: essaim_preview={link.rpartition('/')[2]}"
    assert visitor.get(f"http://{own}/", "--header", cookie).text.startswith("8.2 ")
