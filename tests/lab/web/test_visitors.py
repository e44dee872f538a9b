"""What visitors of a web machine get from a real nginx and a real PHP."""

import hashlib

import pytest

from essaim.lab import Lab
from essaim.lab.machine import Machine
from tests.lab.applying import PROOF, account, apply, erase, site
from tests.lab.load import constant_load
from tests.lab.web.serving import HOME_A, A, Answer, B, Visit, lane, php
from tests.lab.whole import eventually, workers


@pytest.mark.parametrize("family", ["-4", "-6"])
def test_a_new_site_welcomes_over_both_families(visit: Visit, family: str) -> None:
    answer = visit(f"http://{A}/", family)
    assert answer.status == 200
    assert "est prêt" in answer.text
    assert "is ready" in answer.text


def test_the_proof_is_the_sites_own_and_php_answers_as_the_account(visit: Visit) -> None:
    assert visit(f"http://{A}/.well-known/essaim/proof") == Answer(200, f"{PROOF}\n")
    expected = hashlib.sha256(b"alice:8.2:n1").hexdigest()
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=n1").text.strip() == expected
    assert visit(f"http://{A}/.well-known/essaim/php?nonce=../x").status == 400


def test_an_alias_answers_and_an_unknown_name_is_nobodys(visit: Visit) -> None:
    assert visit(f"http://www.{A}/").status == 200
    for path in ("/", "/.well-known/essaim/proof", "/.well-known/essaim/php?nonce=1"):
        answer = visit(f"http://nobody.test{path}", "-H", "Accept-Language: en")
        assert (answer.status, answer.state) == (421, "unknown")
        assert "no site of that name" in answer.text
        assert PROOF not in answer.text
    assert visit(f"http://{A}/", "--header", "Host: ../../../etc").status in (400, 421)


def test_one_more_site_reloads_nothing_and_no_neighbour_notices(lab: Lab, web: Machine, visit: Visit) -> None:
    before = workers(web)
    with constant_load(lab.machine("outside1"), f"http://{B}/") as failed:
        for n in range(5):
            told = apply(web, "web", account(f"extra{n}", 22_100 + n), site(f"extra{n}", f"extra{n}.test"))
            assert [one.code for one in told] == ["", ""]
            assert visit(f"http://extra{n}.test/").status == 200
    assert failed == []
    assert workers(web) == before


def test_a_suspended_site_says_so_in_the_visitors_language_and_comes_back(web: Machine, visit: Visit) -> None:
    apply(web, "web", site("bob", B, suspended=True))
    eventually(lambda: visit(f"http://{B}/").state == "suspended")  # nginx may remember for a second what was
    answer = visit(f"http://{B}/", "-H", "Accept-Language: fr")
    assert answer.status == 503
    assert "suspendu" in answer.text
    assert "suspended" in visit(f"http://{B}/absent.php", "-H", "Accept-Language: en").text
    assert visit(f"http://{B}/.well-known/essaim/proof").status == 200
    of_php = visit(f"http://{B}/.well-known/essaim/php?nonce=1")
    assert (of_php.status, of_php.state) == (503, "suspended")
    apply(web, "web", site("bob", B))
    eventually(lambda: visit(f"http://{B}/").status == 200)
    assert visit(f"http://{B}/").state == ""


def test_a_suspended_account_runs_nothing(web: Machine, visit: Visit) -> None:
    suspended = account("asleep", 22_093)
    apply(web, "web", suspended, site("asleep", "asleep.test"))
    assert visit("http://asleep.test/.well-known/essaim/php?nonce=1").status == 200
    lane(web, "apply", type(suspended)(login=suspended.login, uid=suspended.uid, quota_bytes=suspended.quota_bytes,
         processes=suspended.processes, memory_bytes=suspended.memory_bytes, suspended=True))  # fmt: skip
    assert web.run(["pgrep", "-u", "22093"], check=False).stdout == b""
    assert visit("http://asleep.test/.well-known/essaim/php?nonce=1").status == 502
    lane(web, "apply", suspended)
    assert visit("http://asleep.test/.well-known/essaim/php?nonce=1").status == 200


def test_php_files_pretty_addresses_and_hidden_files(web: Machine, visit: Visit) -> None:
    php(web, HOME_A, "info.php", 'echo $_SERVER["PATH_INFO"] ?? "none";')
    assert visit(f"http://{A}/info.php/some/path").text == "/some/path"
    assert visit(f"http://{A}/absent.php").status == 404
    assert visit(f"http://{A}/pretty/address").status == 404
    php(web, HOME_A, "index.php", 'echo "front ", $_SERVER["REQUEST_URI"];')
    assert visit(f"http://{A}/pretty/address?x=1").text == "front /pretty/address?x=1"
    web.run(["rm", f"{HOME_A}/index.php"])
    for hidden in (".env", ".git/config", "deep/.htpasswd"):
        web.run(["mkdir", "-p", f"{HOME_A}/{hidden}".rpartition("/")[0]])
        web.write_file(f"{HOME_A}/{hidden}", b"secret")
        assert visit(f"http://{A}/{hidden}").status == 404


def test_what_php_writes_is_served(web: Machine, visit: Visit) -> None:
    php(web, HOME_A, "write.php", 'mkdir("made"); file_put_contents("made/page.txt", "written"); chmod("made", 0755);')
    assert visit(f"http://{A}/write.php").status == 200
    assert visit(f"http://{A}/made/page.txt") == Answer(200, "written")


# -- TLS


def test_tls_answers_for_a_certificate_alone_and_https_only_holds_then(web: Machine, visit: Visit) -> None:
    erase(web, "web", ("site", "tls.test"))
    apply(web, "web", account("tls", 22_004), site("tls", "tls.test"), site("tls", "plain.test"))
    assert visit("http://tls.test/").status == 200
    assert visit("https://tls.test/", "--insecure").status == 0
    place = "/srv/essaim/tls/tls.test"
    make = f"mkdir -m 750 {place} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=tls.test \
        -keyout {place}/key.pem -out {place}/fullchain.pem 2>&1 && chgrp -R www-data {place} && chmod 640 {place}/key.pem"
    web.run(["bash", "-c", make])
    answer = visit("https://tls.test/", "--insecure", "--head", "--http2")
    assert answer.text.startswith("HTTP/2 200")
    eventually(
        lambda: visit("http://tls.test/", "--head").status == 308
    )  # nginx may remember for a second that there was none
    assert "Location: https://tls.test/page?x=1" in visit("http://tls.test/page?x=1", "--head").text
    assert visit("http://tls.test/.well-known/essaim/proof").status == 200
    assert visit("http://plain.test/").status == 200
    assert visit("https://plain.test/", "--insecure").status == 0
    assert visit("https://nobody.test/", "--insecure").status == 0
    assert visit(f"https://{web.address4}/", "--insecure").status == 421
    assert visit("https://tls.test/", "--insecure", "--tls-max", "1.1").status == 0
