"""docs/privacy.md has the register as the models declare it."""

from essaim.manager.privacy.printed import PAGE, page


def test_the_register_in_the_docs_is_current() -> None:
    current = PAGE.read_text()
    assert page(current) == current, "run ./essaim fix"
