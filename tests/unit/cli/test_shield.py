"""`essaim site shield` and `essaim site limits`: shown, raised, taken down, refused."""

import json

import pytest

from essaim.manager.hosting.models import Site
from tests.unit.cli.conftest import Run

NAME = "garden.example.test"


def test_a_shield_is_raised_shown_and_taken_down(essaim: Run) -> None:
    ended = essaim("site", "shield", NAME, "checked", "--for", "1h", "--except", "POST /hook")
    assert ended.code == 0
    assert "checked, until " in ended.out
    assert "POST /hook" in ended.out
    site = Site.objects.get()
    assert (site.shield, site.shield_ways) == ("checked", ["POST /hook"])
    assert json.loads(essaim("site", "shield", NAME, "--json").out)["level"] == "checked"
    assert "down" in essaim("site", "shield", NAME, "off").out
    assert Site.objects.get().shield == ""


@pytest.mark.parametrize("words", [("calm", "--for", "soon"), ("off", "--for", "1h"), ("--except", "/x")])
def test_what_makes_no_sense_is_refused_before_anything_is_asked(essaim: Run, words: tuple[str, ...]) -> None:
    assert essaim("site", "shield", NAME, *words).code == 2
    assert Site.objects.get().shield == ""


def test_limits_are_widened(essaim: Run) -> None:
    assert "5 times the usual" in essaim("site", "limits", NAME, "5").out
    assert Site.objects.get().limits == 5
