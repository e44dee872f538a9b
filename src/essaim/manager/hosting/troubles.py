"""What keeps a site's engine from answering, as its machine tells: kept until it is mended, and told once in the story."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from essaim.contract import EngineTrouble, EngineTroubles
from essaim.manager.fleet import story
from essaim.manager.fleet.models import Machine
from essaim.manager.fleet.sentences import advice_of, sentence_of
from essaim.manager.hosting.models import Site

MOST = 10


class Trouble(NamedTuple):
    """One trouble, in the reader's language."""

    code: str
    said: str
    advised: str
    at: datetime


def take_in(machine: Machine, message: EngineTroubles) -> None:
    """Keep what `machine` tells of one of its sites; what is new stands in the story, and that all is mended."""
    sites = Site.objects.select_for_update(of=("self",))
    site = sites.filter(fqdn=message.fqdn, account__machine=machine).first()
    if site is None:
        return
    known = {_key(kept["code"], kept["facts"]) for kept in site.engine_troubles}
    told = message.troubles[:MOST]
    site.engine_troubles = [_kept(trouble) for trouble in told]
    site.save(update_fields=["engine_troubles"])
    for trouble in told:
        if _key(trouble.code, trouble.facts) not in known:
            _tell(site, machine, trouble)
    if known and not told:
        story.tell("engine", site.fqdn, story.What.MENDED, machine=machine.name)


def _tell(site: Site, machine: Machine, trouble: EngineTrouble) -> None:
    story.tell(
        "engine",
        site.fqdn,
        story.What.FAILED,
        machine=machine.name,
        code=trouble.code,
        sentence=trouble.sentence,
        advice=trouble.advice,
        facts=dict(trouble.facts),
    )


def _key(code: str, facts: Mapping[str, object]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return code, tuple(sorted((name, str(fact)) for name, fact in facts.items()))


def _kept(trouble: EngineTrouble) -> dict[str, Any]:
    return {
        "code": trouble.code,
        "facts": dict(trouble.facts),
        "sentence": trouble.sentence,
        "advice": trouble.advice,
        "at": trouble.at,
    }


def troubles_of(site: Site) -> list[Trouble]:
    """What is the matter now, the first seen first."""
    return [
        Trouble(
            code=kept["code"],
            said=sentence_of(kept["code"], kept["facts"], kept["sentence"]),
            advised=advice_of(kept["code"], kept["facts"], kept["advice"]),
            at=datetime.fromtimestamp(kept["at"], UTC),
        )
        for kept in site.engine_troubles
    ]
