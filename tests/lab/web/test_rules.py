"""What a client chose of paths, as a real nginx answers it: and every other spelling by which somebody might come past it."""

import time
from collections.abc import Iterator

import pytest

from essaim.contract import Fqdn, Rules
from essaim.contract.rules import Allowed, Header, Hsts, Protected, Redirect
from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import apply, site
from tests.lab.load import constant_load
from tests.lab.web.ruling import ALIKE, HOME, PASSWORD, SECRET, C, Wish, hashed, headers
from tests.lab.web.serving import Visit
from tests.lab.whole import eventually

# -- a folder that asks for a password


@pytest.mark.parametrize("path", ALIKE)
def test_a_protected_folder_is_reached_by_no_other_spelling(path: str, protected: None, visit: Visit) -> None:
    answer = visit(f"http://{C}{path}", "--path-as-is")
    assert answer.status == 401
    assert SECRET not in answer.text
    assert "front" not in answer.text


@pytest.fixture(scope="module")
def protected(carole: Machine) -> Iterator[None]:
    """/members asks for ada's password."""
    rules = Rules(protected=(Protected(path="/members", users={"ada": hashed(PASSWORD)}),))
    assert [one.code for one in apply(carole, "web", site("carole", C, f"www.{C}", rules=rules))] == [""]
    time.sleep(1.1)
    yield
    apply(carole, "web", site("carole", C, f"www.{C}"))


def test_who_has_the_password_comes_in_and_the_rest_of_the_site_is_open(protected: None, visit: Visit) -> None:
    assert visit(f"http://{C}/members/page.html", "--user", f"ada:{PASSWORD}").text == SECRET
    assert visit(f"http://{C}/members/pretty", "--user", f"ada:{PASSWORD}").text == "front /members/pretty"
    assert visit(f"http://{C}/Open/page.html").text == "open"
    assert visit(f"http://{C}/membership").text == "front /membership"
    asked = headers(visit, f"http://{C}/members/")
    assert asked["www-authenticate"] == f'Basic realm="{C}/members", charset="UTF-8"'


@pytest.mark.parametrize(
    "given", ["ada:wrong", "ada:", ":", "bob:correct horse", "ADA:correct horse", f"ada:{PASSWORD}\0"]
)
def test_any_other_name_or_password_is_refused(given: str, protected: None, visit: Visit) -> None:
    import base64

    told = base64.b64encode(given.encode()).decode()
    assert visit(f"http://{C}/members/page.html", "-H", f"Authorization: Basic {told}").status in (401, 429)
    assert visit(f"http://{C}/members/page.html", "-H", "Authorization: Basic ###").status == 401
    assert visit(f"http://{C}/members/page.html", "-H", f"Authorization: Bearer {told}").status == 401


def test_guessing_is_slowed_down_for_the_guesser_alone(protected: None, visit: Visit, carole: Machine) -> None:
    # some are not even looked at where the test before had its passwords looked at in the same second: those are no wrong ones
    answers = [visit(f"http://{C}/members/page.html", "-4", "--user", f"ada:{n}").status for n in range(24)]
    assert answers[-1] == 429
    told = headers(visit, f"http://{C}/members/page.html", "-4", "--user", "ada:x")
    assert told["retry-after"] == "60"
    # over IPv6 the same machine is somebody else, and the platform's own doors ask nobody
    # (a worker looks at so many passwords a second, whoever asks)
    eventually(lambda: visit(f"http://{C}/members/page.html", "-6", "--user", f"ada:{PASSWORD}").text == SECRET)
    assert visit(f"http://{C}/.well-known/essaim/proof", "-4").status == 200


def test_a_password_stands_nowhere_that_an_account_can_read(protected: None, carole: Machine) -> None:
    place = f"/srv/essaim/sites/{C}/front.json"
    assert carole.run(["runuser", "-u", "www-data", "--", "cat", place]).stdout
    assert carole.run(
        ["setpriv", "--reuid=22050", "--regid=22050", "--clear-groups", "cat", place], check=False
    ).returncode


# -- networks


