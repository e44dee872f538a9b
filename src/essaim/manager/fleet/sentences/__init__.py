"""What machines say, and why accounts are placed, in the reader's language: by code, with the facts that travel beside it.

An agent writes English, because a journal and a terminal have one language. Here each of its codes has its words again, `{name}`
for what varies. A code that is new here, or a fact that did not come, leaves the machine's own words. One module a kind of
thing that is spoken of; none of them knows a row or a page.
"""

from collections.abc import Mapping
from string import Formatter

from django.utils import formats
from django.utils.translation import gettext

from essaim.manager.fleet.sentences import (
    accounts,
    certificates,
    contents,
    keys,
    machines,
    placing,
    probes,
    programs,
    sites,
    trees,
)
from essaim.manager.fleet.sentences.words import COUNTS, PHRASED, PHRASES, Words

TABLE: dict[str, Words] = {
    **machines.WORDS,
    **accounts.WORDS,
    **placing.WORDS,
    **sites.WORDS,
    **contents.WORDS,
    **certificates.WORDS,
    **probes.WORDS,
    **programs.WORDS,
    **trees.WORDS,
    **keys.WORDS,
}
"""By code. `*.word` holds for every kind that has no words of its own for it."""


def sentence_of(code: str, facts: Mapping[str, object], otherwise: str) -> str:
    """What is the matter, in the reader's language; `otherwise` as the machine said it. Never raises."""
    words = words_for(code)
    return _fitting(words.sentences, facts, otherwise) if words else otherwise


def advice_of(code: str, facts: Mapping[str, object], otherwise: str) -> str:
    """What can be done about it, in the reader's language; `otherwise` as the machine said it. Never raises."""
    words = words_for(code)
    return _fitting(words.advice, facts, otherwise) if words else otherwise


def words_for(code: str) -> Words | None:
    """The words of `code`, or those that all kinds share."""
    return TABLE.get(code) or TABLE.get(f"*.{code.rpartition('.')[2]}")


def names_in(template: str) -> set[str]:
    """The facts that `template` needs."""
    return {name for _text, name, _format, _conversion in Formatter().parse(template) if name}


def _fitting(templates: tuple[object, ...], facts: Mapping[str, object], otherwise: str) -> str:
    """The first of `templates` whose facts are all there."""
    shown = {name: _shown(name, fact) for name, fact in facts.items() if fact not in ("", None)}
    for template in map(str, templates):
        if names_in(template) <= shown.keys():
            return template.format_map(shown)
    return otherwise


def _shown(name: str, fact: object) -> str:
    plain = f"{fact:g}" if isinstance(fact, float) else str(fact)
    if name in COUNTS and type(fact) in (int, float):
        return formats.number_format(plain, force_grouping=True)
    return gettext(plain) if name in PHRASED and plain in PHRASES else plain
