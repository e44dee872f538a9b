"""The part of a site's record that says what its client chose of names and paths: `machine_files/lua/rules.lua` reads it."""

import ipaddress
from collections.abc import Iterable

from essaim.agent.errors import PermanentError
from essaim.contract import Site
from essaim.contract.rule_bounds import odd_maintenance, odd_rules
from essaim.contract.rules import Allowed, Maintenance, Protected, Redirect, Rules

Part = dict[str, object]


def refuse_odd(spec: Site) -> None:
    """What no manager of this contract asks for, and nginx must not read.

    Raises:
        PermanentError: `site.rules_refused`.
    """
    odd = next(odd_rules(spec.rules), None)
    if odd is None and spec.maintenance is not None:
        odd = next(odd_maintenance(spec.maintenance), None)
    if odd is not None:
        raise PermanentError(
            "site.rules_refused",
            f"A rule of {spec.fqdn} cannot be: {odd.code}.",
            "Report a fault of the manager.",
            facts={"fqdn": str(spec.fqdn), "rule": odd.code},
        )


def part(spec: Site) -> Part:
    """The words of the record. A suspended site says that it is, and nothing else."""
    if spec.suspended:
        return {}
    rules = spec.rules
    found: Part = {
        "absent": rules.absent,
        "redirects": [_redirect(one) for one in rules.redirects],
        "protected": [_protected(one) for one in rules.protected],
        "allowed": [_allowed(one) for one in rules.allowed],
        "canonical": str(rules.canonical or ""),
        "leaving": _leaving(rules),
        "maintenance": _maintenance(spec.maintenance) if spec.maintenance else None,
    }
    if rules.elsewhere is not None:
        to = rules.elsewhere
        found["elsewhere"] = {"target": to.target, "status": to.status, "keep": to.keep_path}
    return {name: value for name, value in found.items() if value}


def _redirect(one: Redirect) -> Part:
    return {
        "from": one.path.rstrip("/") or ("" if one.below else "/"),
        "below": one.below,
        "to": one.target,
        "status": one.status,
        "query": one.keep_query,
    }


def _folder(path: str) -> str:
    """As Lua compares it: lower case as nginx' `string.lower` makes it (ASCII alone), empty for the whole site."""
    return "" if path == "/" else path.encode().lower().decode()


def _protected(one: Protected) -> Part:
    realm = "" if one.path == "/" else one.path
    return {
        "path": _folder(one.path),
        "realm": "".join(letter for letter in realm if letter.isascii() and letter not in '"\\'),
        "users": one.users,
    }


def _allowed(one: Allowed) -> Part:
    return {"path": _folder(one.path), "networks": _networks(one.networks)}


def _networks(networks: Iterable[str]) -> list[tuple[str, int]]:
    parsed = (ipaddress.ip_network(text) for text in networks)
    return [(network.network_address.packed.hex(), network.prefixlen) for network in parsed]


def _leaving(rules: Rules) -> Part:
    found: Part = {"headers": [(header.name, header.value) for header in rules.headers], "cache": rules.cache}
    if rules.hsts is not None:
        also = "; includeSubDomains" if rules.hsts.subdomains else ""
        found["hsts"] = f"max-age={rules.hsts.max_age_s}{also}"
    return {name: value for name, value in found.items() if value}


def _maintenance(maintenance: Maintenance) -> Part:
    found: Part = {
        "on": True,
        "sentence": maintenance.sentence,
        "until": maintenance.until,
        "back": maintenance.until_local,
        "key": maintenance.key,
        "networks": _networks(maintenance.networks),
    }
    return {name: value for name, value in found.items() if value}
