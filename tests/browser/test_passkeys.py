"""Signing in with a passkey in a real browser: its own authenticator is made up, all else is as on a telephone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from essaim.manager.people.models import Person
from tests.browser.looking import PATIENCE_MS, Looker
from tests.unit import factories as make


@pytest.fixture
def address(looker: Looker) -> str:
    """The Manager by a name: a passkey belongs to a name, never to a number."""
    return looker.manager.replace("127.0.0.1", "localhost")


@pytest.fixture
def person(looker: Looker) -> Person:
    """Somebody of this test's own."""
    return make.make_person()


@pytest.fixture
def tab(looker: Looker) -> Iterator[Page]:
    """A tab of a browser whose machine has an authenticator that always agrees."""
    context = looker.browser.new_context(locale="en")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    yield page
    context.close()


def sign_in(page: Page, address: str, person: Person) -> None:
    page.goto(f"{address}/sign-in/")
    page.fill("input[name=email]", person.email)
    page.fill("input[name=password]", make.PASSWORD)
    page.press("input[name=password]", "Enter")


def sign_out(page: Page, address: str) -> None:
    page.goto(f"{address}/security/")
    page.locator("form[action='/sign-out/'] button:visible").first.click()
    page.wait_for_url(f"{address}/sign-in/")


def add_passkey(page: Page, address: str, *, alone: bool) -> None:
    page.goto(f"{address}/security/webauthn/add/")
    page.fill("input[name=name]", "telephone")
    page.set_checked("input[name=passwordless]", alone)
    page.click("#add_passkey")
    page.wait_for_url(f"{address}/security/recovery-codes/")


def test_a_passkey_signs_in_by_itself(tab: Page, address: str, person: Person) -> None:
    sign_in(tab, address, person)
    add_passkey(tab, address, alone=True)
    expect(tab.locator(".recovery-codes li")).to_have_count(10)
    sign_out(tab, address)

    tab.click("#use_passkey")

    tab.wait_for_url(f"{address}/")
    expect(tab.locator("body")).to_contain_text(person.name)


def test_a_passkey_follows_the_password(tab: Page, address: str, person: Person) -> None:
    sign_in(tab, address, person)
    add_passkey(tab, address, alone=False)
    sign_out(tab, address)

    sign_in(tab, address, person)
    tab.wait_for_url(f"{address}/security/authenticate/")
    tab.click("#use_passkey")

    tab.wait_for_url(f"{address}/")


def test_a_browser_without_the_passkey_says_so_and_the_other_ways_stay(tab: Page, address: str, looker: Looker) -> None:
    context = looker.browser.new_context(locale="en")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
            }
        },
    )
    page.goto(f"{address}/sign-in/")
    page.click("#use_passkey")
    expect(page.locator("#passkey-refused")).to_be_visible()
    expect(page.locator("input[name=password]")).to_be_visible()
    context.close()
