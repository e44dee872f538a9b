"""Names that a reader takes for another: mixed scripts, letters of one script that look like another's.

The tables are short on purpose: they hold what is met in names meant to deceive, not all of Unicode (UTS 39).
French accents are told apart by a reader (`café`, `cafe`) and are kept; marks that hide under a letter are not.
"""

import unicodedata

_LATIN_OF = {
    # Cyrillic
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "һ": "h", "н": "h", "і": "i", "ј": "j", "к": "k", "ӏ": "l",
    "м": "m", "п": "n", "о": "o", "р": "p", "ԛ": "q", "г": "r", "ѕ": "s", "т": "t", "ц": "u", "ѵ": "v", "ԝ": "w",
    "ш": "w", "х": "x", "у": "y", "ү": "y", "ʼ": "'",
    # Greek
    "α": "a", "β": "b", "ϲ": "c", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t",
    "υ": "u", "ω": "w", "χ": "x", "γ": "y", "ζ": "z",
    # Latin that is not what it seems, and digits
    "ı": "i", "ɑ": "a", "ɡ": "g", "ɩ": "i", "ʟ": "l", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ƅ": "b",
    "0": "o", "1": "l",
    # Armenian
    "օ": "o", "ս": "u", "հ": "h", "ց": "g", "ո": "n", "զ": "q",
}  # fmt: skip
_HIDDEN_MARKS = frozenset("\u0323\u0324\u0325\u0326\u0328\u032d\u0330\u0331\u0335\u0336\u0337\u0338")
_WRITTEN_TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "LATIN"}),
    frozenset({"CJK", "HANGUL", "LATIN"}),
    frozenset({"CJK", "BOPOMOFO", "LATIN"}),
)
"""Scripts that one language mixes in one word (Japanese, Korean, Chinese), as browsers accept them."""


def skeleton(unicode_name: str) -> str:
    """What `unicode_name` looks like at a glance: two names with the same skeleton are taken for each other."""
    decomposed = unicodedata.normalize("NFKD", unicode_name.casefold())
    kept = (letter for letter in decomposed if letter not in _HIDDEN_MARKS)
    return unicodedata.normalize("NFC", "".join(_LATIN_OF.get(letter, letter) for letter in kept))


def scripts_of(label: str) -> frozenset[str]:
    """The scripts of a label's letters, by the first word of their Unicode names; digits, marks and hyphens have none."""
    letters = (character for character in label if unicodedata.category(character).startswith("L"))
    return frozenset(unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0] for letter in letters)


def mixes_scripts(label: str) -> bool:
    """One label in scripts that no language writes together: `pаypal` with a Cyrillic `а`."""
    scripts = scripts_of(label)
    return len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER)


def passes_for_latin(label: str) -> bool:
    """A label without one Latin letter that reads as a Latin word, letter for letter: `аррӏе` in Cyrillic."""
    scripts = scripts_of(label)
    return bool(scripts) and "LATIN" not in scripts and skeleton(label).isascii()
