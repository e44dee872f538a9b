"""Extensions of an account's PHP on its page, on that of a site, in the offer, by the API and on the command line."""

import pytest
from django.test import Client as Browser

from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Account, Offer, Site
from essaim.manager.hosting.offered import usual_offer
from tests.unit import factories as make
from tests.unit.api.calling import Caller, token_for

pytestmark = pytest.mark.django_db
AT = "/accounts/garden/"


@pytest.fixture
def site(client: Browser) -> Site:
    """Of an account whose offer has an extension; looked at by its owner."""
    make.make_machine("web1")
    actions.change_offer(usual_offer(), by=None, php_extensions=["apcu", "redis"])
    site = make.make_site(make.make_account(login="garden"), "garden.example.test")
    client.force_login(make.make_person(client=site.account.client))
    return site


def page(client: Browser, at: str = AT) -> str:
    return client.get(at).content.decode()


def test_they_are_chosen_on_the_accounts_page_and_shown_on_the_sites(client: Browser, site: Site) -> None:
    assert "none beyond the usual ones" in page(client)
    assert "They hold for all sites" not in page(client, "/sites/garden.example.test/")
    form = page(client, f"{AT}extensions/8.2/")
    assert "What you choose holds for all sites of this account that have PHP 8.2." in form
    assert "xdebug" not in form

    answer = client.post(f"{AT}extensions/8.2/", {"extensions": ["apcu", "redis"]})

    assert answer["Location"] == AT
    assert "apcu, redis" in page(client)
    of_site = page(client, "/sites/garden.example.test/")
    assert "apcu, redis" in of_site
    assert "They hold for all sites of the account that have PHP 8.2" in of_site


def test_what_is_not_among_the_choices_is_refused_at_the_field(client: Browser, site: Site) -> None:
    answer = client.post(f"{AT}extensions/8.2/", {"extensions": ["xdebug"]})
    assert answer.status_code == 422
    assert Account.objects.get().php_extensions == {}


def test_a_version_that_there_is_not_is_refused(client: Browser, site: Site) -> None:
    assert client.get(f"{AT}extensions/5.6/").status_code == 422


def test_what_is_left_out_is_said(client: Browser, site: Site) -> None:
    actions.choose_extensions(site.account, version="8.2", names=["apcu", "redis"], by=None)
    actions.change_offer(usual_offer(), by=None, php_extensions=["apcu"])
    assert "redis: no longer offered, or not in this PHP." in page(client)


def test_an_offer_is_given_extensions_by_its_form(client: Browser, site: Site) -> None:
    client.force_login(make.make_person(is_team=True))
    form = client.get("/offers/standard/change/").context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    client.post("/offers/standard/change/", {**data, "php_extensions": ["xdebug"]})
    assert Offer.objects.get().php_extensions == ["xdebug"]
    assert "extensions to choose from: xdebug" in page(client, "/offers/")


def test_the_api_says_and_takes_them(site: Site) -> None:
    caller = Caller(token_for(make.make_person(client=site.account.client)))
    offered = caller.get("/accounts/garden").json()["php_extensions_offered"]
    assert offered == {"8.2": ["apcu", "redis"], "8.4": ["apcu"]}
    answer = caller.post("/accounts/garden/extensions", {"php": "8.2", "extensions": ["apcu"]})
    assert (answer.status_code, answer.json()["php_extensions"]) == (200, {"8.2": ["apcu"]})
    refusal = caller.post("/accounts/garden/extensions", {"php": "8.2", "extensions": ["xdebug"]})
    assert (refusal.status_code, refusal.json()["code"]) == (422, "hosting.extension_not_offered")


def test_where_nothing_can_be_chosen_there_is_no_button_but_to_forget(client: Browser, site: Site) -> None:
    actions.choose_extensions(site.account, version="8.2", names=["apcu"], by=None)
    actions.change_offer(usual_offer(), by=None, php_extensions=[])
    assert "Forget what was chosen" in page(client, f"{AT}extensions/8.2/")

    client.post(f"{AT}extensions/8.2/", {})

    assert not Account.objects.get().php_extensions.get("8.2")
    empty = page(client, f"{AT}extensions/8.2/").partition("<main")[2]
    assert "has no extension to choose from" in empty
    assert 'type="submit"' not in empty
