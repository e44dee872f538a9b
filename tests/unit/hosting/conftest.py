"""A prober in service, and an ACME directory, for the tests that need one."""

import pytest

from essaim.manager.fleet.models import Machine
from tests.unit.factories import make_machine


@pytest.fixture
def prober() -> Machine:
    return make_machine("outside1", roles=["prober"])


@pytest.fixture
def acme(settings: object) -> None:
    settings.ACME_DIRECTORY = "https://acme.example.test/dir"  # type: ignore[attr-defined]
