"""A site's rules: from the row to the contract and back, and what is refused of them. No row is changed here."""

import hashlib
import ipaddress
import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace

from essaim import contract
from essaim.contract.rule_bounds import odd_maintenance, odd_networks, odd_rules
from essaim.contract.rules import GONE, NO_FILE, Elsewhere, Maintenance, Redirect, Rules
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.rule_errors import (
    CanonicalUnknown,
    ElsewhereIsItself,
    HstsWithoutHttps,
    RedirectLoop,
    RedirectTwice,
    RuleFolderTwice,
    RulePassword,
    refusal_of,
)

PASSWORD_LEAST, PASSWORD_MOST = 10, 200
ITERATIONS = 20_000
"""Of PBKDF2 with SHA-512: some ten milliseconds of a web machine's worker, which serves nobody meanwhile. So passwords are not short."""
KEPT = ""
"""Given for a user's password: the one that there is."""
LONGEST_WAY = 10
"""So many redirects a browser follows, at the least."""


def rules_of(site: Site) -> Rules:
    """The rules that a site has."""
    return contract.decode(json.dumps(site.rules), Rules)


def maintenance_of(site: Site) -> Maintenance | None:
    """The maintenance that a site is in; None: it is in none."""
    return contract.decode(json.dumps(site.maintenance), Maintenance) if site.maintenance else None


def as_row(part: Rules | Maintenance) -> dict[str, Any]:
    """What stands in the row: what is as usual is left out."""
    kept: dict[str, Any] = json.loads(contract.encode(part))
    return kept


def rules_served(site: Site) -> Rules:
    """The rules as its machine is to have them: a canonical name that is the site's no longer leads nobody there."""
    rules = rules_of(site)
    if rules.canonical is None or rules.canonical in names_of(site):
        return rules
    return replace(rules, canonical=None)


def names_of(site: Site) -> list[str]:
    """The names of the site that can be its own, the first one before all."""
    return [site.fqdn, *(alias.fqdn for alias in site.aliases.all() if not alias.is_wildcard)]


def parse_rules(given: Mapping[str, Any], site: Site) -> Rules:
    """Rules as they come from outside: paths and networks as people write them, passwords in place of hashes.

    Raises:
        RuleRefused: as the class that says why; ContractError: not of their shape.
    """
    before = {folder.path: folder.users for folder in rules_of(site).protected}
    folders = [
        {**folder, "users": _hashes(folder.get("users", {}), before.get(tidy_path(folder["path"]), {}), at)}
        for at, folder in enumerate(given.get("protected", ()), 1)
    ]
    rules = contract.decode(json.dumps({**given, "protected": folders}), Rules)
    return checked(tidied(rules), site)


def _hashes(users: Mapping[str, str], before: Mapping[str, str], at: int) -> dict[str, str]:
    """The hash of each password; `KEPT` keeps the one that there is."""
    return {
        user: before[user] if password == KEPT and user in before else hashed(password, user=user, at=at)
        for user, password in users.items()
    }


def hashed(password: str, *, user: str, at: int = 0) -> str:
    """What a machine checks the password by.

    Raises:
        RulePassword.
    """
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST or not password.isprintable():
        raise RulePassword(part="protected", at=at, user=user[:60], least=PASSWORD_LEAST, most=PASSWORD_MOST)
    salt = secrets.token_bytes(16)
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, 32)
    return f"pbkdf2-sha512${ITERATIONS}${salt.hex()}${made.hex()}"


def leading_to(address: str) -> Rules:
    """Rules of a site that has no content: every visitor is led to `address` for good, with what follows the name."""
    return Rules(elsewhere=Elsewhere(target=address.strip().rstrip("/")))


def tidied(rules: Rules) -> Rules:
    """The same as a machine takes it: paths decoded, networks by their first address."""
    return replace(
        rules,
        absent=rules.absent if rules.absent in ("", NO_FILE) else tidy_path(rules.absent),
        redirects=tuple(replace(redirect, path=_path_of(redirect)) for redirect in rules.redirects),
        protected=tuple(replace(folder, path=tidy_path(folder.path)) for folder in rules.protected),
        allowed=tuple(
            replace(some, path=tidy_path(some.path), networks=tidy_networks(some.networks)) for some in rules.allowed
        ),
    )


def _path_of(redirect: Redirect) -> str:
    path = tidy_path(redirect.path)
    return "" if redirect.below and path == "/" else path


def tidy_path(text: str) -> str:
    """A path as nginx has it: decoded, from a slash on, with none at its end."""
    path = unquote(text.strip(), errors="replace")
    return path.rstrip("/") or "/" if path.startswith("/") else path


