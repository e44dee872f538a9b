"""`essaim site engine`: shown, changed, put back, refused."""

import json

import pytest
from django.utils import timezone

from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting.models import Site
from tests.unit.cli.conftest import Run

NAME = "garden.example.test"


def test_an_engine_is_shown_with_what_the_files_ask_for(essaim: Run) -> None:
    assert "not looked at yet" in essaim("site", "engine", NAME).out
    needs = {"htaccess": 2, "htaccess_needs": "AuthType", "htaccess_where": "a/.htaccess", "htaccess_php": False}
    Wanted.objects.filter(kind="site").update(facts=needs, applied_at=timezone.now())
    kept = {"code": "site.rewrite_loop", "facts": {"file": ".htaccess"}, "sentence": "", "advice": "", "at": 1.0}
    Site.objects.update(engine_troubles=[kept])
    ended = essaim("site", "engine", NAME)
    assert "2 files; nginx alone does not follow AuthType, first in a/.htaccess" in ended.out
    assert "The rules of .htaccess go round in circles." in ended.out
    assert "nginx, apache" in ended.out
    assert "go round in circles" in essaim("site", "show", NAME).out


def test_an_engine_is_changed_and_put_back(essaim: Run) -> None:
    assert essaim("site", "engine", NAME, "--to", "apache", "--no-wait").code == 0
    assert Site.objects.get().engine == "apache"
    assert json.loads(essaim("site", "engine", NAME, "--back", "--no-wait", "--json").out)["engine"] == "nginx"
    assert essaim("site", "engine", NAME, "--back").code == 2
    assert essaim("site", "change", NAME, "--engine", "apache", "--no-wait").code == 0
    assert Site.objects.get().engine == "apache"


def test_the_files_are_looked_at_again(essaim: Run) -> None:
    revision = Wanted.objects.get(kind="site").revision
    assert essaim("site", "engine", NAME, "--look", "--no-wait").code == 0
    assert Wanted.objects.get(kind="site").revision > revision


@pytest.mark.parametrize("options", [["--to", "apache", "--back"], ["--look", "--back"]])
def test_wrong_usage_asks_nothing_of_the_manager(essaim: Run, options: list[str]) -> None:
    assert essaim("site", "engine", NAME, *options).code == 2


def test_what_is_no_engine_is_refused_in_words(essaim: Run) -> None:
    ended = essaim("site", "engine", NAME, "--to", "iis")
    assert ended.code != 0
    assert "“iis” is no engine that can be chosen." in ended.out + ended.err
