"""docs/cli.md and docs/api.md have every command, exit code and operation: a page that lies is worse than none."""

from importlib import import_module
from pathlib import Path

import click
import pytest

from essaim.cli.root import COMMANDS, EXIT_CODES, ROOMS
from essaim.manager.people.models import ApiToken
from essaim.manager.web.api.operations import DECLARED

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("name", [name for room in ROOMS if room != "For contributors" for name in ROOMS[room]])
def test_every_command_is_documented(name: str) -> None:
    page = (DOCS / "cli.md").read_text()
    command = getattr(import_module(COMMANDS[name].module), COMMANDS[name].attribute)

    assert f"essaim {name}" in page
    if isinstance(command, click.Group):
        line = next(line for line in page.splitlines() if line.startswith(f"| `essaim {name}`"))
        assert [verb for verb in command.commands if f"`{verb}" not in line] == []


def test_every_exit_code_is_documented() -> None:
    page = (DOCS / "cli.md").read_text()

    assert all(f"| {code} |" in page for code, _meaning in EXIT_CODES)


def test_every_operation_and_scope_is_documented() -> None:
    import essaim.manager.web.api  # noqa: F401 - declares the operations

    page = (DOCS / "api.md").read_text()

    assert DECLARED
    assert [name for name in DECLARED if f"`{name}`" not in page] == []
    assert [scope for scope in ApiToken.SCOPES if f"`{scope}`" not in page] == []
