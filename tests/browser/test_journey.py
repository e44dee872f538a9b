"""One person's way through the Manager in a real browser: sign in, order a site, watch it become live, sign out.

Machines are the only thing made up: what they would report is put in through the worker's own way in.
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Account
from tests.browser import rows
from tests.browser.looking import PATIENCE_MS, Looker
from tests.browser.rows import House
from tests.unit import factories as make

MADE = "nouveau.abeilles.example.test"


@pytest.fixture
def tab(looker: Looker) -> Iterator[Page]:
    """A visitor's tab with cookies of its own, in which nothing may be complained about."""
    context = looker.browser.new_context(locale="en", viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: _note(message, said))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert not said, said


def sign_in(page: Page, looker: Looker, email: str) -> None:
    page.goto(f"{looker.manager}/sign-in/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", make.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{looker.manager}/")


def test_an_order_is_watched_from_the_click_to_the_proof(tab: Page, looker: Looker, house: House) -> None:
    sign_in(tab, looker, house.owner.email)
    tab.goto(f"{looker.manager}/sites/order/")
    tab.fill("input[name=name]", MADE)
    tab.select_option("select[name=account]", "abeilles")
    expect(tab.locator("#preview")).to_contain_text("name is free")
    tab.click("main form button[type=submit].button-primary")
    tab.wait_for_url(f"{looker.manager}/sites/{MADE}/")
    live, state = tab.locator("#live"), tab.locator("#state")
    expect(state).to_contain_text("waiting for the machine")
    tab.evaluate("window.__same = true")

    rows.send_all()
    rows.answer("site", MADE, seconds=0.12)
    expect(state).to_contain_text("being proved")
    rows.answer("probe", MADE, probes=make.seen())
    expect(state).to_have_text("live")
    rows.answer("certificate", MADE, seconds=0.4)
    rows.answer("probe", MADE, probes=make.seen(https=True))
    expect(live.locator(".step-done")).to_have_count(5)

    assert tab.evaluate("window.__same") is True  # it happened on the page, without loading it anew
    tab.locator("form[action='/sign-out/'] button:visible").first.click()
    tab.wait_for_url(f"{looker.manager}/sign-in/")
    tab.goto(f"{looker.manager}/sites/{MADE}/")
    assert "/sign-in/" in tab.url


def test_a_failure_is_shown_in_words_while_one_watches(tab: Page, looker: Looker, house: House) -> None:
    sign_in(tab, looker, house.owner.email)
    make.make_site(Account.objects.get(login="abeilles"), "en-panne.abeilles.example.test", by=house.owner)
    tab.goto(f"{looker.manager}/sites/en-panne.abeilles.example.test/")
    rows.send_all()
    rows.answer("site", "en-panne.abeilles.example.test", "failed", code="site.disk_full", sentence="The disk is full.")
    expect(tab.locator("#live")).to_contain_text("disk is full")


def test_an_undo_is_watched_until_the_former_content_is_back(tab: Page, looker: Looker, house: House) -> None:
    name = "retour.abeilles.example.test"
    site = make.make_site(Account.objects.get(login="abeilles"), name, by=house.owner)
    rows.bring_live(name)
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.html", "hello")
    file.seek(0)
    actions.put_content(site, by=house.owner, file=file, filename="retour.zip")
    rows.send_all()
    rows.answer("content", name, facts={"files": 1, "bytes": 5})
    sign_in(tab, looker, house.owner.email)
    tab.goto(f"{looker.manager}/sites/{name}/")
    live, undo = tab.locator("#live"), tab.locator(f"form[action='/sites/{name}/undo/'] button")

    undo.click()
    tab.locator("[data-yes]:visible").click()
    expect(live).to_contain_text("being put back")
    expect(undo).to_have_count(0)
    expect(live).to_have_attribute("hx-trigger", "every 400ms")
    tab.evaluate("window.__same = true")

    rows.send_all()
    rows.answer("content", name, facts={"upload": ""})
    expect(live).to_contain_text("put back what stood there before the first upload")
    expect(undo).to_have_count(0)
    assert tab.evaluate("window.__same") is True


def test_the_list_is_searched_while_one_types(tab: Page, looker: Looker, house: House) -> None:
    sign_in(tab, looker, house.owner.email)
    tab.goto(f"{looker.manager}/sites/")
    tab.locator("input[type=search]").press_sequentially("forum", delay=20)
    expect(tab.locator("#results tbody tr")).to_have_count(1)
    tab.wait_for_url("**text=forum**")
    tab.reload()
    expect(tab.locator("#results tbody tr")).to_have_count(1)


def test_a_refused_name_comes_back_at_its_field(tab: Page, looker: Looker, house: House) -> None:
    sign_in(tab, looker, house.owner.email)
    tab.goto(f"{looker.manager}/sites/order/")
    tab.fill("input[name=name]", rows.LIVE)
    tab.select_option("select[name=account]", "abeilles")
    tab.click("main form button[type=submit].button-primary")
    expect(tab.locator(".field-wrong")).to_contain_text("is already yours")


def test_an_order_works_without_a_script(looker: Looker, house: House) -> None:
    context = looker.browser.new_context(locale="en", java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, looker, house.owner.email)
    page.goto(f"{looker.manager}/sites/order/")
    page.fill("input[name=name]", "sans-script.abeilles.example.test")
    page.select_option("select[name=account]", "abeilles")
    page.click("main form button[type=submit].button-primary")
    page.wait_for_url(f"{looker.manager}/sites/sans-script.abeilles.example.test/")
    expect(page.locator("#state")).to_contain_text("waiting for the machine")
    page.goto(f"{looker.manager}/sites/sans-script.abeilles.example.test/suspend/")
    page.fill("textarea[name=reason]", "a test")
    page.click("main form button[type=submit]")
    expect(page.locator("#state")).to_contain_text("suspended")
    context.close()


MEANT = ("status of 422", "htmx:sendAbort", "htmx:afterRequest")
"""A refused form, and a check of the name that was given up because the form was sent. A request that was lost says
`htmx:sendError` too.
"""


def _note(message: ConsoleMessage, said: list[str]) -> None:
    """An error of the console that is not meant."""
    if message.type == "error" and not any(words in message.text for words in MEANT):
        said.append(message.text)
