"""Writes docs/rights.md from the table of rights, so that it cannot lie. `--check` tells whether it is current."""

import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs/rights.md"


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` answer 1 when it is not current."""
    import django
    from django.utils import translation

    django.setup()
    from essaim.manager.people.rights.shown import document

    with translation.override("en"):
        text = document()
    if "--check" not in arguments:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    print("docs/rights.md is not what the table of rights says: run ./essaim fix.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
