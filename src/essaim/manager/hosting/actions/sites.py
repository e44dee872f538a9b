"""What can happen to a site, but for its being served or not: order, change, prove."""

import base64
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from essaim.contract.php import DEFAULT
from essaim.manager.hosting import claims, wishes
from essaim.manager.hosting.actions.certificates import parse_tls
from essaim.manager.hosting.actions.locks import lock_account, lock_site, record_about, require_active
from essaim.manager.hosting.actions.offers import require_room
from essaim.manager.hosting.engines import parse_engine
from essaim.manager.hosting.errors import AliasesTooMany, NoProber, SiteNotActive
from essaim.manager.hosting.models import Account, Alias, Site
from essaim.manager.hosting.names import ParsedName, parse_alias, parse_name
from essaim.manager.hosting.php import USUAL, parse_php, parse_settings
from essaim.manager.hosting.php_models import end_trial
from essaim.manager.hosting.rules import as_row, checked, leading_to
from essaim.manager.hosting.served import parse_docroot
from essaim.manager.people.models import Person

ALIASES_MAX = 50


def create_site(
    *,
    account: Account,
    name: str,
    by: Person | None,
    aliases: Iterable[str] = (),
    docroot: str = "",
    php: str = DEFAULT,
    engine: str = Site.Engine.NGINX,
    https_only: bool = True,
    elsewhere: str = "",
) -> Site:
    """Order a site: from here it goes by itself until it is proved from outside. `elsewhere`: it has no content and leads every visitor
    to that address, with what follows the name.

    Raises:
        NotAllowed, AccountNotActive; every refusal of `names.parse_name` and `claims.require_free`; AliasesTooMany,
        DocrootMalformed, PhpUnknown, EngineUnknown, EngineMissing, SitesTooMany; RuleRefused: of `elsewhere`.
    """
    parsed = parse_name(name)
    others = _parse_aliases(aliases, parsed.fqdn)
    docroot = parse_docroot(docroot)
    with transaction.atomic():
        account = lock_account(account, by)
        php = parse_php(php, account.machine)
        engine = parse_engine(engine, account.machine)
        require_active(account)
        require_room(account)
        claims.require_free([parsed, *others], client=account.client, by=by)
        site = Site.objects.create(
            account=account,
            fqdn=parsed.fqdn,
            name_unicode=parsed.unicode,
            docroot=docroot,
            php=php,
            engine=engine,
            https_only=https_only,
            proof=new_id(),
        )
        _add_names(site, [parsed, *others])
        facts: dict[str, Any] = {"elsewhere": elsewhere.strip()} if elsewhere.strip() else {}
        if facts:
            site.rules = as_row(checked(leading_to(elsewhere), site))
            site.save(update_fields=["rules"])
        aliases_given = [alias.fqdn for alias in others]
        line = record_about(site, "hosting.site_created", by=by, aliases=aliases_given, php=php, **facts)
        wishes.wish(site, line)
    return site


def new_id() -> str:
    """26 of a-z2-7: 130 random bits, safe in a path, a subject and a URL."""
    return base64.b32encode(secrets.token_bytes(17))[:26].decode().lower()


def _parse_aliases(aliases: Iterable[str], fqdn: str) -> list[ParsedName]:
    """The other names, each once and none the site's own, in the order given."""
    parsed = {name.fqdn: name for name in map(parse_alias, filter(str.strip, aliases))}
    parsed.pop(fqdn, None)
    if len(parsed) > ALIASES_MAX:
        raise AliasesTooMany(most=ALIASES_MAX)
    return list(parsed.values())


def _add_names(site: Site, names: list[ParsedName]) -> None:
    claims.take(site, names)
    others = [name for name in names if name.fqdn != site.fqdn]
    Alias.objects.bulk_create(Alias(site=site, fqdn=name.fqdn, name_unicode=name.unicode) for name in others)


