"""The same WordPress, answered by nginx alone and by Apache behind it: permalinks, a picture, a directory with a password, rules that go
round in circles. What differs is what docs/hosting.md says that differs.
"""

import base64
import json
from collections.abc import Callable

import pytest

from essaim.lab import wordpress
from essaim.lab.platform import Platform
from tests.lab.whole import Visitor, eventually, live, put, site

PASSWORD = "essaim lab 2026"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SECRET = 'AuthType Basic\nAuthName "board"\nAuthUserFile /srv/home/sites/{fqdn}/.htpasswd\nRequire valid-user\n'

Post = Callable[..., dict[str, object]]


@pytest.fixture(scope="module")
def fqdn(platform: Platform, login: str, run: str) -> str:
    """A site with WordPress, its database on the machine outside."""
    outside, web = platform.lab.machine("outside1"), platform.lab.machine("web1")
    wordpress.start_mariadb(outside, web)
    name = live(platform, login, f"wordpress-{run}.test", https=False, https_only=False)
    database = wordpress.make_database(outside, f"wp{run}")
    upload = put(platform, name, wordpress.archive(database), filename="wordpress.tar.gz")
    assert (upload["state"], upload["archive"]) == ("in_place", "tar"), upload["sentence"]
    wordpress.install(outside, name, title="Le rucher", user="anne", password=PASSWORD)
    _set_permalinks(platform, name)
    return name


def _set_permalinks(platform: Platform, name: str) -> None:
    code = (
        "<?php require __DIR__ . '/wp-load.php'; require_once ABSPATH . 'wp-admin/includes/user.php';"
        "global $wp_rewrite; $wp_rewrite->set_permalink_structure('/%year%/%postname%/'); flush_rewrite_rules(false);"
        "$user = get_user_by('login', 'anne'); [$key] = WP_Application_Passwords::create_new_application_password($user->ID,"
        "['name' => 'lab']); echo $key;"
    )
    web, owner = platform.lab.machine("web1"), site(platform, name)["account"]
    path = f"/srv/essaim/accounts/{owner}/sites/{name}"
    web.write_file(f"{path}/lab.php", code.encode(), owner=f"{owner}:{owner}")
    # its own interface is asked over HTTP here
    plain = f"{path}/wp-content/mu-plugins"
    web.run(["install", "-d", "-o", owner, "-g", owner, plain])
    allowed = b"<?php add_filter('wp_is_application_passwords_available', '__return_true');"
    web.write_file(f"{plain}/lab.php", allowed, owner=f"{owner}:{owner}")
    outside = platform.lab.machine("outside1")
    key = outside.run(["curl", "--silent", "--fail", f"http://{name}/lab.php"]).stdout.decode().strip()
    assert len(key) == 24, key
    web.write_file("/run/lab-wordpress-key", key.encode())
    secret = f"{path}/board"
    put_file = ["setpriv", f"--reuid={owner}", f"--regid={owner}", "--clear-groups", "sh", "-c"]
    web.run([*put_file, f"mkdir -p {secret} {path}/loop; echo minutes > {secret}/minutes.txt"])
    web.write_file(f"{secret}/.htaccess", SECRET.format(fqdn=name).encode(), owner=f"{owner}:{owner}")
    web.write_file(
        f"{path}/loop/.htaccess", b"RewriteEngine On\nRewriteRule ^(.*)$ /loop/$1/more [L]\n", owner=f"{owner}:{owner}"
    )
    hashed = web.run(["openssl", "passwd", "-apr1", "-salt", "rucher", "miel"]).stdout.decode()
    web.write_file(f"{path}/.htpasswd", f"anne:{hashed}".encode(), owner=f"{owner}:{owner}")


@pytest.fixture(scope="module", params=["nginx", "apache"])
def engine(platform: Platform, fqdn: str, request: pytest.FixtureRequest) -> str:
    """What answers now."""
    platform.api.patch(f"/sites/{fqdn}", {"engine": request.param})
    platform.wait_live(fqdn)
    return str(request.param)


def api(platform: Platform, visitor: Visitor, url: str, *words: str) -> dict[str, object]:
    """A call of WordPress' own interface, as its owner."""
    key = platform.lab.machine("web1").read_file("/run/lab-wordpress-key").decode()
    basic = base64.b64encode(f"anne:{key}".encode()).decode()
    answer = visitor.get(url, "--header", f"Authorization: Basic {basic}", *words)
    assert answer.status in (200, 201), answer
    found: dict[str, object] = json.loads(answer.text)
    return found


def test_the_front_page_and_a_permalink_are_shown(platform: Platform, visitor: Visitor, fqdn: str, engine: str) -> None:
    assert "Le rucher" in visitor.get(f"http://{fqdn}/").text
    post = api(
        platform, visitor, f"http://{fqdn}/wp-json/wp/v2/posts", "--data-urlencode", f"title=La colonie {engine}",
        "--data-urlencode", "content=partie", "--data-urlencode", "status=publish",
    )  # fmt: skip
    link = str(post["link"])
    assert f"/la-colonie-{engine}" in link
    assert "?p=" not in link
    assert f"La colonie {engine}" in visitor.get(link).text
    assert visitor.get(f"http://{fqdn}/2020/nothing-of-this-name/").status == 404


def test_a_picture_is_uploaded_and_shown(platform: Platform, visitor: Visitor, fqdn: str, engine: str) -> None:
    platform.lab.machine("outside1").write_file("/run/lab.png", PNG)
    media = api(
        platform, visitor, f"http://{fqdn}/wp-json/wp/v2/media", "--header", "Content-Type: image/png",
        "--header", f"Content-Disposition: attachment; filename={engine}.png", "--data-binary", "@/run/lab.png",
    )  # fmt: skip
    shown = visitor.get(
        str(media["source_url"]), "--output", "/dev/null", "--write-out", "\n%{http_code} %{content_type}"
    )
    assert "image/png" in shown.location + shown.text


def test_a_directory_with_a_password_is_closed_by_apache_and_told_of_where_nginx_is_alone(
    platform: Platform, visitor: Visitor, fqdn: str, engine: str
) -> None:
    url = f"http://{fqdn}/board/minutes.txt"
    if engine == "apache":
        assert visitor.get(url).status == 401
        assert visitor.get(url, "--user", "anne:miel").text == "minutes\n"
    else:  # nginx does not read .htaccess; the page of the site says so
        assert visitor.get(url).text == "minutes\n"
        platform.api.post(f"/sites/{fqdn}/look")
        eventually(lambda: "AuthType" in site(platform, fqdn)["engine_hint"]["needs"])
    assert visitor.get(f"http://{fqdn}/.htpasswd").status == 404


def test_rules_that_go_round_end_in_an_error_with_apache_alone(visitor: Visitor, fqdn: str, engine: str) -> None:
    assert visitor.get(f"http://{fqdn}/loop/x").status == (500 if engine == "apache" else 404)
    assert visitor.get(f"http://{fqdn}/").status == 200


def test_whoever_signs_in_is_sent_where_they_asked(visitor: Visitor, fqdn: str, engine: str) -> None:
    answer = visitor.get(f"http://{fqdn}/wp-admin/")
    assert (answer.status, answer.location.split("?")[0]) == (302, f"http://{fqdn}/wp-login.php"), engine
    there = visitor.get(f"http://{fqdn}/wp-admin")
    assert (there.status, there.location) == (301, f"http://{fqdn}/wp-admin/")