def tidy_networks(given: Iterable[str]) -> tuple[str, ...]:
    """Each once, by its first address; what is none stays as it was typed, to be refused."""
    return tuple(dict.fromkeys(_tidy_network(text.strip()) for text in given if text.strip()))


def _tidy_network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return text
    return str(network.network_address if network.num_addresses == 1 else network)


def checked(rules: Rules, site: Site) -> Rules:
    """`rules`, if `site` may have them.

    Raises:
        RuleRefused: the first thing that is refused, as the class that says why.
    """
    for odd in odd_rules(rules):
        raise refusal_of(odd)
    _refuse_twice(rules)
    _refuse_circles(rules, site)
    before = rules_of(site)
    if (
        rules.hsts is not None
        and rules.hsts != before.hsts
        and rules.hsts.max_age_s > 0
        and site.https != Site.Https.LIVE
    ):
        raise HstsWithoutHttps(part="hsts", name=str(site))
    names = names_of(site)
    if rules.canonical is not None and rules.canonical != before.canonical and rules.canonical not in names:
        raise CanonicalUnknown(part="canonical", name=str(rules.canonical), names=", ".join(names))
    return rules


def _refuse_twice(rules: Rules) -> None:
    seen: set[tuple[str, bool]] = set()
    for at, one in enumerate(rules.redirects, 1):
        if (one.path, one.below) in seen:
            raise RedirectTwice(part="redirects", at=at, path=one.path or "/*")
        seen.add((one.path, one.below))
    _refuse_folder_twice("protected", [folder.path for folder in rules.protected])
    _refuse_folder_twice("allowed", [folder.path for folder in rules.allowed])


def _refuse_folder_twice(part: str, paths: list[str]) -> None:
    for at, path in enumerate(paths, 1):
        if path in paths[: at - 1]:
            raise RuleFolderTwice(part=part, at=at, path=path)


def _refuse_circles(rules: Rules, site: Site) -> None:
    names = set(names_of(site))
    for at, redirect in enumerate(rules.redirects, 1):
        if redirect.status != GONE:
            way = _way(redirect.path + ("/x" if redirect.below else ""), rules.redirects, names)
            if way[-1] in way[:-1] or len(way) > LONGEST_WAY:
                raise RedirectLoop(part="redirects", at=at, path=redirect.path or "/", way=" → ".join(way[:6]))
    if rules.elsewhere is not None:
        _refuse_way_back(rules, site)


def _way(path: str, redirects: tuple[Redirect, ...], names: set[str]) -> list[str]:
    """Where a visitor of `path` comes through, as long as it is this site; a step that is there twice is the last."""
    way = [path]
    while len(way) <= LONGEST_WAY:
        followed = next((to for one in redirects if (to := _followed(one, way[-1], names)) is not None), None)
        if followed is None:
            break
        way.append(followed)
        if followed in way[:-1]:
            break
    return way


def _followed(redirect: Redirect, path: str, names: set[str]) -> str | None:
    """The path of this site that `path` leads to by `redirect`; None: it does not, or leads away."""
    folder = redirect.path
    if redirect.below and (path == folder or path.startswith(f"{folder}/")):
        rest = path[len(folder) + 1 :]
    elif not redirect.below and path.rstrip("/") == folder.rstrip("/"):
        rest = ""
    else:
        return None
    if redirect.status == GONE:
        return None
    target = redirect.target[:-1] + rest if redirect.target.endswith("*") else redirect.target
    address = urlsplit(target)
    if address.netloc and (address.hostname or "") not in names:
        return None
    return unquote(address.path) or "/"


def _refuse_way_back(rules: Rules, site: Site) -> None:
    """A name that redirects leads to an address that answers: not to itself, by itself or through others of the house."""
    own, way, target = set(names_of(site)), [site.fqdn], rules.elsewhere.target if rules.elsewhere else ""
    while target and len(way) <= LONGEST_WAY:
        host = (urlsplit(target).hostname or "").rstrip(".")
        way.append(host)
        if host in own:
            raise ElsewhereIsItself(part="elsewhere", name=str(site), way=" → ".join(way))
        next_one = Site.objects.filter(taken_names__fqdn=host).first()
        further = rules_of(next_one).elsewhere if next_one else None
        target = further.target if further else ""


def checked_maintenance(maintenance: Maintenance) -> Maintenance:
    """`maintenance`, if it can be.

    Raises:
        RuleRefused.
    """
    tidy = replace(maintenance, networks=tidy_networks(maintenance.networks))
    for odd in odd_maintenance(tidy):
        raise refusal_of(odd)
    return tidy


def lets_in(networks: Iterable[str], address: str) -> bool:
    """Whether `address` is of one of `networks`."""
    try:
        own = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(own in ipaddress.ip_network(text, strict=False) for text in networks if not list(odd_networks([text])))
