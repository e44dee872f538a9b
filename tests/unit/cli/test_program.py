"""`essaim site program`: shown, chosen, acted on, refused."""

from pathlib import Path

import pytest

from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.models import Program, Site
from tests.unit.cli.conftest import Run
from tests.unit.factories import answer
from tests.unit.hosting.wishes import wish

NAME = "garden.example.test"


@pytest.fixture(autouse=True)
def _runtimes(essaim: Run) -> None:
    Machine.objects.update(facts={"php": "8.2", "programs": "node python"})


def test_a_site_without_one_says_what_it_may_have(essaim: Run) -> None:
    assert essaim("site", "program", NAME).out == "No program. The machine has: node, python.\n"


def test_one_is_chosen_and_changed(essaim: Run, tmp_path: Path) -> None:
    (tmp_path / "variables").write_text("PASSWORD=x\n\nTITLE=a b\n")
    ended = essaim(
        "site", "program", NAME, "--node", "server.js", "--variables", str(tmp_path / "variables"), "--always-on"
    )
    assert ended.code == 0
    program = Program.objects.get()
    assert (program.words, program.environment) == (["server.js"], {"PASSWORD": "x", "TITLE": "a b"})
    essaim("site", "program", NAME, "--unset", "TITLE", "--share", "25")
    program.refresh_from_db()
    assert (program.environment, program.share_percent, program.always_on) == ({"PASSWORD": "x"}, 25, True)


def test_how_it_is_is_shown_with_what_it_wrote(essaim: Run) -> None:
    essaim("site", "program", NAME, "--python", "app.py")
    answer(wish("program", Site.objects.get()), facts={"state": "running", "since": 1.0, "lines": "one\ntwo"})
    shown = essaim("site", "program", NAME).out
    assert "python: app.py" in shown
    assert shown.endswith("\none\ntwo\n")


def test_it_is_acted_on(essaim: Run) -> None:
    essaim("site", "program", NAME, "--python", "app.py")
    assert essaim("site", "program", NAME, "--act", "stop").code == 0
    assert Program.objects.get().is_stopped
    essaim("site", "program", NAME, "--act", "drop")
    assert not Program.objects.exists()


def test_what_is_asked_wrongly_is_refused_in_words(essaim: Run) -> None:
    assert "not both" in essaim("site", "program", NAME, "--node", "a.js", "--python", "a.py").err
    assert "no program yet" in essaim("site", "program", NAME, "--health", "/x").err
    assert "npm is not run here." in essaim("site", "program", NAME, "--node", "npm start").err
    assert "has no program" in essaim("site", "program", NAME, "--act", "restart").err
