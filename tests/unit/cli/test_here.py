"""Commands of the Manager's own machine."""

import io
import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from essaim.cli import here, manager
from essaim.cli.root import COMMANDS
from essaim.manager.core.models import AuditLine
from essaim.manager.people.models import Person
from essaim.manager.people.queries import token_of
from tests.unit.cli.conftest import Run
from tests.unit.factories import make_person

UNITS = sorted((manager.PACKAGE / "manager").glob("*.service"))
PASSWORD = "correct horse battery"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))


def test_the_first_administrator_is_made_without_anybody_signed_in(essaim: Run, typed: None) -> None:
    ended = essaim("admin", "create", "First@example.test", "--name", "First", "--password-stdin")

    person = Person.objects.get(email="first@example.test")
    assert (ended.code, person.is_team, person.check_password(PASSWORD)) == (0, True, True)
    assert PASSWORD not in ended.out + ended.err
    assert AuditLine.objects.get(code="people.person_created").origin == "cli"


def test_a_second_one_with_the_same_address_is_refused_in_words(essaim: Run, typed: None) -> None:
    Person.objects.create(email="first@example.test", name="First")

    ended = essaim("admin", "create", "first@example.test", "--name", "First", "--password-stdin")

    assert (ended.code, "[people.person_exists]" in ended.err) == (3, True)


def test_a_token_is_printed_alone_so_that_a_script_may_take_it(essaim: Run) -> None:
    person = make_person("first@example.test", is_team=True)

    ended = essaim("admin", "token", person.email, "--name", "script", "--scope", "fleet:read")

    token = token_of(ended.out.strip())
    assert token is not None
    assert (token.person, token.scopes) == (person, ["fleet:read"])


def test_a_token_for_nobody_is_refused(essaim: Run) -> None:
    assert essaim("admin", "token", "nobody@example.test", "--name", "x", "--scope", "sites:read").code == 3


def test_settings_of_the_machine_fill_what_the_environment_leaves_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "manager.env"
    file.write_text("# a comment\nESSAIM_HOUSE=La Ruche\nESSAIM_COLOUR=#123456\n")
    monkeypatch.setattr(here, "SETTINGS", file)
    monkeypatch.setenv("ESSAIM_COLOUR", "#abcdef")
    monkeypatch.setenv("ESSAIM_HOUSE", "")
    monkeypatch.delenv("ESSAIM_HOUSE")

    here.read_settings()

    assert (here.os.environ["ESSAIM_HOUSE"], here.os.environ["ESSAIM_COLOUR"]) == ("La Ruche", "#abcdef")


def test_the_version_of_the_code_is_the_same_until_a_file_or_the_database_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "manager").mkdir()
    (tmp_path / "manager/views.py").write_text("1")
    monkeypatch.setattr(manager, "PACKAGE", tmp_path)
    before = manager._version_of_code()

    assert manager._version_of_code() == before
    (tmp_path / "manager/views.py").write_text("22")
    changed = manager._version_of_code()
    monkeypatch.setenv("ESSAIM_DATABASE", "postgresql://elsewhere")

    assert len({before, changed, manager._version_of_code()}) == 3


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_units_start_commands_that_exist_and_come_back_when_killed(unit: Path) -> None:
    text = unit.read_text()
    commands = re.findall(r"^ExecStart(?:Pre)?=/usr/bin/python3 -m essaim\.cli (\w+) (\w+)$", text, re.MULTILINE)

    assert commands
    for room, verb in commands:
        group: click.Group = getattr(import_module(COMMANDS[room].module), COMMANDS[room].attribute)
        assert verb in group.commands
    assert "Restart=always" in text
    assert "Requires=" not in text
