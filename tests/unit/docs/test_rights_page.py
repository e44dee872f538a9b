"""docs/rights.md is the table of rights, as it stands."""

from pathlib import Path

from essaim.manager.people.rights.shown import document

PAGE = Path(__file__).resolve().parents[3] / "docs/rights.md"


def test_the_page_says_what_the_table_says() -> None:
    assert PAGE.read_text() == document(), "run ./essaim fix"
