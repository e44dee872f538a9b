"""Apache behind nginx for one account: woken by a visitor, told of sites while it is awake, `.htaccess` and what it may not do."""

import json
import time
from collections.abc import Callable

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import account, apply, site
from tests.lab.load import constant_load
from tests.lab.web.serving import Visit, php
from tests.lab.web.trying import OTHER, TOKEN, asked, preview, with_cookie

CLAIRE = ("claire", 22_003)
C, D = "claire.test", "second.claire.test"
HOME_C, HOME_D = (f"/srv/essaim/accounts/claire/sites/{name}" for name in (C, D))
SERVICE = "essaim-apache@claire.service"

Put = Callable[[str, str], None]


@pytest.fixture(scope="module", autouse=True)
def served(web: Machine) -> None:
    """One site by Apache, one by nginx alone, in one account."""
    told = apply(web, "web", account(*CLAIRE), site("claire", C, f"www.{C}", engine="apache"), site("claire", D))
    assert [one.code for one in told] == [""] * 3
    php(web, HOME_C, "who.php", "echo json_encode($_SERVER);")


@pytest.fixture
def put(web: Machine) -> Put:
    """A file of the account, below its sites."""

    def put(name: str, text: str) -> None:
        path = f"/srv/essaim/accounts/claire/sites/{name}"
        web.run(
            ["setpriv", "--reuid=claire", "--regid=claire", "--clear-groups", "mkdir", "-p", path.rpartition("/")[0]]
        )
        web.write_file(path, text.encode(), owner="claire:claire")

    return put


def sleeps(web: Machine) -> None:
    web.run(["systemctl", "stop", SERVICE])


def is_awake(web: Machine) -> bool:
    return web.run(["systemctl", "is-active", SERVICE], check=False).stdout.decode().strip() == "active"


def test_the_first_visitor_wakes_it(web: Machine, visit: Visit, put: Put) -> None:
    put(f"{C}/hello.txt", "hello")
    sleeps(web)
    assert not is_awake(web)
    assert visit(f"http://{C}/hello.txt").text == "hello"
    assert is_awake(web)
    assert visit(f"http://www.{C}/hello.txt").text == "hello"
    assert visit(f"http://{C}/.well-known/essaim/engine").text == "apache claire\n"


def test_php_is_told_of_the_visitor_and_not_of_what_is_between(visit: Visit) -> None:
    told = json.loads(visit(f"http://{C}/who.php/more?a=b", "-H", "X-Real-IP: 192.0.2.1").text)
    assert told["REMOTE_ADDR"] in ("10.77.0.20", "fd77:e55a::20")
    assert (told["SCRIPT_NAME"], told["PATH_INFO"], told["QUERY_STRING"]) == ("/who.php", "/more", "a=b")
    assert told["SCRIPT_FILENAME"] == f"/srv/home/sites/{C}/who.php"
    assert (told["HTTP_HOST"], told["SERVER_NAME"], told["SERVER_PORT"]) == (C, C, "80")
    assert "HTTPS" not in told


def test_a_second_site_is_told_to_one_that_is_awake(web: Machine, visit: Visit, put: Put) -> None:
    put(f"{D}/.htaccess", "RewriteEngine On\nRewriteRule ^short$ /long.txt [L]\n")
    put(f"{D}/long.txt", "long")
    assert visit(f"http://{C}/.well-known/essaim/engine").status == 200
    assert visit(f"http://{D}/short").status == 404
    assert visit(f"http://{D}/.well-known/essaim/engine").status == 404
    told = apply(web, "web", site("claire", D, engine="apache"))
    assert (told[0].code, visit(f"http://{D}/short").text) == ("", "long")
    main = web.run(["systemctl", "show", "--property=MainPID", SERVICE]).stdout
    told = apply(web, "web", site("claire", D, engine="apache", docroot="public"))
    put(f"{D}/public/x.txt", "in public")
    assert (told[0].code, visit(f"http://{D}/x.txt").text) == ("", "in public")
    assert web.run(["systemctl", "show", "--property=MainPID", SERVICE]).stdout == main
    told = apply(web, "web", site("claire", D))
    assert (told[0].code, visit(f"http://{D}/short").status, visit(f"http://{D}/long.txt").text) == ("", 404, "long")


