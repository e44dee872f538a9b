"""What a line of the trail says of people: its words, each sealed by a salt of its own, so that one can go and the chain stays whole.

The line's hash does not cover the words, but a hash of each with its salt. Whoever has word and salt can prove the word; once both are gone
nothing can be read from what is left, not even by guessing. A word that was changed no longer fits its hash, and a word without a salt is a
forgery; an empty place says that the word was forgotten. Lines from before this was so have no salts: their hash covers their words, and they stay.
"""

import hashlib
import json
import secrets
from typing import Any

from essaim.manager.core.models import AuditLine

FIELDS = ("who", "about_key", "client_slug", "origin", "reason")
FACT = "facts."
"""Before the key of each fact."""
Words = dict[str, tuple[Any, str]]
"""By name: the word and its salt."""


def seal(line: AuditLine) -> None:
    """Give each word of a new `line` its salt and hash."""
    said = _said(line)
    line.salts = {name: secrets.token_urlsafe(16) for name in said}
    line.sealed = {name: _hash(line.salts[name], name, word) for name, word in said.items()}


def agree(line: AuditLine) -> bool:
    """Every word that `line` still says is the one that was written."""
    if line.sealed is None:
        return line.salts is None
    salts = line.salts or {}
    return all(
        name in salts and _hash(salts[name], name, word) == line.sealed.get(name) for name, word in _said(line).items()
    )


def names_in(line: AuditLine, *, said: "tuple[str, ...]") -> set[str]:
    """Words of `line` in which one of `said` stands, in whichever case."""
    wanted = [text.lower() for text in said if text]
    return {name for name, word in _said(line).items() if any(text in _text(word) for text in wanted)}


def forget(line: AuditLine, names: set[str]) -> Words:
    """Take these words and their salts out of `line`, in the caller's transaction. Answers what was taken: with it each can be proved."""
    salts, said = dict(line.salts or {}), _said(line)
    taken = {name: (said[name], salts.pop(name)) for name in names if name in said and name in salts}
    if taken:
        fields = dict.fromkeys((name for name in taken if name in FIELDS), "")
        facts = {key: fact for key, fact in line.facts.items() if FACT + key not in taken}
        AuditLine.objects.filter(pk=line.pk).update(**fields, facts=facts, salts=salts)
    return taken


def proves(line: AuditLine, name: str, word: Any, salt: str) -> bool:
    """`word` is what `line` said under `name` when it was written."""
    return line.sealed is not None and _hash(salt, name, word) == line.sealed.get(name)


def _said(line: AuditLine) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(line, name) for name in FIELDS if getattr(line, name)}
    return said | {FACT + key: fact for key, fact in line.facts.items()}


def _hash(salt: str, name: str, word: Any) -> str:
    text = json.dumps([salt, name, word], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(word: Any) -> str:
    return (word if isinstance(word, str) else json.dumps(word, ensure_ascii=False)).lower()
