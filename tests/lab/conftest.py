"""The machines the lab tests stand on: bare ones, and a whole platform. Each set is made once for the run, when it is asked for.

They are two instances of the lab, side by side: what a test of one floor does to a machine must not be mended by an agent, and what an
agent keeps must not be pulled away by a test of one floor. So no test depends on which ran before it.
"""

import logging
import os
import time
from collections.abc import Iterator

import pytest

from essaim.lab import Lab, checks
from essaim.lab.platform import Platform
from tests.lab.applying import install
from tests.lab.whole import Visitor, account

INSTANCE = os.environ.get("ESSAIM_TEST_INSTANCE", "test")
"""Another name lets a second run go on beside the first; it needs another port, too."""
PORT = int(os.environ.get("ESSAIM_TEST_PORT", "8010"))
KEEP = os.environ.get("ESSAIM_TEST_KEEP") == "1"
"""Leave the machines running; the next run takes them, with the sources of then."""

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each request hides what failed


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Three fresh machines, on which nothing of Essaim runs."""
    lab = Lab(INSTANCE)
    if KEEP and lab.status().is_running:
        lab.refresh_code()
    else:
        lab.reset()
        checks.preflight(lab.instance)
        lab.up()
    yield lab
    if not KEEP:
        lab.reset()


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """A whole Essaim with one client, `maison`."""
    platform = Platform(f"{INSTANCE}whole", port=PORT)
    if KEEP and platform.lab.status().is_running:
        _renew(platform)
    else:
        platform.lab.reset()
        checks.preflight(platform.lab.instance, ports=[PORT])
        platform.up()
    platform.api.post(
        "/clients", {"slug": "maison", "name": "Maison des tests", "language": "en"}, key="lab-test-client"
    )
    yield platform
    platform.api.close()
    if not KEEP:
        platform.lab.reset()


def _renew(platform: Platform) -> None:
    platform.lab.refresh_code()
    platform.install_manager()
    platform.wait_for_manager()
    for name, role in (("web1", "web"), ("outside1", "prober")):
        machine = platform.lab.machine(name)
        install(machine, role)
        machine.run(["systemctl", "restart", "essaim-agent.service"])


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands on the whole platform: `essaim test` runs that beside what stands on bare machines."""
    for item in items:
        if "platform" in getattr(item, "fixturenames", ()):
            item.add_marker("whole_platform")


@pytest.fixture(scope="session")
def run() -> str:
    """A word that names of this run hold, so that machines that were kept know none of them."""
    return f"{int(time.time()):x}"


@pytest.fixture(scope="session")
def visitor(platform: Platform) -> Visitor:
    """Somebody who visits sites by name from another machine."""
    return Visitor(platform)


@pytest.fixture(scope="session")
def login(platform: Platform) -> str:
    """An account for tests that care for a site and not for whose it is."""
    return account(platform, "commun")
