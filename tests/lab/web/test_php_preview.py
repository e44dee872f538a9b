"""A version of PHP that one visitor tries: whoever has its cookie gets it, everybody else the site's own, and no script sees the cookie."""

import hashlib
import time

import pytest

from essaim.lab.machine import Machine
from tests.lab.applying import apply, site
from tests.lab.web.serving import HOME_A, HOME_B, A, B, Visit, php
from tests.lab.web.trying import OTHER, TOKEN, asked, preview, with_cookie
from tests.lab.whole import eventually

DOOR = f"http://{A}/.well-known/essaim/preview"
TELL = 'header("Cache-Control: public, max-age=600"); setcookie("theirs", "1"); echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION, " ", json_encode($_COOKIE), ($_SERVER["HTTP_COOKIE"] ?? "-");'


@pytest.fixture
def tried(web: Machine) -> None:
    """The site of alice in 8.2, with 8.4 tried; bob's has no trial."""
    php(web, HOME_A, "tell.php", TELL)
    php(web, HOME_B, "tell.php", TELL)
    apply(web, "web", site("alice", A, f"www.{A}", php_preview=preview()), site("bob", B))


@pytest.mark.usefixtures("tried")
def test_the_cookie_is_answered_by_the_other_version_and_everybody_else_by_the_sites_own(visit: Visit) -> None:
    assert visit(f"http://{A}/tell.php").text == "8.2 []-"
    assert visit(f"http://{A}/tell.php", *with_cookie(TOKEN)).text == "8.4 []-"
    assert visit(f"http://www.{A}/tell.php", *with_cookie(TOKEN)).text.startswith("8.4")
    for wrong in (OTHER, TOKEN[:-1], TOKEN.upper(), "../php", "", f"{TOKEN}x", "-", "end"):
        assert visit(f"http://{A}/tell.php", *with_cookie(wrong)).text.startswith("8.2 "), wrong
    assert visit(f"http://{B}/tell.php", *with_cookie(TOKEN)).text.startswith("8.2 ")


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a=1; essaim_preview={t}; b=2", "a=1; b=2"),
        ("essaim_preview={t}; b=2", "b=2"),
        ("a=1; essaim_preview={t}", "a=1; "),
        ("a=1; not_essaim_previews={t}", "a=1; not_essaim_previews={t}"),
    ],
)
def test_no_script_sees_the_cookie_and_it_sees_all_others(visit: Visit, sent: str, kept: str) -> None:
    text = visit(f"http://{A}/tell.php", "--header", f"Cookie: {sent.format(t=TOKEN)}").text
    assert text.endswith(kept.format(t=TOKEN))
    assert '"essaim_preview"' not in text


@pytest.mark.usefixtures("tried")
def test_an_answer_of_a_trial_is_kept_by_no_cache(visit: Visit) -> None:
    assert "no-store" not in visit(f"http://{A}/tell.php", "--include").text
    assert "Cache-Control: no-store" in visit(f"http://{A}/tell.php", "--include", *with_cookie(TOKEN)).text


@pytest.mark.usefixtures("tried")
def test_the_link_gives_the_cookie_and_takes_it_back_and_a_wrong_one_gives_none(visit: Visit) -> None:
    given = visit(f"{DOOR}/{TOKEN}", "--include").text
    assert f"Set-Cookie: essaim_preview={TOKEN}; Path=/; HttpOnly; SameSite=Lax\r\n" in given.replace(
        "\n", "\r\n"
    ).replace("\r\r", "\r")
    assert f"Location: http://{A}/" in given
    assert "Cache-Control: no-store" in given
    back = visit(f"{DOOR}/end", "--include").text
    assert "essaim_preview=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0" in back
    for wrong in (f"{DOOR}/{OTHER}", f"{DOOR}/x", f"http://{B}/.well-known/essaim/preview/{TOKEN}"):
        answer = visit(wrong, "--include")
        assert answer.status == 404
        assert "Set-Cookie" not in answer.text


@pytest.mark.usefixtures("tried")
def test_a_visitor_who_follows_the_link_browses_in_the_other_version(visit: Visit) -> None:
    jar = f"/run/jar-{time.time()}"
    assert visit(f"{DOOR}/{TOKEN}", "--cookie-jar", jar).status == 302
    assert visit(f"http://{A}/tell.php", "--cookie", jar).text.startswith("8.4 ")
    visit(f"{DOOR}/end", "--cookie", jar, "--cookie-jar", jar)
    assert visit(f"http://{A}/tell.php", "--cookie", jar).text.startswith("8.2 ")


