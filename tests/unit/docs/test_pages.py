"""The documentation names what is there: every link leads to a file, every path of ours exists."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
PAGES = sorted([CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
CODE = re.compile(r"`[^`]*`")
OURS = re.compile(r"`((?:src/essaim|tests|docs|benchmarks)/[A-Za-z0-9_./@-]*[A-Za-z0-9_])`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_link_and_path_of_a_page_exists(page: Path) -> None:
    text = page.read_text()
    links = [page.parent / target for target in LINK.findall(CODE.sub("", text))]
    paths = [CHECKOUT / target for target in OURS.findall(text)]

    assert [str(path) for path in [*links, *paths] if not path.exists()] == []


def test_every_decision_is_in_the_list() -> None:
    folder = CHECKOUT / "docs/decisions"
    listed = set(LINK.findall((folder / "README.md").read_text()))

    assert {path.name for path in folder.glob("0*.md")} == listed


def test_no_benchmark_figure_is_missing_in_the_readme() -> None:
    assert "BENCHMARK_TABLE" not in (CHECKOUT / "README.md").read_text()
