"""A site's record for nginx, `front.json`: what it has beyond files and PHP. Its words are those that `machine_files/lua` reads.

Most sites have nothing, and no record. Each part of the record comes from one function of `_PARTS`, and is read by one step of
`front.lua`.
"""

import json
from collections.abc import Callable

from essaim.agent.engines import rules
from essaim.contract import Site, Way

Part = dict[str, object]


def record(spec: Site) -> str:
    """The text of `front.json`; empty: the site needs none."""
    found: Part = {}
    for part in _PARTS:
        found |= part(spec)
    return json.dumps(found, sort_keys=True, separators=(",", ":")) + "\n" if found else ""


def _engine(spec: Site) -> Part:
    """Of a suspended site none: nginx tells its visitors that it is."""
    if spec.engine == "nginx" or spec.suspended:
        return {}
    return {"engine": spec.engine, "account": spec.account} if spec.engine == "apache" else {"engine": spec.engine}


def _limits(spec: Site) -> Part:
    return {} if spec.limits == 1 else {"limits": spec.limits}


def _shield(spec: Site) -> Part:
    """A suspended site says that it is; there is nothing to shield."""
    if spec.shield is None or spec.suspended:
        return {}
    raised: Part = {"level": spec.shield.level}
    if spec.shield.until is not None:
        raised["until"] = spec.shield.until
    if spec.shield.except_:
        raised["except"] = [_way(way) for way in spec.shield.except_]
    return {"shield": raised}


def _way(way: Way) -> Part:
    return {"path": way.path, "methods": " ".join(way.methods)} if way.methods else {"path": way.path}


_PARTS: tuple[Callable[[Site], Part], ...] = (_engine, _limits, _shield, rules.part)
