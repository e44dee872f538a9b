"""Everything that a person does to a site works without a script: what a dialog asks is a page, what htmx posts is a form."""

import io
import itertools
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from essaim.manager.hosting.models import Account, Site
from tests.browser import rows
from tests.browser.looking import PATIENCE_MS, Looker, session_of
from tests.browser.rows import House
from tests.unit import factories as make

_numbers = itertools.count(1)


@pytest.fixture
def name(house: House) -> str:
    """A site of the test's own, live."""
    name = f"sans{next(_numbers)}.abeilles.example.test"
    make.make_site(Account.objects.get(login="abeilles"), name, by=house.owner)
    rows.bring_live(name)
    return name


@pytest.fixture
def tab(looker: Looker, house: House, name: str) -> Iterator[Page]:
    """The owner's tab, without scripts, at that site."""
    context = looker.browser.new_context(locale="en", java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MS)
    cookies = {"django_language": "en", "sessionid": session_of(house.owner)}
    context.add_cookies([{"name": n, "value": v, "url": looker.manager} for n, v in cookies.items()])
    page = context.new_page()
    page.goto(f"{looker.manager}/sites/{name}/")
    yield page
    context.close()


def send(page: Page) -> None:
    page.locator("main form button[type=submit]").last.click()


def close(page: Page, name: str) -> None:
    page.click(f"a[href='/sites/{name}/close/']")
    send(page)
    expect(page.locator("#state")).to_have_text("closed")


def test_content_is_put_and_put_back(tab: Page, looker: Looker, name: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.html", "<h1>x</h1>")
    tab.click(f"a[href='/sites/{name}/content/']")
    file = {"name": "plain.zip", "mimeType": "application/zip", "buffer": archive.getvalue()}
    tab.set_input_files("input[type=file]", file)
    tab.locator("main form button[type=submit].button-primary").click()
    expect(tab.locator("#live")).to_contain_text("plain.zip")

    rows.send_all()
    rows.answer("content", name, facts={"files": 1, "bytes": 10})
    tab.goto(f"{looker.manager}/sites/{name}/")
    tab.locator(f"form[action='/sites/{name}/undo/'] button").click()
    expect(tab.locator("main")).to_contain_text("being put back")


def test_a_site_is_changed(tab: Page, name: str) -> None:
    tab.click(f"a[href='/sites/{name}/change/']")
    tab.fill("input[name=docroot]", "public")
    send(tab)
    expect(tab.locator("main .facts").first).to_contain_text("public")


def test_php_is_changed_and_put_back(tab: Page, name: str) -> None:
    tab.click(f"a[href='/sites/{name}/php/']")
    tab.select_option("select[name=php]", "8.4")
    tab.fill("input[name=memory_limit]", "256")
    send(tab)
    expect(tab.locator("#live")).to_contain_text("256\N{NO-BREAK SPACE}MiB")

    tab.locator(f"form[action='/sites/{name}/php/back/'] button").click()
    expect(tab.locator("#live")).to_contain_text("PHP 8.4 to 8.2")
    expect(tab.locator(f"form[action='/sites/{name}/php/back/']")).to_have_count(0)


def test_redirects_are_looked_at_refused_changed_and_put_back(tab: Page, looker: Looker, name: str) -> None:
    tab.goto(f"{looker.manager}/sites/{name}/serving/")
    tab.click(f"a[href='/sites/{name}/redirects/']")
    tab.fill("textarea[name=redirects]", "/old /new\n/x //evil.test")
    tab.locator("button[name=look]").click()
    expect(tab.locator("#id_redirects_error")).to_contain_text("Line 2")
    tab.fill("textarea[name=redirects]", "/old /new")
    tab.locator("button[name=look]").click()
    expect(tab.locator(".diff")).to_contain_text("/old /new")
    send(tab)
    expect(tab.locator("main")).to_contain_text("/old")
    tab.locator(f"form[action='/sites/{name}/rules/back/'] button").click()
    expect(tab.locator("main")).to_contain_text("No path leads elsewhere.")


def test_maintenance_is_begun_and_ended_and_a_password_given_and_taken(tab: Page, looker: Looker, name: str) -> None:
    tab.goto(f"{looker.manager}/sites/{name}/serving/")
    tab.click(f"a[href='/sites/{name}/maintenance/']")
    tab.fill("textarea[name=sentence]", "Back after the move.")
    send(tab)
    expect(tab.locator("#state")).to_contain_text("in maintenance")
    expect(tab.locator("main")).to_contain_text("essaim_pass=")
    tab.locator(f"form[action='/sites/{name}/maintenance/end/'] button").click()
    expect(tab.locator("#state")).not_to_contain_text("in maintenance")

    tab.click(f"a[href='/sites/{name}/access/']")
    tab.click(f"a[href='/sites/{name}/protect/']")
    tab.fill("input[name=path]", "/members")
    tab.fill("input[name=user]", "ada")
    tab.fill("input[name=password]", "correct horse")
    send(tab)
    row = tab.locator("tr", has_text="/members")
    row.locator("form button").click()
    expect(row).to_have_count(0)


def test_a_site_is_closed_restored_closed_and_erased(tab: Page, looker: Looker, name: str) -> None:
    close(tab, name)
    tab.locator(f"form[action='/sites/{name}/restore/'] button").click()
    expect(tab.locator("#state")).not_to_have_text("closed")
    close(tab, name)
    tab.click(f"a[href='/sites/{name}/erase/']")
    tab.fill("input[name=confirm]", name)
    send(tab)
    tab.wait_for_url(f"{looker.manager}/sites/")
    assert not Site.objects.filter(fqdn=name).exists()


def test_the_language_is_changed(tab: Page) -> None:
    tab.locator("button[name=language][value=fr]:visible").first.click()
    expect(tab.locator("html")).to_have_attribute("lang", "fr")
    tab.locator("button[name=language][value=en]:visible").first.click()
    expect(tab.locator("html")).to_have_attribute("lang", "en")


def test_a_consent_is_given_and_withdrawn(tab: Page, looker: Looker) -> None:
    tab.goto(f"{looker.manager}/clients/abeilles/consents/")
    tab.fill("input[name=name]", "bal.abeilles.example.test")
    tab.fill("input[name=guest]", "voisins")
    tab.locator("main form button[type=submit].button-primary").click()
    row = tab.locator("tr", has_text="bal.abeilles.example.test")
    row.locator("form button").click()
    expect(row).to_have_count(0)
