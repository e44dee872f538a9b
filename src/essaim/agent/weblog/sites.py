"""Whose a name is, as nginx finds it: the links that the agent made. Remembered for a minute, as many names as there may be sites."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from essaim.contract import Fqdn, Login, NameRefused

_STEP = re.compile(r"[a-z0-9][a-z0-9.-]*\.[a-z0-9-]*[a-z0-9]")
KEPT_S = 60.0
MOST = 50_000


@dataclass(frozen=True, slots=True)
class Owned:
    """A site, and the account it is in."""

    fqdn: str
    login: str


class Sites:
    """Names and aliases of this machine's sites."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Owned | None] = {}
        self._since = time.monotonic()

    def find(self, name: str) -> Owned | None:
        """The site that answers to `name`; None: none does."""
        if time.monotonic() - self._since > KEPT_S or len(self._known) > MOST:
            self._known.clear()
            self._since = time.monotonic()
        if name not in self._known:
            self._known[name] = self._look(name)
        return self._known[name]

    def _look(self, name: str) -> Owned | None:
        if not _STEP.fullmatch(name):
            return None
        links = self._folder / name
        try:
            fqdn = links.readlink().name if links.is_symlink() else name
            content = (self._folder / fqdn / "content").readlink()
            return Owned(Fqdn(fqdn), Login(content.parent.parent.name))
        except (OSError, NameRefused):
            return None
