"""What a hostile tenant tries through an Apache of their own: a `.htaccess` that reaches out of the account, and requests that nginx and
Apache might read differently.
"""

import pytest

from essaim.lab.platform import Platform
from tests.lab.hostile.conftest import SECRET, Names, Tenant, from_outside
from tests.lab.hostile.test_visiting import ASK
from tests.lab.whole import Visitor, live, put, zip_of

INNER, HELLO = "what was smuggled", "what was asked for"
SMUGGLED = r"GET /inner.txt HTTP/1.1\r\nHost: {own}\r\n\r\n"
BODY = r"0\r\n\r\n" + SMUGGLED


@pytest.fixture(scope="module")
def behind(platform: Platform, names: Names, run: str) -> str:
    """A site of the tenant that its Apache answers for."""
    name = live(platform, names.a, f"behind-{run}.test", https=False, https_only=False, engine="apache")
    put(platform, name, zip_of(inner_txt=INNER, hello_txt=HELLO))
    return name


@pytest.mark.parametrize(
    "head",
    [
        r"Content-Length: {length}\r\nTransfer-Encoding: chunked",
        r"Transfer-Encoding: chunked\r\nContent-Length: {length}",
        r"Transfer-Encoding: xchunked\r\nContent-Length: {length}",
        r"Transfer-Encoding : chunked\r\nContent-Length: {length}",
        r"Transfer-Encoding:\x0bchunked\r\nContent-Length: {length}",
        r"Transfer-Encoding:\r\n chunked\r\nContent-Length: {length}",
        r"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        r"Transfer-Encoding: identity, chunked\r\nContent-Length: {length}",
        r"Content-Length: 5\r\nContent-Length: {length}",
        r"Content-Length: +{length}",
        r"Content-Length: 5, {length}",
        r"Content-Length: 0x10",
        r"Content_Length: 0\r\nTransfer_Encoding: chunked\r\nContent-Length: {length}x",
    ],
)
def test_a_request_within_the_body_of_another_is_nobodys(
    platform: Platform, visitor: Visitor, names: Names, behind: str, head: str
) -> None:
    body = BODY.format(own=behind)
    length = len(body.encode().decode("unicode_escape"))
    request = rf"POST /hello.txt HTTP/1.1\r\nHost: {behind}\r\n{head.format(length=length)}\r\n\r\n{body}"
    said = from_outside(platform.lab.machine("outside1"), ASK, platform.lab.machine("web1").address4, request)
    assert INNER not in said
    assert said.split(" ")[1] in ("400", "501"), said
    for _ in range(5):
        assert visitor.get(f"http://{behind}/hello.txt").text == HELLO


@pytest.mark.parametrize("size", ["-1", "0x1", "FFFFFFFFFFFFFFFF1", "\\x00", "zz", "+1"])
def test_a_chunk_of_no_size_ends_the_talk(
    platform: Platform, visitor: Visitor, names: Names, behind: str, size: str
) -> None:
    request = rf"POST /hello.txt HTTP/1.1\r\nHost: {behind}\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\nA\r\n"
    request += BODY.format(own=behind)
    said = from_outside(platform.lab.machine("outside1"), ASK, platform.lab.machine("web1").address4, request)
    assert INNER not in said
    assert visitor.get(f"http://{behind}/hello.txt").text == HELLO


RULES = {
    "php_of_the_neighbour": 'SetHandler "proxy:unix:/run/essaim/php/{b}/8.2.sock|fcgi://localhost{their}/index.html"',
    "apache_of_the_neighbour": 'SetHandler "proxy:unix:/run/essaim/apache/{b}/http|http://{site}/"',
    "systemd": 'SetHandler "proxy:unix:/run/systemd/private|http://localhost/"',
    "a_proxy_to_the_bus": "RewriteEngine On\nRewriteRule ^ http://{manager}:4222/ [P]",
    "a_proxy_to_the_machine": "RewriteEngine On\nRewriteRule ^ http://127.0.0.1/ [P]",
    "a_file_of_the_neighbour": "RewriteEngine On\nRewriteRule ^ {their}/index.html [L]",
    "links_of_any_owner": "Options +FollowSymLinks",
    "an_expression_that_reads": 'Header set X-Read "expr=%{{base64:%{{file:{their}/index.html}}}}"',
    "a_comparison_that_reads": "<If \"file('{their}/index.html') =~ /neighbour/\">\nHeader set X-Read yes\n</If>",
    "names_of_the_machine": "AuthType Basic\nAuthName a\nAuthUserFile /etc/shadow\nRequire valid-user",
    "the_agents_seed": 'SetHandler default-handler\nErrorDocument 404 "%{{reqenv:SEED}}"\nRewriteEngine On\nRewriteRule ^ /etc/essaim/agent.seed [L]',
    "a_handler_that_runs_programs": "Options +ExecCGI\nAddHandler cgi-script .txt",
}
"""A `.htaccess` each, by what it is to reach."""


