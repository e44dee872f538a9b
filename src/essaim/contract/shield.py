"""What a site's people want while it is flooded, and what a machine counted of floods."""

import re
from typing import Literal

import msgspec

from essaim.contract.names import Fqdn

Level = Literal["calm", "checked"]
"""`calm`: every visitor gets much less than usual. `checked`: besides, who comes first is sent round by a page that sets a cookie."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WAYS_MAX = 20
"""Most ways that a shield may leave out."""
TIMES_MAX = 1000
"""Most times the usual limits that a site may have."""
SITES_MAX = 200
"""Most sites in one message: the ones with the most."""

_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/-]{0,199}")


class Way(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Requests that a shield leaves out: programs that keep no cookies."""

    path: str
    """How the path begins, decoded: `/api/`."""
    methods: tuple[str, ...] = ()
    """Of `METHODS`; empty: all."""

    @classmethod
    def read(cls, text: str) -> "Way":
        """As people write it: `/api/`, `POST /webhook`, `GET,HEAD /feed`.

        Raises:
            ValueError: it is none.
        """
        before, _, path = text.strip().rpartition(" ")
        methods = tuple(word.strip().upper() for word in before.split(",")) if before.strip() else ()
        way = cls(path=path, methods=methods)
        if not way.is_sound:
            raise ValueError(text)
        return way

    @property
    def is_sound(self) -> bool:
        """Whether it is one: nothing else reaches a machine's record."""
        steps = self.path.split("/")
        return bool(_PATH.fullmatch(self.path)) and not {".", ".."} & set(steps) and set(self.methods) <= set(METHODS)

    def __str__(self) -> str:
        return f"{','.join(self.methods)} {self.path}".strip()


class Shield(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A raised shield."""

    level: Level
    until: float | None = None
    """Epoch seconds; the machine takes it down by itself. None: until it is taken down."""
    except_: tuple[Way, ...] = msgspec.field(default=(), name="except")


class HeldBack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one site, sums since `Defence.started`."""

    name: Fqdn
    """The name that was asked for: the site's or an alias."""
    limited: int = 0
    """Requests that were answered 429."""
    held: int = 0
    """Requests that a shield answered in the site's place."""
    networks: int = 0
    """Of about so many networks (/24, /48); one that comes back after an hour counts once more."""


class Defence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="defence"):
    """What a machine held back from its sites. Sums: said twice, late or never, they come out right with the next."""

    started: str
    """Names the run of nginx since which is counted: another one counts from nought."""
    at: float
    sites: tuple[HeldBack, ...]
    """Those that moved."""
