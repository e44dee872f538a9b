"""A site that its client gives to Apache: asked for through the API, proved to be answered by it, told of its own mistakes, put back."""

import pytest

from essaim.lab.platform import Platform
from tests.lab.load import constant_load
from tests.lab.whole import Visitor, eventually, live, put, request, site, story, zip_of

RULES = "RewriteEngine On\nRewriteRule ^short$ /long.txt [L]\n"


@pytest.fixture(scope="module")
def own(platform: Platform, login: str, run: str) -> str:
    """A site of nginx with a `.htaccess` that it does not follow."""
    name = live(platform, login, f"apache-{run}.test", https=False, https_only=False)
    upload = put(platform, name, zip_of(long_txt="long", _htaccess=RULES, index_html="front"))
    assert upload["state"] == "in_place", upload
    return name


def test_after_an_upload_the_client_reads_what_its_files_ask_for(
    platform: Platform, visitor: Visitor, own: str
) -> None:
    hint = site(platform, own)["engine_hint"]
    assert (hint["files"], hint["needs"], hint["where"]) == (1, ["RewriteRule"], ".htaccess")
    assert visitor.get(f"http://{own}/short").status == 404


def test_no_visitor_notices_that_apache_takes_over_nor_that_nginx_does(
    platform: Platform, visitor: Visitor, own: str
) -> None:
    with constant_load(platform.lab.machine("outside1"), f"http://{own}/long.txt") as failed:
        platform.api.patch(f"/sites/{own}", {"engine": "apache"})
        platform.wait_live(own)
        eventually(lambda: visitor.get(f"http://{own}/short").text == "long")  # what is hot is looked at once a second
        platform.api.patch(f"/sites/{own}", {"engine": "nginx"})
        platform.wait_live(own)
        eventually(lambda: visitor.get(f"http://{own}/short").status == 404)
        platform.api.patch(f"/sites/{own}", {"engine": "apache"})
        platform.wait_live(own)
    assert failed == []
    told = [line["told"] for line in story(platform, own)]
    assert any(sentence.endswith("changed the site: nginx to Apache behind nginx.") for sentence in told)


def test_a_line_that_apache_refuses_is_told_until_it_is_mended(platform: Platform, visitor: Visitor, own: str) -> None:
    beside = live(
        platform, site(platform, own)["account"], f"beside-{own}", https=False, https_only=False, engine="apache"
    )
    platform.api.patch(f"/sites/{own}", {"engine": "apache"})
    platform.wait_live(own)
    put(platform, own, zip_of(long_txt="long", _htaccess=RULES + "\nFoo bar\n", index_html="front"))
    assert visitor.get(f"http://{own}/").status == 500
    assert visitor.get(f"http://{beside}/").status == 200
    eventually(lambda: site(platform, own)["engine_troubles"])
    trouble = site(platform, own)["engine_troubles"][0]
    assert (trouble["code"], trouble["sentence"][:55]) == (
        "site.htaccess_refused",
        "Apache refuses .htaccess, line 4: Invalid command 'Foo'",
    )
    for _ in range(5):
        visitor.get(f"http://{own}/")
    put(platform, own, zip_of(long_txt="long", _htaccess=RULES, index_html="front"))
    eventually(lambda: not site(platform, own)["engine_troubles"])
    assert visitor.get(f"http://{own}/").text == "front"
    lines = [line for line in story(platform, own) if line["kind"] == "engine"]
    assert [line["what"] for line in lines] == ["failed", "mended"]


def test_that_it_is_not_apache_that_answers_is_seen_from_outside(
    platform: Platform, visitor: Visitor, own: str
) -> None:
    web = platform.lab.machine("web1")
    web.run(["mv", f"/srv/essaim/sites/{own}/front.json", f"/srv/essaim/sites/{own}/front.away"])
    try:
        assert visitor.get(f"http://{own}/short").status == 404
        platform.api.post(f"/sites/{own}/prove")
        eventually(lambda: site(platform, own)["health"] == "changed")
        assert "It is not Apache of" in site(platform, own)["health_sentence"]
    finally:
        web.run(["mv", f"/srv/essaim/sites/{own}/front.away", f"/srv/essaim/sites/{own}/front.json"])
    platform.api.post(f"/sites/{own}/prove")
    eventually(lambda: site(platform, own)["health"] == "live")


def test_an_engine_that_is_none_is_refused_in_words(platform: Platform, own: str) -> None:
    refused = request(platform, "PATCH", f"/sites/{own}", json={"engine": "iis"})
    assert (refused.status_code, refused.json()["code"]) == (422, "hosting.engine_unknown")
