"""What answers for a site's files: which engines its machine has, and what its files ask for. No row is changed here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting.engine_errors import EngineMissing, EngineUnknown
from essaim.manager.hosting.models import Site

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

CHOSEN = (Site.Engine.NGINX, Site.Engine.APACHE)
"""Those that a client chooses among."""
CHOICES: dict[str, "str | StrPromise"] = {
    Site.Engine.NGINX: _("nginx alone: the quickest; .htaccess files are not read"),
    Site.Engine.APACHE: _("Apache behind nginx: follows the .htaccess files of the site"),
}


class Hint(NamedTuple):
    """What the machine saw when it last looked at the site's `.htaccess` files."""

    files: int
    needs: tuple[str, ...]
    """Directives that nginx alone does not follow."""
    where: str
    """The first file with one, as the site names it."""
    of_php: bool
    """Settings of PHP stand there, which Apache refuses here."""
    at: datetime | None

    @property
    def names(self) -> str:
        """The directives in one text."""
        return ", ".join(self.needs)


def engines_of(machines: Iterable[Machine]) -> tuple[str, ...]:
    """What can be chosen where at least one of `machines` has it, in order."""
    said = {engine for machine in machines for engine in machine.engines}
    return tuple(engine for engine in CHOSEN if engine in said | {Site.Engine.NGINX})


def parse_engine(text: str, machine: Machine) -> str:
    """An engine that `machine` has.

    Raises:
        EngineUnknown: no engine's name; EngineMissing: not on this machine.
    """
    engine = text.strip().lower()
    if engine not in CHOSEN:
        raise EngineUnknown(engine=text[:20], offered=", ".join(engines_of([machine])))
    if engine not in engines_of([machine]):
        raise EngineMissing(engine=Site.Engine(engine).label, machine=machine.name)
    return engine


def hint_of(wishes: Mapping[str, Wanted]) -> Hint | None:
    """What was last seen of the site whose newest wishes these are, by kind; None: nobody has looked yet."""
    looks = [wish for kind in ("site", "content") if (wish := wishes.get(kind)) and "htaccess" in wish.facts]
    if not looks:
        return None
    newest = max(looks, key=lambda wish: wish.applied_at.timestamp() if wish.applied_at else 0.0)
    facts = newest.facts
    return Hint(
        files=int(facts["htaccess"]),
        needs=tuple(str(facts.get("htaccess_needs", "")).split()),
        where=str(facts.get("htaccess_where", "")),
        of_php=bool(facts.get("htaccess_php")),
        at=newest.applied_at,
    )