@transaction.atomic
def change_site(
    site: Site,
    *,
    by: Person | None,
    aliases: Iterable[str] | None = None,
    docroot: str | None = None,
    php: str | None = None,
    php_settings: Mapping[str, str] | None = None,
    engine: str | None = None,
    https_only: bool | None = None,
    tls: str | None = None,
) -> Site:
    """Serve the site otherwise. What is None stays; `aliases` are all of them, not those to add. Of `php_settings`, what is
    not named stays, and an empty text gives a setting up for the usual.

    Raises:
        SiteNotActive: it is closed; PhpSettingRefused, TlsProfileUnknown; and as `create_site`.
    """
    site = lock_site(site, by)
    if site.state == Site.State.CLOSED:
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    wished: dict[str, object] = {"https_only": https_only}
    wished["docroot"] = None if docroot is None else parse_docroot(docroot)
    wished["tls"] = None if tls is None else parse_tls(tls)
    changed: dict[str, Any] = {
        name: value for name, value in wished.items() if value is not None and getattr(site, name) != value
    }
    for name, value in changed.items():
        setattr(site, name, value)
    if aliases is not None:
        changed |= _change_aliases(site, _parse_aliases(aliases, site.fqdn), by)
    changed |= _change_php(site, php, php_settings or {})
    changed |= _change_engine(site, engine)
    if not changed:
        return site
    fields = [
        "https_only",
        "docroot",
        "php",
        "php_before",
        "php_settings",
        "php_preview",
        "tls",
        "engine",
        "engine_before",
    ]
    site.save(update_fields=fields)
    wishes.wish(site, record_about(site, "hosting.site_changed", by=by, **changed))
    return site


def _change_php(site: Site, version: str | None, given: Mapping[str, str]) -> dict[str, Any]:
    """Set the site's PHP; what it was before and is now, of what is changed."""
    changed: dict[str, Any] = {}
    if version is not None and version.strip() != site.php:
        was, site.php = site.php, parse_php(version, site.account.machine)
        changed = {"php": site.php, "php_before": was}
        site.php_before = "" if site.php == site.php_before else was
        end_trial(site)  # what was tried is chosen, or something else is
    before, after = site.php_settings, parse_settings(given, site.php_settings, site.account.offer)
    if before != after:
        names = sorted({*before, *after})
        changed["php_settings"] = {n: after.get(n, USUAL) for n in names if before.get(n) != after.get(n)}
        site.php_settings = after
    return changed


def _change_engine(site: Site, engine: str | None) -> dict[str, Any]:
    """Set what answers for the site; what did before and does now, if it is another."""
    if engine is None or engine.strip() == site.engine:
        return {}
    was, site.engine = site.engine, parse_engine(engine, site.account.machine)
    site.engine_before = "" if site.engine == site.engine_before else was
    return {"engine": site.engine, "engine_before": was}


@transaction.atomic
def put_php_back(site: Site, *, by: Person | None) -> Site:
    """Serve the site with the PHP version that it had before the last change. Where none was changed, nothing is.

    Raises:
        SiteNotActive, NotAllowed; PhpUnknown: its machine has that version no longer.
    """
    site = lock_site(site, by)
    return change_site(site, by=by, php=site.php_before) if site.php_before else site


def _change_aliases(site: Site, aliases: list[ParsedName], by: Person | None) -> dict[str, Any]:
    before = {alias.fqdn for alias in site.aliases.all()}
    wished = {alias.fqdn for alias in aliases}
    if before == wished:
        return {}
    added = [alias for alias in aliases if alias.fqdn not in before]
    claims.require_free(added, client=site.account.client, by=by)
    gone = before - wished
    site.aliases.filter(fqdn__in=gone).delete()
    site.taken_names.filter(fqdn__in=gone).delete()
    _add_names(site, added)
    return {"aliases_added": sorted(wished - before), "aliases_removed": sorted(gone)}


@transaction.atomic
def prove_again(site: Site, *, by: Person | None) -> Site:
    """Look at the site from outside now. While the machine is still at work the proof comes by itself.

    Raises:
        NoProber, NotAllowed.
    """
    site = lock_site(site, by)
    wanted = wishes.wish_of(site, "site")
    if wanted is None or not wanted.is_current:
        return site
    if not wishes.ask_for_proof(site, wanted, again=True):
        raise NoProber
    record_about(site, "hosting.site_proof_asked", by=by)
    return site