def test_no_visitor_is_lost_when_it_reads_its_settings_anew_or_sleeps(web: Machine, lab: Lab, put: Put) -> None:
    put(f"{C}/hello.txt", "hello")
    with constant_load(lab.machine("outside1"), f"http://{C}/hello.txt") as failed:
        for turn in range(3):
            assert apply(web, "web", site("claire", C, f"www{turn}.{C}", engine="apache"))[0].code == ""
            time.sleep(0.5)
        sleeps(web)
        time.sleep(1.5)
        assert is_awake(web)
    assert not failed


def test_over_https_all_that_asks_is_told_so(web: Machine, put: Put) -> None:
    put(
        f"{C}/s/.htaccess",
        "RewriteEngine On\nRewriteCond %{HTTPS} off\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [L,R=301]\n",
    )
    put(f"{C}/s/who.php", "<?php echo json_encode($_SERVER);")
    ask = ["curl", "--silent", "--insecure", "--header", "X-Real-IP: 2001:db8::7", "--unix-socket"]
    told = json.loads(web.run([*ask, "/run/essaim/apache/claire/https", f"https://{C}/s/who.php"]).stdout)
    assert (told["HTTPS"], told["SERVER_PORT"], told["REQUEST_SCHEME"]) == ("on", "443", "https")
    assert told["REMOTE_ADDR"] == "2001:db8::7"
    plain = web.run([*ask, "/run/essaim/apache/claire/http", "--head", f"http://{C}/s/who.php"]).stdout.decode()
    assert f"Location: https://{C}/s/who.php" in plain
    again = web.run([*ask, "/run/essaim/apache/claire/https", "--head", f"https://{C}/s"]).stdout.decode()
    assert f"Location: https://{C}/s/" in again


def test_a_visitor_is_told_from_the_one_before_on_the_same_connection(web: Machine, put: Put) -> None:
    put(f"{C}/house/.htaccess", "Require ip 10.77.0.0/24\n")
    put(f"{C}/house/x.txt", "in the house")
    ask = ["curl", "--silent", "--unix-socket", "/run/essaim/apache/claire/http", "--output", "/dev/null"]
    ask += ["--write-out", "%{http_code} "]
    url, words = f"http://{C}/house/x.txt", []
    for address in ("10.77.0.20", "192.0.2.1", "fd77::1", "10.77.0.21"):
        words += [*(["--next", *ask[1:]] if words else ask), "--header", f"X-Real-IP: {address}", url]
    assert web.run(words).stdout.decode().split() == ["200", "403", "403", "200"]


def test_a_directory_with_a_password_asks_for_it(web: Machine, visit: Visit, put: Put) -> None:
    put(
        f"{C}/private/.htaccess",
        'AuthType Basic\nAuthName "p"\nAuthUserFile /srv/home/sites/claire.test/.htpasswd\nRequire valid-user\n',
    )
    put(f"{C}/.htpasswd", "anne:" + web.run(["openssl", "passwd", "-apr1", "-salt", "salt", "sesame"]).stdout.decode())
    put(f"{C}/private/index.html", "for anne")
    assert visit(f"http://{C}/private/").status == 401
    assert visit(f"http://{C}/private/", "--user", "anne:no").status == 401
    assert visit(f"http://{C}/private/", "--user", "anne:sesame").text == "for anne"
    for hidden in (".htpasswd", "private/.htaccess", ".env"):
        assert visit(f"http://{C}/{hidden}").status == 404


def test_what_no_rule_finds_reaches_apache_scripts_too(visit: Visit, put: Put) -> None:
    put(f"{C}/r/.htaccess", "RewriteEngine On\nRewriteRule ^gone\\.php$ found.txt [L]\nErrorDocument 404 /r/no.txt\n")
    put(f"{C}/r/found.txt", "found")
    put(f"{C}/r/no.txt", "not here")
    assert visit(f"http://{C}/r/gone.php").text == "found"
    missing = visit(f"http://{C}/r/missing.php")
    assert (missing.status, missing.text) == (404, "not here")


