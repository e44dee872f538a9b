"""The kit: what the vault holds, sealed for the break-glass key, as one JSON file that is copied where the holders find it."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from essaim import age

FORMAT = "essaim break-glass kit 1"


class KitError(ValueError):
    """A file that is no kit, or of another key. The message is for people."""


class Entry(NamedTuple):
    """One secret of the kit, opened."""

    name: str
    folder: str
    login: str
    url: str
    note: str
    version: int
    value: str

    def __repr__(self) -> str:
        return f"Entry({self.name}, ***)"


def written(*, house: str, at: str, recipient: str, locked: str, secrets: list[dict[str, Any]], **doors: Any) -> str:
    """A kit as text. `locked`: the key, under the secret that is split; `secrets`: name, folder, login, url, note, version, sealed;
    `doors`: what `essaim.break_glass.entry` needs to find machines and to know them.
    """
    whole = {"format": FORMAT, "house": house, "at": at, "recipient": recipient, "locked": locked, "secrets": secrets}
    whole |= doors
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Any]:
    """A kit's file; its secrets are still sealed.

    Raises:
        KitError.
    """
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as wrong:
        raise KitError(f"{path} cannot be read: {wrong}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("secrets"), list):
        raise KitError(f"{path} is not a kit of this version")
    return found


def unlocked(kit: dict[str, Any], secret: str) -> str:
    """The key that the secret of two sheets opens.

    Raises:
        KitError: the kit is for another key.
    """
    try:
        return age.unlock(str(kit.get("locked", "")), secret)
    except age.AgeError:
        raise KitError(
            "these sheets are of another key than the kit: look for sheets and a kit of the same day"
        ) from None


def opened(kit: dict[str, Any], key: str) -> tuple[list[Entry], list[str]]:
    """What the key opens, and the names of what it does not (sealed for an older key, or damaged)."""
    entries, closed = [], []
    for one in kit["secrets"]:
        told = {name: str(one.get(name, "")) for name in ("name", "folder", "login", "url", "note")}
        try:
            value = age.unseal(str(one.get("sealed", "")), key)
        except age.AgeError:
            closed.append(told["name"])
            continue
        entries.append(Entry(**told, version=int(one.get("version", 0)), value=value))
    return entries, closed