def test_a_record_that_cannot_be_read_opens_no_folder(wish: Wish, visit: Visit, carole: Machine) -> None:
    wish(rules=Rules(protected=(Protected(path="/members", users={"ada": hashed(PASSWORD)}),)))
    place = f"/srv/essaim/sites/{C}/front.json"
    for spoil in (f"chmod 600 {place}", f"chmod 640 {place}; echo '{{' > {place}"):
        carole.run(["sh", "-c", spoil])
        eventually(lambda: visit(f"http://{C}/members/page.html").status == 503)
        assert visit(f"http://{C}/.well-known/essaim/proof").status == 200


def test_a_folder_is_for_some_networks_alone(wish: Wish, visit: Visit, lab: Lab) -> None:
    outside = lab.machine("outside1")
    own = (f"{outside.address4}/32", "2001:db8:ffff::/48")
    wish(rules=Rules(allowed=(Allowed(path="/members", networks=own),)))
    assert visit(f"http://{C}/members/page.html", "-4").text == SECRET
    refused = visit(f"http://{C}/members/page.html", "-6", "-H", "Accept-Language: en")
    assert refused.status == 403
    assert "Access is restricted" in refused.text
    for path in ALIKE:
        assert visit(f"http://{C}{path}", "-6", "--path-as-is").status == 403, path
    lies = ("X-Forwarded-For", "X-Real-IP", "Forwarded")
    told = [word for name in lies for word in ("-H", f"{name}: {outside.address4}")]
    assert visit(f"http://{C}/members/page.html", "-6", *told).status == 403
    assert visit(f"http://{C}/Open/page.html", "-6").status == 200
    wish(rules=Rules(allowed=(Allowed(path="/", networks=("198.51.100.0/24",)),)))
    assert visit(f"http://{C}/Open/page.html").status == 403
    assert visit(f"http://{C}/.well-known/essaim/proof").status == 200
    assert visit(f"http://{C}/.well-known/acme-challenge/nothing").status == 404


# -- redirects


REDIRECTS = (
    Redirect(path="/old", target="/new"),
    Redirect(path="/blog", below=True, target="https://blog.carole.test/*", status=302),
    Redirect(path="/all", below=True, target="/one?from=all", status=307, keep_query=True),
    Redirect(path="/bare", target="/one", keep_query=False, status=308),
    Redirect(path="/gone", below=True, status=410),
    Redirect(path="/index.php", target="/"),
    Redirect(path="/up", below=True, target="/*"),
    Redirect(path="/été", target="/ete"),
)


@pytest.mark.parametrize(
    ("asked", "status", "to"),
    [
        ("/old", "301", "/new"),
        ("/old/", "301", "/new"),
        ("/old?a=1", "301", "/new?a=1"),
        ("/blog/2026/a%20b?x=1", "302", "https://blog.carole.test/2026/a%20b?x=1"),
        ("/blog", "302", "https://blog.carole.test/"),
        ("/all/of/it?y=2", "307", "/one?from=all&y=2"),
        ("/bare?z=1", "308", "/one"),
        ("/gone/for/good", "410", None),
        ("/index.php", "301", "/"),
        ("/", "200", None),  # its index page is that script: no loop
        ("/oldest", "200", None),
        ("/up//evil.test/", "301", "/evil.test/"),
        ("/up/%2F%2Fevil.test", "301", "/evil.test"),
        ("/up/%5Cevil.test", "301", "/%5Cevil.test"),
        ("/blog/x%0d%0aSet-Cookie:a=b", "302", "https://blog.carole.test/x%0D%0ASet-Cookie:a=b"),
        ("/blog/nothing.php", "302", "https://blog.carole.test/nothing.php"),
        ("/%C3%A9t%C3%A9", "301", "/ete"),
    ],
)
def test_a_path_leads_where_its_rule_says(
    asked: str, status: str, to: str | None, redirected: None, visit: Visit
) -> None:
    told = headers(visit, f"http://{C}{asked}", "--path-as-is")
    assert (told["status"], told.get("location")) == (status, to)
    assert "set-cookie" not in told


@pytest.fixture(scope="module")
def redirected(carole: Machine) -> Iterator[None]:
    """With `REDIRECTS`."""
    assert [one.code for one in apply(carole, "web", site("carole", C, rules=Rules(redirects=REDIRECTS)))] == [""]
    time.sleep(1.1)
    yield
    apply(carole, "web", site("carole", C, f"www.{C}"))


# -- what leaves the site