def test_rules_that_go_round_and_files_that_are_refused_harm_their_folder_alone(visit: Visit, put: Put) -> None:
    put(f"{C}/hello.txt", "hello")
    put(f"{C}/loop/.htaccess", "RewriteEngine On\nRewriteRule ^(.*)$ /loop/$1/more [L]\n")
    put(f"{C}/odd/.htaccess", "\nFoo bar\n")
    put(f"{C}/php/.htaccess", "<IfModule mod_php.c>\nphp_value a b\n</IfModule>\nphp_value memory_limit 1G\n")
    for folder in ("loop", "odd", "php"):
        assert visit(f"http://{C}/{folder}/x").status == 500
    assert visit(f"http://{C}/hello.txt").text == "hello"


def test_a_handler_of_another_machine_shows_no_script(visit: Visit, put: Put) -> None:
    for n, handler in enumerate(("application/x-httpd-php", "application/x-httpd-ea-php81", "php81-fcgi")):
        put(
            f"{C}/h{n}/.htaccess",
            f'<FilesMatch "\\.php$">\nSetHandler {handler}\n</FilesMatch>\nAddHandler {handler} .php\n',
        )
        put(f"{C}/h{n}/x.php", "<?php $secret = 1; echo 'ran';")
        assert "secret" not in visit(f"http://{C}/h{n}/x.php").text


def test_a_page_that_is_no_file_is_there_while_engines_change(lab: Lab, web: Machine, put: Put) -> None:
    php(web, HOME_D, "index.php", "echo $_SERVER['REQUEST_URI'];")
    put(f"{D}/.htaccess", "FallbackResource /index.php\n")
    with constant_load(lab.machine("outside1"), f"http://{D}/2026/a-page/") as failed:
        for engine in ("apache", "nginx") * 8:
            time.sleep(1.3)  # until it is hot: what is remembered of it is up to a second old
            assert [one.code for one in apply(web, "web", site("claire", D, engine=engine))] == [""]
        time.sleep(1.5)
    assert failed == []


def test_who_tries_another_php_gets_it_through_rules_too_and_everybody_else_the_sites_own(
    web: Machine, visit: Visit, put: Put
) -> None:
    tell = '<?php echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION, " ", json_encode($_COOKIE);'
    put(f"{C}/told/index.php", tell)
    put(
        f"{C}/told/.htaccess",
        "RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule . /told/index.php [L]\n",
    )
    assert visit(f"http://{C}/told/a-page").text == "8.2 []"
    apply(web, "web", site("claire", C, f"www.{C}", engine="apache", php_preview=preview()))
    try:
        for path in ("told/index.php", "told/a-page", "told/"):
            assert visit(f"http://{C}/{path}").text == "8.2 []"
            assert visit(f"http://{C}/{path}", *with_cookie(TOKEN)).text == "8.4 []"
        assert "no-store" in visit(f"http://{C}/told/", "--include", *with_cookie(TOKEN)).text
        assert "no-store" not in visit(f"http://{C}/told/", "--include").text
        for wrong in (OTHER, "../php", "-"):
            assert visit(f"http://{C}/told/", *with_cookie(wrong)).text.startswith("8.2")
        assert visit(f"http://{C}/told/", "--header", "X-Essaim-Trial: yes").text == "8.2 []"
        told = asked(web, "compare", TOKEN, C)
        assert (told.get("code", ""), [page["path"] for page in told["pages"]][:1]) == ("", ["/"])
    finally:
        apply(web, "web", site("claire", C, f"www.{C}", engine="apache"))
    assert visit(f"http://{C}/told/", *with_cookie(TOKEN)).text == "8.2 []"
    assert visit(f"http://{C}/.well-known/essaim/preview/{TOKEN}").status == 404
