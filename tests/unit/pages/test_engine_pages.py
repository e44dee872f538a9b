"""The page on which a client sees and chooses what answers for a site."""

import pytest
from django.test import Client as Browser
from django.utils import timezone

from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Site
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
SERVING, ENGINE = "/sites/a.example.test/serving/", "/sites/a.example.test/engine/"


@pytest.fixture
def browser() -> Browser:
    make.make_machine("web1")
    client = make.make_client("abeilles")
    make.make_site(make.make_account(client), "a.example.test")
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(make.make_person(client=client))
    return browser


def shown(browser: Browser, path: str = SERVING) -> str:
    return browser.get(path).content.decode()


def look(**facts: object) -> None:
    Wanted.objects.filter(kind="site").update(facts=facts, applied_at=timezone.now())


def test_an_engine_is_chosen_and_put_back(browser: Browser) -> None:
    assert "Apache behind nginx: follows the .htaccess files" in shown(browser, ENGINE)
    assert browser.post(ENGINE, {"engine": "apache"}).headers["Location"] == SERVING
    assert Site.objects.get().engine == "apache"
    assert "Put back: nginx" in shown(browser)
    browser.post("/sites/a.example.test/engine/back/")
    assert (Site.objects.get().engine, "Put back" in shown(browser)) == ("nginx", False)


def test_a_machine_without_apache_offers_none(browser: Browser) -> None:
    Machine.objects.update(facts={"engines": "nginx"})
    assert "Apache behind nginx" not in shown(browser, ENGINE)
    assert browser.post(ENGINE, {"engine": "apache"}).status_code == 422
    look(htaccess=1, htaccess_needs="AuthType", htaccess_where=".htaccess", htaccess_php=False)
    assert "has no Apache: ask the team" in shown(browser)


def test_the_hint_says_what_the_files_ask_for(browser: Browser) -> None:
    assert "not looked at yet" in shown(browser)
    look(htaccess=0)
    assert "There is no .htaccess file" in shown(browser)
    look(htaccess=1, htaccess_needs="", htaccess_where="", htaccess_php=True)
    assert "Apache is not needed for them" in shown(browser)
    assert "sets PHP" in shown(browser)
    look(htaccess=3, htaccess_needs="AuthType Require", htaccess_where="wp-admin/.htaccess", htaccess_php=False)
    page = shown(browser)
    assert "AuthType, Require" in page
    assert "choose Apache behind nginx" in page
    assert "Choose what answers for this site" in shown(browser, "/sites/a.example.test/")
    actions.change_site(Site.objects.get(), by=None, engine="apache")
    assert "Apache follows what nginx alone would not" in shown(browser)


def test_what_keeps_it_from_answering_stands_above_all(browser: Browser) -> None:
    kept = {"code": "site.rewrite_loop", "facts": {"file": ".htaccess"}, "sentence": "", "advice": "", "at": 1.0}
    Site.objects.update(engine_troubles=[kept])
    for path in (SERVING, "/sites/a.example.test/", "/sites/a.example.test/live/"):
        assert "The rules of .htaccess go round in circles." in shown(browser, path)


def test_the_look_is_asked_for(browser: Browser) -> None:
    revision = Wanted.objects.get(kind="site").revision
    assert browser.post("/sites/a.example.test/engine/look/").headers["Location"] == SERVING
    assert Wanted.objects.get(kind="site").revision > revision
