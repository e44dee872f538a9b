"""What dims while htmx asks: what a person pressed, and nothing else."""

import re
from pathlib import Path

import essaim

CSS = Path(essaim.__file__).parent / "manager/web/static/web/css/components/buttons.css"


def test_a_part_of_a_page_that_asks_by_itself_dims_no_button() -> None:
    """`#live` has `htmx-request` each time that it asks: a selector without `form` would dim every button below it."""
    selectors = re.findall(r"^([^{}/]*\.htmx-request[^{}]*)\{", CSS.read_text(), re.MULTILINE)
    parts = [part.strip() for selector in selectors for part in selector.split(",")]
    assert parts == [".htmx-request.button", 'form.htmx-request .button[type="submit"]']
