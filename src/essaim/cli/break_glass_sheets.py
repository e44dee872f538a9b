"""The words of two sheets, from files or typed unseen, and the key that they open. Nothing of the Manager is needed."""

from pathlib import Path
from typing import Any

import click

from essaim.break_glass import kit as kits
from essaim.break_glass import shares
from essaim.cli.errors import Refused

KIT = click.argument("kit", type=click.Path(exists=True, dir_okay=False, path_type=Path))
SHARES = click.option(
    "--share",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a sheet's words; two of them.",
)


def checked(words: str) -> str:
    """The words, if they are a whole sheet.

    Raises:
        Refused.
    """
    try:
        shares.check(words)
    except shares.ShareError as wrong:
        raise Refused(f"Not a sheet: {wrong}.", code="cli.no_share") from None
    return words


def _secret(files: tuple[Path, ...]) -> str:
    """From files of words, or typed unseen."""
    words = [_words_in(file) for file in files]
    while len(words) < shares.THRESHOLD:
        words.append(click.prompt(f"Words of sheet {len(words) + 1} of {shares.THRESHOLD}", hide_input=True, err=True))
    try:
        return shares.join(words)
    except shares.ShareError as wrong:
        raise Refused(f"The key stays closed: {wrong}.", code="cli.not_opened") from None


def _words_in(file: Path) -> str:
    """The words of a sheet as `make` wrote it, or a file of words alone."""
    text = file.read_text()
    if "BREAK-GLASS KEY" not in text:
        return text
    numbered = [line.split() for line in text.splitlines() if line[:3].strip().isdecimal()]
    return " ".join(word for line in numbered for word in line[1:])


def read(kit: Path) -> dict[str, Any]:
    """A kit, still sealed.

    Raises:
        Refused: no kit.
    """
    try:
        return kits.read(kit)
    except kits.KitError as wrong:
        raise Refused(f"{wrong}.", code="cli.no_kit") from None


def key_of(found: dict[str, Any], share: tuple[Path, ...]) -> str:
    """The key of the kit, by two sheets.

    Raises:
        Refused: too few sheets, or of another key.
    """
    try:
        return kits.unlocked(found, _secret(share))
    except kits.KitError as wrong:
        raise Refused(f"{wrong}.", code="cli.no_kit") from None
