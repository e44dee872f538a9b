"""What machines say, in the reader's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.utils import translation

import essaim
from essaim.manager.fleet.sentences import FORMS, FRAGMENTS, said

SOURCES = Path(essaim.__file__).parent
SPEAKING = ["agent", "contract/archives"]
TO_A_TERMINAL = {"install.py", "enrol.py", "reaper.py", "telling.py", "machine.py", "main.py", "__main__.py"}
"""Modules whose sentences go to a journal or a terminal of the machine, in English."""


def _spoken(source: str) -> Iterator[str]:
    """Every literal that reads as a sentence, `{}` for what varies; docstrings and comments are not spoken."""
    tree = ast.parse(source)
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    silent |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _reads_as_a_sentence(text: str) -> bool:
    return text[:1] in "{ABCDEFGHIJKLMNOPQRSTUVWXYZ" and text.endswith(".") and " " in text and "\n" not in text


def _has_form(text: str) -> bool:
    """Itself, at the end of another form, or with its alternatives spelt out."""
    pattern = re.compile("(.*?)".join(map(re.escape, text.split("{}"))))
    return any(pattern.fullmatch(form) or form.endswith(f": {text}") for form in (*FORMS, *FRAGMENTS))


def test_every_sentence_of_the_agent_has_its_form_here() -> None:
    """A sentence that is missing goes into `fleet/sentences.py`, then `essaim.cli.translations update`, then its French."""
    missing = {
        f"{file.relative_to(SOURCES)}: {text}"
        for folder in SPEAKING
        for file in sorted((SOURCES / folder).rglob("*.py"))
        if file.name not in TO_A_TERMINAL
        for text in _spoken(file.read_text())
        if _reads_as_a_sentence(text) and not _has_form(text)
    }
    assert missing == set()


def test_french_forms_take_as_many_parts_as_english_ones() -> None:
    catalogue = polib.pofile(str(SOURCES / "manager/locale/fr/LC_MESSAGES/django.po"))
    french = {entry.msgid: entry.msgstr for entry in catalogue}
    assert [form for form in (*FORMS, *FRAGMENTS) if french[form].count("{}") != form.count("{}")] == []


def test_a_sentence_with_a_name_in_it_is_found_again() -> None:
    with translation.override("en"):
        assert said("a.example.test has no address in DNS.") == "a.example.test has no address in DNS."


def test_a_sentence_nobody_foresaw_is_shown_as_it_was_said() -> None:
    with translation.override("fr"):
        assert said("The moon is full.") == "The moon is full."
    assert said("") == ""
