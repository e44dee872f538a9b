"""What machines say, in the language that a program asks for."""

from types import SimpleNamespace

import pytest

from essaim.manager.fleet.models import Wanted
from tests.unit.factories import answer

FRENCH, ENGLISH = (
    "L’hébergement garden n’est pas encore sur cette machine.",
    "The account garden is not on this machine yet.",
)


@pytest.fixture
def failing(house: SimpleNamespace) -> SimpleNamespace:
    """The house, whose site waits for its account."""
    wish = Wanted.objects.get(kind="site", key="garden.example.test")
    answer(
        wish, "failed", code="site.account_missing", sentence="Not there.", advice="Wait.", facts={"account": "garden"}
    )
    return house


@pytest.mark.parametrize(("language", "sentence"), [("fr", FRENCH), ("en", ENGLISH)])
def test_a_site_its_steps_and_its_story_say_what_fails(failing: SimpleNamespace, language: str, sentence: str) -> None:
    failing.as_owner.language = language

    site = failing.as_owner.get("/sites/garden.example.test").json()
    steps = failing.as_owner.get("/sites/garden.example.test/steps").json()
    story = failing.as_owner.get("/sites/garden.example.test/story").json()

    assert site["health_sentence"] == steps["health_sentence"] == sentence
    assert sentence in [step["sentence"] for step in steps["items"]]
    assert story["items"][0]["sentence"] == sentence


def test_a_machines_wishes_say_what_fails(failing: SimpleNamespace) -> None:
    failing.as_team.language = "fr"

    wishes = failing.as_team.get("/machines/web1/wishes?state=failing").json()["items"]

    assert [(wish["sentence"], wish["advice"]) for wish in wishes] == [(FRENCH, "Il suit tout seul.")]
