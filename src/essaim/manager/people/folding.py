"""Text as it is compared and searched: without case, accents, or anything that is neither letter nor digit. Done here, so that it is the
same in every database.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django.db import models

_SPELT = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d"})


def folded(text: str) -> str:
    """`text` in lower case, its accents off, its words parted by one blank."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_SPELT))
    kept = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join(kept.split())


def as_words(text: str) -> str:
    """`text` folded, each word with two blanks before it and two at the end: so an index of three letters knows where words begin and
    end, in every database.
    """
    plain = folded(text)
    return f"  {plain.replace(' ', '  ')}  " if plain else ""


def trigrams(words: str) -> list[str]:
    """Every three neighbouring letters of what `as_words` gave, each once, without those of blanks alone."""
    found = (words[at : at + 3] for at in range(len(words) - 2))
    return list(dict.fromkeys(three for three in found if three[1:] != "  "))


class FoldedField(models.TextField):  # type: ignore[type-arg]  # the stubs want its two types
    """The words of other columns of the row, as they are searched: written anew each time the row is saved whole or made."""

    def __init__(self, *, of: Sequence[str] = (), **options: Any) -> None:
        self.of = tuple(of)
        super().__init__(**{"default": "", "blank": True, "editable": False, **options})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002, FBT001 - Django's own signature
        words = as_words(" ".join(str(getattr(model_instance, name)) for name in self.of))
        setattr(model_instance, self.attname, words)
        return words

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, {**options, "of": list(self.of)}
