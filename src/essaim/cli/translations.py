"""The French of every sentence: `update` gathers messages from the code, `check` finds what has none, `compile` makes what Django
reads. English is the language of the source.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib

MANAGER = Path(__file__).resolve().parents[1] / "manager"
CATALOGUE = MANAGER / "locale/fr/LC_MESSAGES/django.po"
NARROW = "\u202f"
_ELIDED = re.compile(r"\b(?:de|De|que|Que) %\((?:client|giver|name|person)\)s")
"""Names begin with what they like: “de Alice” is no French. The sentence is turned, or says what the name is of."""
_APART = re.compile(r"(?<=\S) ([:;?!])(?=[\s<)]|$)")


def compile_catalogue() -> None:
    """Make the `.mo` beside the `.po` when it is older. Without a writable folder the pages are in English."""
    target = CATALOGUE.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= CATALOGUE.stat().st_mtime:
        return
    temporary = target.with_suffix(f".{os.getpid()}")
    try:
        polib.pofile(str(CATALOGUE)).save_as_mofile(str(temporary))
        temporary.replace(target)
    except OSError as wrong:
        print(f"The French texts could not be compiled: {wrong}", file=sys.stderr)


def gather() -> None:
    """Bring the catalogue up to date with the code's messages."""
    if shutil.which("xgettext") is None:
        sys.exit("GNU gettext is needed to gather messages: apt-get install gettext")
    argv = [sys.executable, "-m", "django", "makemessages", "-l", "fr", "--no-location", "--no-wrap", "--no-obsolete"]
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(argv, cwd=MANAGER, check=True, capture_output=True, text=True)
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=0)
    catalogue.metadata.pop("POT-Creation-Date", None)
    for entry in catalogue:
        entry.msgstr = spaced(entry.msgstr)
        entry.msgstr_plural = {number: spaced(text) for number, text in entry.msgstr_plural.items()}
    catalogue.save()


def spaced(french: str) -> str:
    """With a narrow space that no line ends at inside quotation marks and before what stands off its word in French."""
    inside = french.replace("« ", f"«{NARROW}").replace(" »", f"{NARROW}»")
    return _APART.sub(rf"{NARROW}\1", inside)


def faults() -> list[str]:
    """What is missing or doubtful in French, a line each; the catalogue is left as it was."""
    before = CATALOGUE.read_bytes()
    try:
        gather()
        catalogue = polib.pofile(str(CATALOGUE))
    finally:
        CATALOGUE.write_bytes(before)
    missing = [f"no French for: {entry.msgid}" for entry in catalogue.untranslated_entries()]
    doubtful = [f"fuzzy, look again: {entry.msgid}" for entry in catalogue.fuzzy_entries()]
    unelided = [
        f"turn it, the name may begin with a vowel: {text}"
        for entry in catalogue
        for text in (entry.msgstr, *entry.msgstr_plural.values())
        if is_unelided(text)
    ]
    return missing + doubtful + unelided


def is_unelided(french: str) -> bool:
    """Whether a name follows a word that loses its vowel before another."""
    return bool(_ELIDED.search(french))


def main(arguments: list[str]) -> int:
    """`check`, `update` or `compile`."""
    if arguments == ["compile"]:
        compile_catalogue()
    elif arguments == ["update"]:
        gather()
    else:
        found = faults()
        print("\n".join(found))
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
