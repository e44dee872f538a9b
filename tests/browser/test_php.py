"""The pages of a site's PHP, wide and narrow, light and dark, in both languages, and their acts without a script."""

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from essaim.contract import Fqdn, PhpComparison, PhpInfo, PhpPage, PhpSetting
from essaim.manager.hosting.models import Account, Site
from essaim.manager.hosting.php_models import PhpInfo as PhpInfoRow
from essaim.manager.hosting.php_models import PhpTrial
from tests.browser import php_rows, rows
from tests.browser.looking import PATIENCE_MS, VIEWS, Looker, View, session_of
from tests.browser.php_rows import FULL, TROUBLED, WAITING
from tests.browser.rows import House
from tests.unit import factories as make

PAGES = [
    ("php-card", "owner", f"/sites/{FULL}/"),
    ("php-errors", "owner", f"/sites/{FULL}/php/errors/"),
    ("php-errors-reader", "reader", f"/sites/{FULL}/php/errors/?severity=fatal"),
    ("php-errors-none", "owner", f"/sites/{rows.LIVE}/php/errors/"),
    ("php-errors-not-found", "owner", f"/sites/{FULL}/php/errors/?text=nothing-like-this"),
    ("php-info", "owner", f"/sites/{FULL}/php/info/"),
    ("php-info-differing", "reader", f"/sites/{FULL}/php/info/?only=differing"),
    ("php-info-not-asked", "owner", f"/sites/{rows.LIVE}/php/info/"),
    ("php-info-waiting", "owner", f"/sites/{WAITING}/php/info/"),
    ("php-info-odd", "team", f"/sites/{TROUBLED}/php/info/"),
    ("php-try", "owner", f"/sites/{rows.LIVE}/php/try/"),
    ("php-try-waiting", "owner", f"/sites/{WAITING}/php/try/"),
    ("php-try-compared", "owner", f"/sites/{FULL}/php/try/"),
    ("php-try-troubled", "owner", f"/sites/{TROUBLED}/php/try/"),
    ("php-try-suspended", "owner", f"/sites/{rows.SUSPENDED}/php/try/"),
    ("php-try-program", "owner", f"/sites/{rows.LONG}/php/try/"),
    ("php-try-apache", "owner", f"/sites/{rows.UNICODE}/php/try/"),
]
_numbers = itertools.count(1)


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize(("name", "who", "path"), PAGES, ids=[page[0] for page in PAGES])
def test_nothing_is_wrong_with_a_page(name: str, who: str, path: str, view: View, looker: Looker, house: House) -> None:
    faults = looker.faults(getattr(house, who), path, view, name)
    assert not faults, "\n".join(faults)


@pytest.fixture
def name(house: House) -> str:
    """A site of the test's own, live."""
    name = f"php{next(_numbers)}.abeilles.example.test"
    make.make_site(Account.objects.get(login="abeilles"), name, by=house.owner)
    rows.bring_live(name)
    return name


@pytest.fixture(params=[True, False], ids=["with script", "without"])
def tab(request: pytest.FixtureRequest, looker: Looker, house: House, name: str) -> Iterator[Page]:
    """The owner's tab at that site."""
    context = looker.browser.new_context(locale="en", java_script_enabled=request.param)
    context.set_default_timeout(PATIENCE_MS)
    cookies = {"django_language": "en", "sessionid": session_of(house.owner)}
    context.add_cookies([{"name": n, "value": v, "url": looker.manager} for n, v in cookies.items()])
    page = context.new_page()
    page.goto(f"{looker.manager}/sites/{name}/")
    yield page
    context.close()


def look_again(tab: Page) -> None:
    """The page asks by itself, or a link does where there is no script."""
    if tab.locator("noscript").count() == 0 or tab.get_by_role("link", name="Look again").count():
        tab.get_by_role("link", name="Look again").click()


def test_a_version_is_tried_compared_and_switched_to(tab: Page, looker: Looker, name: str) -> None:
    tab.click(f"a[href='/sites/{name}/php/try/']")
    tab.select_option("select[name=php]", "8.4")
    tab.get_by_role("button", name="Try it").click()
    expect(tab.locator("#try")).to_contain_text("PHP 8.4 is being tried")

    rows.send_all()
    rows.answer("site", name)
    page = PhpPage(path="/", status_old=200, status_new=200, bytes_old=10, bytes_new=10)
    php_rows.tell(PhpComparison(fqdn=Fqdn(name), token=PhpTrial.objects.get(site__fqdn=name).asked, pages=(page,)))
    look_again(tab)
    expect(tab.locator("#try")).to_contain_text("No difference was found.")
    expect(tab.locator("#try")).to_contain_text("/.well-known/essaim/preview/")

    tab.get_by_role("button", name="Switch to PHP 8.4").click()
    expect(tab.locator("#live")).to_contain_text("Put PHP 8.2 back")
    assert Site.objects.get(fqdn=name).php == "8.4"


def test_a_trial_is_left(tab: Page, name: str) -> None:
    tab.click(f"a[href='/sites/{name}/php/try/']")
    tab.get_by_role("button", name="Try it").click()
    tab.get_by_role("button", name="Leave it at PHP 8.2").click()
    expect(tab.locator("body")).to_contain_text("noticed nothing")
    assert not PhpTrial.objects.filter(site__fqdn=name).exists()


def test_php_is_asked_what_it_is_and_its_settings_are_searched(tab: Page, looker: Looker, name: str) -> None:
    tab.click(f"a[href='/sites/{name}/php/info/']")
    tab.get_by_role("button", name="Ask the site's PHP").click()
    expect(tab.locator("#info")).to_contain_text("is being asked")
    settings = (
        PhpSetting(name="memory_limit", value="1", usual="1"),
        PhpSetting(name="precision", value="14", usual="14"),
    )
    asked = PhpInfoRow.objects.get(site__fqdn=name).asked
    php_rows.tell(PhpInfo(fqdn=Fqdn(name), asked=asked, version="8.2.29", settings=settings))
    look_again(tab)
    expect(tab.locator("#results")).to_contain_text("memory_limit")
    tab.fill("#text", "prec")
    if tab.get_by_role("button", name="Search").count():
        tab.get_by_role("button", name="Search").click()
    expect(tab.locator("#results")).not_to_contain_text("memory_limit")
    expect(tab.locator("#results")).to_contain_text("precision")


def test_a_long_list_of_errors_is_read_to_its_end_and_cleared(looker: Looker, house: House) -> None:
    tab = looker.page(house.owner, VIEWS[1])
    tab.goto(f"{looker.manager}/sites/{FULL}/php/errors/")
    expect(tab.locator("tbody tr:not(.row-more)")).to_have_count(50)
    tab.get_by_role("link", name="Show more").click()
    expect(tab.locator("tbody tr:not(.row-more)")).to_have_count(60)
    tab.select_option("select[name=severity]", "parse")
    expect(tab.locator("tbody tr")).to_have_count(1)
    tab.close()
