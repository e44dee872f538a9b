"""How the components behave under hands: dialogs, the switch of colours, files on their way, the keyboard."""

import io
import os
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import rows
from tests.browser.looking import VIEWS, Looker
from tests.browser.rows import House

SITE = f"/sites/{rows.LIVE}/"
UPLOAD_BYTES = 4_000_000
SLOW_BYTES_S = 200_000
"""So slow that the line is made quick again long before the file is there."""


@pytest.fixture
def tab(looker: Looker, house: House) -> Iterator[Page]:
    """The owner's tab, wide and light, in English."""
    view = next(view for view in VIEWS if view.language == "en")
    page = looker.page(house.owner, view)
    yield page
    page.close()


def test_an_act_opens_over_the_page_and_gives_the_focus_back(tab: Page, looker: Looker) -> None:
    tab.goto(f"{looker.manager}{SITE}")
    opener = tab.locator(f"a[href='{SITE}suspend/']")
    opener.click()
    expect(tab.locator("#modal textarea[name=reason]")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.locator("#modal")).to_be_hidden()
    expect(opener).to_be_focused()
    assert tab.url.endswith(SITE)


def test_a_question_is_asked_before_a_form_that_wants_one(tab: Page, looker: Looker, house: House) -> None:
    view = next(view for view in VIEWS if view.language == "en")
    page = looker.page(house.team, view)
    page.goto(f"{looker.manager}/design/")
    page.locator("form[data-confirm] button").click()
    expect(page.locator("#confirm")).to_contain_text("Erase this site and its files?")
    page.locator("#confirm [data-close]").click()
    expect(page.locator("#confirm")).to_be_hidden()
    assert page.url.endswith("/design/")
    page.close()


def test_slash_leads_to_the_search(tab: Page, looker: Looker) -> None:
    tab.goto(f"{looker.manager}/sites/")
    tab.keyboard.press("/")
    expect(tab.locator("input[type=search]")).to_be_focused()
    assert tab.locator("input[type=search]").input_value() == ""


def test_the_colours_are_switched_without_a_script(looker: Looker) -> None:
    context = looker.browser.new_context(java_script_enabled=False, color_scheme="light")
    page = context.new_page()
    page.goto(f"{looker.manager}/sign-in/")
    page.locator("button[name=scheme][value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/sign-in/")
    context.close()


def test_a_file_on_its_way_shows_how_far_it_is(tab: Page, looker: Looker) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.html", "<h1>x</h1>")
        packed.writestr("noise.bin", os.urandom(UPLOAD_BYTES))
    tab.goto(f"{looker.manager}{SITE}content/")
    line = tab.context.new_cdp_session(tab)
    limits = {"offline": False, "latency": 5, "downloadThroughput": -1}
    line.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": SLOW_BYTES_S})

    tab.set_input_files(
        "input[type=file]", {"name": "site.zip", "mimeType": "application/zip", "buffer": archive.getvalue()}
    )
    expect(tab.locator("[data-drop-name]")).to_have_text("site.zip")
    tab.locator("main form button[type=submit].button-primary").click()

    expect(tab.locator("[data-upload] [data-share]")).to_contain_text("%")
    line.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": -1})
    tab.wait_for_url(f"{looker.manager}{SITE}")
    expect(tab.locator("#live")).to_contain_text("site.zip")


def test_more_rows_come_in_place_and_the_keyboard_goes_on_there(looker: Looker, house: House) -> None:
    page = looker.page(house.team, next(view for view in VIEWS if view.language == "en"))
    page.goto(f"{looker.manager}/clients/")
    more, shown = page.locator(".row-more a"), page.locator("#results tbody tr:not(.row-more)")
    before = shown.count()
    more.focus()
    page.keyboard.press("Enter")
    expect(more).to_have_count(0)
    assert shown.count() > before
    expect(shown.nth(before).locator("a")).to_be_focused()
    page.close()
