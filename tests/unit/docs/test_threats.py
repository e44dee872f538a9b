"""The page on threats has the list of what the hostile tenant tries, as it is."""

from pathlib import Path

from tests.lab.hostile import attempts

PAGE = Path(__file__).resolve().parents[3] / "docs/threats.md"


def test_the_page_lists_every_attempt() -> None:
    assert PAGE.read_text().endswith(attempts.listing())


def test_no_attempt_is_listed_twice() -> None:
    sentences = [*attempts.BY_PHP, *attempts.BY_CALLS]
    assert len(sentences) == len(set(sentences)) >= 60
