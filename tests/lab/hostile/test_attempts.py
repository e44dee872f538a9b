"""The two lists of attempts, made by the account's own PHP in two requests; each attempt is a test that fails if it succeeds."""

from typing import Any

import pytest

from essaim.lab.machine import Machine
from tests.lab.hostile.attempts import BY_CALLS, BY_PHP
from tests.lab.hostile.conftest import Names
from tests.lab.hostile.tenant import CONTROLS


def test_the_attempts_are_made_by_the_account_and_can_succeed_where_they_may(
    tried: dict[str, Any], names: Names
) -> None:
    assert tried["me"] == names.a
    assert set(tried["open"]) == {"own file", "own home", "tmp"}
    assert set(tried["found"]) == set(BY_PHP)


@pytest.mark.parametrize("attempt", BY_PHP)
def test_by_php_a_client_cannot(tried: dict[str, Any], attempt: str) -> None:
    assert tried["found"][attempt] is False


@pytest.mark.parametrize("attempt", BY_CALLS)
def test_by_system_calls_a_client_cannot(called: list[dict[str, Any]], attempt: str) -> None:
    assert called[0][attempt] is False


@pytest.mark.parametrize("control", list(CONTROLS))
def test_a_client_can_all_the_same(called: list[dict[str, Any]], control: str) -> None:
    assert called[1][control] is True


def test_temporary_files_are_each_accounts_own(tried: dict[str, Any], names: Names, web: Machine) -> None:
    assert "of-the-neighbour" not in tried["tmp"]
    assert web.run(["test", "-e", f"/tmp/own-{names.a}"], check=False).returncode == 1  # noqa: S108  # of the machine in the lab
