"""The machines the lab tests stand on: one instance, `test`, for the whole run."""

import os
from collections.abc import Iterator

import pytest

from essaim.lab import Lab, checks


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Three fresh machines. With ESSAIM_TEST_KEEP=1 they are left running, and the next run takes them, with the sources of then."""
    keep = os.environ.get("ESSAIM_TEST_KEEP") == "1"
    lab = Lab("test")
    if keep and lab.status().is_running:
        lab.refresh_code()
    else:
        lab.reset()
        checks.preflight(lab.instance)
        lab.up()
    yield lab
    if not keep:
        lab.reset()
