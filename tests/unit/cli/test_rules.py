"""`essaim site rules` and `essaim site maintenance`."""

import json
from pathlib import Path

from essaim.manager.hosting.models import Site
from tests.unit.cli.conftest import Run

NAME = "garden.example.test"


def test_rules_are_taken_from_a_file_shown_and_put_back(essaim: Run, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(
        json.dumps(
            {"redirects": [{"path": "/blog", "below": True, "target": "/news/*", "status": 302}], "absent": "none"}
        )
    )
    ended = essaim("site", "rules", NAME, "--file", str(file), "--no-wait")
    assert (ended.code, ended.out) == (0, f"{NAME} is decided: waiting.\n")
    shown = essaim("site", "rules", NAME).out
    assert ["/blog/*", "/news/*", "302"] in [line.split() for line in shown.splitlines()]
    assert json.loads(essaim("site", "rules", NAME, "--json").out)["absent"] == "none"
    essaim("site", "rules", NAME, "--back", "--no-wait")
    assert Site.objects.get().rules == {}


def test_a_file_that_is_no_rules_asks_nothing_of_the_manager(essaim: Run, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    for text in ("not json", "[]"):
        file.write_text(text)
        assert essaim("site", "rules", NAME, "--file", str(file)).code == 2
    assert essaim("site", "rules", NAME, "--file", str(file), "--back").code == 2


def test_a_refusal_says_the_line(essaim: Run, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"redirects": [{"path": "/a", "target": "/a"}]}))
    ended = essaim("site", "rules", NAME, "--file", str(file))
    assert ended.code == 3
    assert "Line 1: Visitors of /a would go round in a circle" in ended.err


def test_maintenance_is_switched_on_and_off(essaim: Run) -> None:
    assert essaim("site", "maintenance", NAME).out == f"{NAME} is in no maintenance.\n"
    told = essaim(
        "site", "maintenance", NAME, "on", "--sentence", "Soon", "--until", "2100-01-01T10:00", "--from", "192.0.2.1"
    ).out
    assert f"{NAME} is in maintenance." in told
    assert "essaim_pass=" in told
    assert "maintenance" in essaim("site", "show", NAME).out
    assert essaim("site", "maintenance", NAME, "off").out == f"{NAME} is in no maintenance.\n"
