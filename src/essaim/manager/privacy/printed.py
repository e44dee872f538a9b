"""The register of processings as docs/privacy.md has it, in English. `./essaim fix` writes it; `--check` tells whether it is current."""

import os
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).resolve().parents[4] / "docs" / "privacy.md"
BEGIN, END = "<!-- register: written by ./essaim fix -->\n", "<!-- end of the register -->"
ROW = "| `{model}` | {purpose} | {ground} | {kept} | {erased} |\n"


def page(current: str) -> str:
    """`current` with the register as the declarations have it."""
    before, _begin, rest = current.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


def table() -> str:
    """A row a model."""
    from django.utils import translation

    from essaim.manager.core.personal import declarations

    with translation.override("en"):
        rows = [
            ROW.format(
                model=one.label,
                purpose=one.purpose,
                ground=one.ground.value,
                kept=one.kept,
                erased=f"{one.erase.label}: {one.law}" if one.law else one.erase.label,
            )
            for one in declarations()
        ]
    return "| what | what for | ground | how long | when somebody is erased |\n|---|---|---|---|---|\n" + "".join(rows)


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` answer 1 when it is not current."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "essaim.manager.web.settings")
    os.environ.setdefault("ESSAIM_STATE", tempfile.gettempdir())
    django.setup()
    current = PAGE.read_text()
    if "--check" not in arguments:
        PAGE.write_text(page(current))
        return 0
    return int(page(current) != current)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