@pytest.mark.usefixtures("tried")
def test_the_platforms_proof_tells_the_versions_apart(visit: Visit) -> None:
    for more, version in (([], "8.2"), (with_cookie(TOKEN), "8.4")):
        expected = hashlib.sha256(f"alice:{version}:n1".encode()).hexdigest()
        assert visit(f"http://{A}/.well-known/essaim/php?nonce=n1", *more).text.strip() == expected


@pytest.mark.usefixtures("tried")
def test_a_trial_that_has_ended_leads_nowhere(web: Machine, visit: Visit) -> None:
    apply(web, "web", site("alice", A, f"www.{A}"))
    eventually(lambda: visit(f"http://{A}/tell.php", *with_cookie(TOKEN)).text.startswith("8.2 "))
    assert visit(f"{DOOR}/{TOKEN}").status == 404
    apply(web, "web", site("alice", A, f"www.{A}", php_preview=preview(seconds=-1)))
    assert visit(f"http://{A}/tell.php", *with_cookie(TOKEN)).text.startswith("8.2 ")
    apply(web, "web", site("alice", A, f"www.{A}", php_preview=preview(), suspended=True))
    assert visit(f"{DOOR}/{TOKEN}").status == 404
    apply(web, "web", site("alice", A, f"www.{A}"))


@pytest.mark.usefixtures("tried")
def test_the_sites_own_pages_are_compared_in_both_versions(web: Machine, visit: Visit) -> None:
    web.run(["sh", "-c", f"mv {HOME_A}/index.html {HOME_A}/welcome"], check=False)
    php(
        web,
        HOME_A,
        "index.php",
        "echo \"<a href='/gone.php'>1</a><a href='/fine.html'>2</a><a href='/each.php'>3</a>\";",
    )
    php(web, HOME_A, "each.php", 'if (PHP_VERSION_ID >= 80400) { echo $x; undefined_function(); } echo "fine";')
    web.write_file(f"{HOME_A}/fine.html", b"fine", owner="alice:alice")
    try:
        told = asked(web, "compare", TOKEN)
        pages = {page["path"]: page for page in told["pages"]}
        assert set(pages) == {"/", "/gone.php", "/fine.html", "/each.php"}
        assert (pages["/each.php"]["status_old"], pages["/each.php"]["status_new"]) == (200, 500)
        assert pages["/each.php"]["errors_new"] == 2
        assert any("undefined_function() (each.php:1)" in said for said in pages["/each.php"]["messages"])
        assert pages["/gone.php"]["status_old"] == pages["/gone.php"]["status_new"] == 200  # the front controller's
        assert asked(web, "compare", OTHER)["code"] == "php.no_preview"
        assert asked(web, "compare", "../x")["code"] == "php.no_preview"
    finally:
        web.run(["sh", "-c", f"rm {HOME_A}/index.php; mv {HOME_A}/welcome {HOME_A}/index.html"], check=False)


@pytest.mark.parametrize("version", ["7.4", "8.2", "8.4"])
def test_php_says_what_it_is_with_the_sites_settings_and_its_own_user_ini(web: Machine, version: str) -> None:
    web.write_file(
        f"{HOME_A}/.user.ini",
        b"max_input_time = 77\nmemory_limit = 1G\nauto_prepend_file = none.php\n",
        owner="alice:alice",
    )
    try:
        apply(web, "web", site("alice", A, f"www.{A}", php=version, php_settings={"memory_limit": "256"}))
        eventually(lambda: "settings" in asked(web, "info", "one"))
        told = asked(web, "info", "one")
        settings = {one["name"]: one for one in told["settings"]}
        assert told["version"].startswith(version)
        assert told["sapi"] == "fpm-fcgi"
        assert {"mbstring", "curl"} <= set(told["extensions"])
        assert (settings["memory_limit"]["value"], settings["memory_limit"]["usual"]) == ("256M", "128M")
        assert (settings["max_input_time"]["value"], settings["max_input_time"]["usual"]) == ("77", "60")
        assert settings["error_log"]["value"] == f"/srv/home/logs/{A}/php-{version}.log"
        assert not settings["memory_limit"].get("by_script")
        assert f"/run/essaim/settings/{A}.ini" in told["ini_files"]
        assert asked(web, "info", "one", "nobody.test")["code"] == "php.no_site"
    finally:
        web.run(["rm", f"{HOME_A}/.user.ini"])
        apply(web, "web", site("alice", A, f"www.{A}"))


def test_nothing_of_it_is_on_the_site(visit: Visit) -> None:
    for path in ("info.php", ".well-known/essaim/info", "phpinfo.php"):
        assert visit(f"http://{A}/{path}").status == 404