@pytest.mark.parametrize("aim", RULES)
def test_a_htaccess_reaches_nothing_beyond_its_account(
    platform: Platform, tenant: Tenant, visitor: Visitor, names: Names, behind: str, aim: str
) -> None:
    home, owner = f"/srv/essaim/accounts/{names.a}/sites/{behind}/{aim}", f"{names.a}:{names.a}"
    web = tenant.web
    web.run(["install", "-d", "-o", names.a, "-g", names.a, home])
    manager, their = platform.manager.address4, names.neighbours_home
    rules = RULES[aim].format(b=names.b, site=names.site, their=their, manager=manager)
    web.write_file(f"{home}/.htaccess", rules.encode(), owner=owner)
    web.write_file(f"{home}/x.txt", b"own", owner=owner)
    web.run(["ln", "-sfn", their, f"{home}/theirs"])
    web.run(["chown", "-h", owner, f"{home}/theirs"])
    for path in ("x.txt", "theirs/index.html", "missing"):
        answer = visitor.get(f"http://{behind}/{aim}/{path}", "--include", "--max-time", "20")
        assert SECRET not in answer.text
        for sign in ("INFO {", "X-Read: yes", "root:", "uid=", "SUA"):
            assert sign not in answer.text
    assert tenant.neighbour_is_served()


def test_what_apache_says_to_nginx_alone_is_not_heard(
    tenant: Tenant, visitor: Visitor, names: Names, behind: str
) -> None:
    home, owner = f"/srv/essaim/accounts/{names.a}/sites/{behind}/accel", f"{names.a}:{names.a}"
    tenant.web.run(["install", "-d", "-o", names.a, "-g", names.a, home])
    tenant.web.write_file(f"{home}/x.txt", b"own", owner=owner)
    for target in (f"/../../{names.site}/live/index.html", "/.well-known/essaim/proof", "/503.html", "@absent"):
        tenant.web.write_file(f"{home}/.htaccess", f'Header set X-Accel-Redirect "{target}"\n'.encode(), owner=owner)
        answer = visitor.get(f"http://{behind}/accel/x.txt", "--include")
        assert answer.text.endswith("own")
        assert "X-Accel" not in answer.text


def test_an_address_that_a_visitor_claims_is_not_believed(
    tenant: Tenant, visitor: Visitor, names: Names, behind: str
) -> None:
    home, owner = f"/srv/essaim/accounts/{names.a}/sites/{behind}/house", f"{names.a}:{names.a}"
    tenant.web.run(["install", "-d", "-o", names.a, "-g", names.a, home])
    tenant.web.write_file(f"{home}/.htaccess", b"Require ip 192.0.2.1\n", owner=owner)
    tenant.web.write_file(f"{home}/x.txt", b"own", owner=owner)
    for header in ("X-Real-IP", "X-Forwarded-For", "Forwarded", "Client-IP", "X-Client-IP"):
        value = "for=192.0.2.1" if header == "Forwarded" else "192.0.2.1"
        assert visitor.get(f"http://{behind}/house/x.txt", "--header", f"{header}: {value}").status == 403


def test_a_cookie_has_nginx_ask_nobody_else(visitor: Visitor, names: Names, behind: str) -> None:
    php, apache = f"unix:/run/essaim/php/{names.b}/8.2.sock", f"unix:/run/essaim/apache/{names.b}/http"
    for address in ("", "127.0.0.1", "[::1]", php, apache, f"unix:/srv/essaim/sites/{names.site}/php"):
        cookie = f"Cookie: essaim_preview={'a' * 26}; {address}"
        answer = visitor.get(f"http://{behind}/hello.txt", "--header", cookie)
        assert (answer.status, answer.text.strip()) == (200, HELLO)