def test_headers_and_cache_times_are_said_once_and_where_they_belong(wish: Wish, visit: Visit) -> None:
    said = (Header(name="X-Frame-Options", value="SAMEORIGIN"), Header(name="X-Hello", value='a; b="c"'))
    wish(rules=Rules(headers=said, cache={"styles": 3600, "images": 0}, hsts=Hsts(max_age_s=600, subdomains=True)))
    for path in ("/", "/pretty", "/index.php", "/a.css", "/Open/page.html"):
        told = headers(visit, f"http://{C}{path}")
        assert told["status"] == "200"
        assert told["x-frame-options"] == "SAMEORIGIN", path  # and not the program's own beside it
        assert told["x-hello"] == 'a; b="c"'
        assert "strict-transport-security" not in told  # said over HTTPS alone
    assert headers(visit, f"http://{C}/a.css")["cache-control"] == "public, max-age=3600"
    assert headers(visit, f"http://{C}/a.png")["cache-control"] == "no-cache"
    assert "cache-control" not in headers(visit, f"http://{C}/Open/page.html")
    assert "cache-control" not in headers(visit, f"http://{C}/nothing.css")
    assert "x-hello" not in headers(visit, f"http://{C}/.well-known/essaim/proof")


def test_hsts_is_said_over_https(wish: Wish, visit: Visit, carole: Machine) -> None:
    place = f"/srv/essaim/tls/{C}"
    make = f"mkdir -p -m 750 {place} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={C} \
        -keyout {place}/key.pem -out {place}/fullchain.pem 2>&1 && chgrp -R www-data {place} && chmod 640 {place}/key.pem"
    carole.run(["bash", "-c", make])
    try:
        rules = Rules(
            hsts=Hsts(max_age_s=600),
            redirects=(Redirect(path="/old", target="/new"),),
            protected=(Protected(path="/members", users={"ada": hashed(PASSWORD)}),),
        )
        wish(f"www.{C}", rules=rules)
        for path in ("/", "/a.css", "/old"):
            assert headers(visit, f"https://{C}{path}", "--insecure")["strict-transport-security"] == "max-age=600"
        assert visit(f"https://{C}/members/nothing.php", "--insecure").status == 401
        assert visit(f"https://{C}/members/page.html", "--insecure", "--http2", "-u", f"ada:{PASSWORD}").text == SECRET
        wish(f"www.{C}", rules=rules, wildcards=(Fqdn(C),))
        for path in ("/", "/a.css", "/index.php", "/pretty"):  # no certificate covers any name below
            assert headers(visit, f"http://any.{C}{path}")["status"] == "200", path
        assert headers(visit, f"http://{C}/old")["status"] == "308"  # to HTTPS first: no password travels in the clear
        assert headers(visit, f"http://{C}/members/nothing.php")["status"] == "308"
    finally:
        carole.run(["rm", "-rf", place])


def test_a_site_says_what_answers_where_there_is_no_file(wish: Wish, visit: Visit, carole: Machine) -> None:
    assert visit(f"http://{C}/pretty").text == "front /pretty"
    wish(rules=Rules(absent="none"))
    assert visit(f"http://{C}/pretty").status == 404
    assert visit(f"http://{C}/nothing.php").status == 404
    carole.write_file(f"{HOME}/app.html", b"one page", owner="carole:carole")
    wish(rules=Rules(absent="/app.html", headers=(Header(name="X-Hello", value="a"),)))
    assert visit(f"http://{C}/deep/link?x=1").text == "one page"
    assert visit(f"http://{C}/nothing.php").text == "one page"
    assert headers(visit, f"http://{C}/deep/link")["x-hello"] == "a"
    assert visit(f"http://{C}/.git/config").status == 404
    wish(rules=Rules(absent="/not-there.html"))
    assert visit(f"http://{C}/deep/link").status == 404


def test_changing_rules_loses_no_request(carole: Machine, lab: Lab) -> None:
    with constant_load(lab.machine("outside1"), f"http://{C}/a.css") as failed:
        for n in range(5):
            rules = Rules(headers=(Header(name="X-Hello", value=str(n)),), redirects=REDIRECTS)
            apply(carole, "web", site("carole", C, f"www.{C}", rules=rules))
    assert failed == []
    apply(carole, "web", site("carole", C, f"www.{C}"))
