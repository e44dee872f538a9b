"""A real program as a client uploads it: Debian's DokuWiki, an article written and read in a real browser that stands outside."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from essaim.lab import wiki
from essaim.lab.platform import Platform
from tests.lab.whole import Visitor, live, put

CHROMIUM = ["/usr/bin/chromium", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
WRITE_MS = 90_000


@pytest.fixture(scope="module")
def fqdn(platform: Platform, login: str, run: str) -> str:
    """A site with DokuWiki in it."""
    name = live(platform, login, f"wiki-{run}.test", docroot="public")
    upload = put(platform, name, wiki.archive(), filename="dokuwiki.tar.gz")
    assert (upload["state"], upload["archive"]) == ("in_place", "tar"), upload["sentence"]
    return name


@pytest.fixture(scope="module")
def browser(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium in the network of the machine outside, with the lab's names."""
    script = tmp_path_factory.mktemp("browser") / "chromium"
    words = platform.lab.outside_argv("outside1", CHROMIUM)
    script.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    script.chmod(0o755)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=script, timeout=180_000)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of somebody who takes certificates as they come: their verification is curl's and the prober's part."""
    context = browser.new_context(ignore_https_errors=True, locale="fr-FR")
    context.set_default_timeout(WRITE_MS)
    yield context.new_page()
    context.close()


def test_an_article_is_written_and_read_in_a_browser(browser: Browser, page: Page, visitor: Visitor, fqdn: str) -> None:
    page.goto(f"http://{fqdn}/doku.php?id=essaimage&do=edit")
    assert page.url.startswith(f"https://{fqdn}/")
    page.fill("textarea[name=wikitext]", "====== Essaimage ======\nLa colonie est partie **à midi**.")
    page.click("button[name='do[save]']")
    page.wait_for_selector("h1:has-text('Essaimage')")

    reader = browser.new_context(ignore_https_errors=True).new_page()
    answer = reader.goto(f"https://{fqdn}/doku.php?id=essaimage")
    assert answer is not None
    assert answer.status == 200
    assert "à midi" in reader.inner_text("strong")
    assert "La colonie" in visitor.get(f"https://{fqdn}/doku.php?id=essaimage").text
    reader.context.close()


@pytest.mark.parametrize("path", ["data/pages/essaimage.txt", "conf/local.php", "../data/pages/essaimage.txt"])
def test_what_the_client_put_beside_the_published_folder_is_not_read_from_outside(
    visitor: Visitor, fqdn: str, path: str
) -> None:
    answer = visitor.get(f"https://{fqdn}/{path}", "--path-as-is")
    assert answer.status in (302, 400, 404)  # a name that is no file is the program's to answer: it shows its start
    assert "colonie" not in answer.text
    assert "savedir" not in answer.text


def test_the_wikis_files_are_the_accounts_own(platform: Platform, login: str, fqdn: str) -> None:
    home = Path("/srv/essaim/accounts") / login / "sites" / fqdn
    assert platform.lab.machine("web1").run(["find", str(home), "!", "-user", login]).stdout == b""
