"""A real Manager on a port of this machine, rows to show, and a real Chromium that looks at it.

The database is a file, so that the server's threads and the test see the same rows. It is made once for the whole run
and thrown away: the audit trail refuses to be emptied between tests.
"""

import os

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread; the rows are ours alone

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings, setup_databases, teardown_databases
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.browser.looking import PATIENCE_MS, Looker
from tests.browser.rows import House, furnish

expect.set_options(timeout=PATIENCE_MS)

PICTURES = Path(__file__).parents[2] / "build/screenshots"
"""Where pictures of all pages are kept with ESSAIM_PICTURES=1: for people to look at, and a quarter of the time of a run."""
CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A database in a file, which threads share where memory would not be. No test is marked `django_db`: its transaction
    would keep the server from writing.
    """
    file = tmp_path_factory.mktemp("database") / "essaim.sqlite3"
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(file)
    with django_db_blocker.unblock():
        before = setup_databases(verbosity=0, interactive=False)
        assert connection.settings_dict["NAME"] == str(file)  # never rows for tests in a real installation
        yield
        connection.close()
        teardown_databases(before, verbosity=0)


@pytest.fixture(scope="session")
def house(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Rows of every kind and state."""
    state = tmp_path_factory.mktemp("state")
    (state / "static").mkdir()
    changed = {
        "SHARED_DOMAINS": ["example.test"],
        "ACME_DIRECTORY": "https://acme.example.test/directory",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "STATIC_ROOT": str(state / "static"),
        "UPLOADS": state / "uploads",
    }
    with django_db_blocker.unblock(), override_settings(**changed):
        yield furnish()


@pytest.fixture(scope="session")
def manager(house: House) -> Iterator[str]:
    """The Manager's address."""
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Debian package's browser, with a profile of its own."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET, timeout=3 * PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def looker(chromium: Browser, manager: str, house: House) -> Iterator[Looker]:
    """Somebody who opens pages as any person of the house and notes what is wrong with them."""
    looker = Looker(chromium, manager, PICTURES if os.environ.get("ESSAIM_PICTURES") == "1" else None)
    yield looker
    looker.close()
