"""Every page wide and narrow, light and dark, in French and in English: nothing is complained about."""

import pytest
from pytest_django import Settings

from tests.browser import rows
from tests.browser.looking import VIEWS, Looker, View, reached_by_keyboard
from tests.browser.rows import House

PAGES = [
    ("front", None, "/"),
    ("sign-in", None, "/sign-in/"),
    ("source", None, "/source/"),
    ("home", "owner", "/"),
    ("home-team", "team", "/"),
    ("home-empty", "newcomer", "/"),
    ("sites", "owner", "/sites/"),
    ("sites-team", "team", "/sites/"),
    ("sites-none", "newcomer", "/sites/"),
    ("sites-not-found", "owner", "/sites/?text=nothing-like-this"),
    ("order", "owner", "/sites/order/"),
    ("order-client", "team", "/sites/order/"),
    ("order-team", "team", "/sites/order/?client=abeilles"),
    ("site-live", "owner", f"/sites/{rows.LIVE}/"),
    ("site-reader", "reader", f"/sites/{rows.LIVE}/"),
    ("site-long", "owner", f"/sites/{rows.LONG}/"),
    ("site-failed", "team", f"/sites/{rows.FAILED}/"),
    ("site-suspended", "owner", f"/sites/{rows.SUSPENDED}/"),
    ("site-closed", "owner", f"/sites/{rows.CLOSED}/"),
    ("site-unicode", "owner", f"/sites/{rows.UNICODE}/"),
    ("site-change", "owner", f"/sites/{rows.LIVE}/change/"),
    ("site-php", "owner", f"/sites/{rows.LONG}/php/"),
    ("site-suspend", "owner", f"/sites/{rows.LIVE}/suspend/"),
    ("site-close", "owner", f"/sites/{rows.LIVE}/close/"),
    ("site-erase", "owner", f"/sites/{rows.CLOSED}/erase/"),
    ("content", "owner", f"/sites/{rows.LIVE}/content/"),
    ("accounts", "team", "/accounts/"),
    ("account", "owner", "/accounts/abeilles/"),
    ("account-team", "team", "/accounts/abeilles/"),
    ("account-change", "team", "/accounts/abeilles/change/"),
    ("account-suspend", "owner", "/accounts/abeilles/suspend/"),
    ("account-close", "owner", "/accounts/abeilles/close/"),
    ("account-closed", "owner", "/accounts/ancien/"),
    ("account-erase", "owner", "/accounts/ancien/erase/"),
    ("clients", "team", "/clients/"),
    ("client", "owner", "/clients/abeilles/"),
    ("client-reader", "reader", "/clients/abeilles/"),
    ("client-team", "team", "/clients/abeilles/"),
    ("client-add", "team", "/add-client/"),
    ("person-add", "team", "/clients/abeilles/people/add/"),
    ("consents", "owner", "/clients/abeilles/consents/"),
    ("consents-reader", "reader", "/clients/abeilles/consents/"),
    ("consents-none", "team", "/clients/client-00/consents/"),
    ("tokens", "owner", "/tokens/"),
    ("password", "owner", "/password/"),
    ("machines", "team", "/fleet/"),
    ("machine", "team", "/fleet/web1/"),
    ("machine-failing", "team", "/fleet/web1/?state=failing"),
    ("machine-add", "team", "/fleet/add/"),
    ("machine-token", "team", "/fleet/web1/token/"),
    ("machine-drain", "team", "/fleet/web1/drain/"),
    ("machine-revoke", "team", "/fleet/web1/revoke/"),
    ("audit", "team", "/audit/"),
    ("design", "team", "/design/"),
]
REFUSALS = [
    ("erased", "team", f"/sites/{rows.ERASED}/", 410),
    ("not-found", "owner", f"/sites/{rows.NEVER}/", 404),
    ("no-address", "owner", "/nothing/here/", 404),
    ("not-allowed", "reader", f"/sites/{rows.LIVE}/suspend/", 403),
    ("close-first", "owner", f"/sites/{rows.LIVE}/erase/", 409),
]
MAIN_ACTIONS = [
    ("front", None, "/", "a[href='/sign-in/']"),
    ("sign-in", None, "/sign-in/", "button[type=submit].button-primary"),
    ("home", "owner", "/", "a[href='/sites/order/']"),
    ("sites", "owner", "/sites/", "a[href^='/sites/order/']"),
    ("search", "owner", "/sites/", "input[type=search]"),
    ("order", "owner", "/sites/order/", "main form button[type=submit].button-primary"),
    ("site", "owner", f"/sites/{rows.LIVE}/", f"a[href='/sites/{rows.LIVE}/content/']"),
    ("content", "owner", f"/sites/{rows.LIVE}/content/", "main form button[type=submit].button-primary"),
    ("machine", "team", "/fleet/web1/", "main form[action='/fleet/web1/check/'] button"),
]


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize(("name", "who", "path"), PAGES, ids=[page[0] for page in PAGES])
def test_nothing_is_wrong_with_a_page(
    name: str, who: str | None, path: str, view: View, looker: Looker, house: House
) -> None:
    faults = looker.faults(getattr(house, who) if who else None, path, view, name)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_nothing_is_wrong_with_a_sites_page_in_a_demo(
    view: View, looker: Looker, house: House, settings: Settings
) -> None:
    settings.FETCH = "PYTHONPATH=src .venv/bin/python -m essaim.lab run outside1 -- curl -sSL http://{name}/"
    faults = looker.faults(house.owner, f"/sites/{rows.LIVE}/", view, "site-demo")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize(("name", "who", "path", "status"), REFUSALS, ids=[page[0] for page in REFUSALS])
def test_nothing_is_wrong_with_a_page_that_refuses(
    name: str, who: str, path: str, status: int, view: View, looker: Looker, house: House
) -> None:
    faults = looker.faults(getattr(house, who), path, view, name, status=status)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("name", "who", "path", "action"), MAIN_ACTIONS, ids=[entry[0] for entry in MAIN_ACTIONS])
def test_the_keyboard_reaches_the_main_action(
    name: str, who: str | None, path: str, action: str, looker: Looker, house: House
) -> None:
    page = looker.page(getattr(house, who) if who else None, VIEWS[0])
    page.goto(f"{looker.manager}{path}")
    assert reached_by_keyboard(page, action)
    page.close()
