"""What can happen to a site: one name with its own content."""

import base64
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.hosting import claims, wishes
from essaim.manager.hosting.errors import (
    AccountNotActive,
    AccountNotFound,
    AliasesTooMany,
    NoProber,
    SiteNotActive,
    SiteNotFound,
    SuspendedByTeam,
)
from essaim.manager.hosting.models import Account, Alias, Site
from essaim.manager.hosting.names import ParsedName, parse_name
from essaim.manager.hosting.served import parse_docroot, parse_php
from essaim.manager.people import rights
from essaim.manager.people.models import Person

ALIASES_MAX = 50


def create_site(
    *,
    account: Account,
    name: str,
    by: Person | None,
    aliases: Iterable[str] = (),
    docroot: str = "",
    php: str = "8.2",
    https_only: bool = True,
) -> Site:
    """Order a site: from here it goes by itself until it is proved from outside.

    Raises:
        NotAllowed, AccountNotActive; every refusal of `names.parse_name` and `claims.require_free`; AliasesTooMany,
        DocrootMalformed, PhpUnknown.
    """
    parsed = parse_name(name)
    others = _parse_aliases(aliases, parsed.fqdn)
    docroot, php = parse_docroot(docroot), parse_php(php)
    with transaction.atomic():
        account = _lock_account(account, by)
        claims.require_free([parsed, *others], client=account.client)
        site = Site.objects.create(
            account=account,
            fqdn=parsed.fqdn,
            name_unicode=parsed.unicode,
            docroot=docroot,
            php=php,
            https_only=https_only,
            proof=new_id(),
        )
        _add_names(site, [parsed, *others])
        line = _record("hosting.site_created", site, by=by, aliases=[alias.fqdn for alias in others], php=php)
        wishes.wish(site, line)
    return site


def new_id() -> str:
    """26 of a-z2-7: 130 random bits, safe in a path, a subject and a URL."""
    return base64.b32encode(secrets.token_bytes(17))[:26].decode().lower()


def _parse_aliases(aliases: Iterable[str], fqdn: str) -> list[ParsedName]:
    """The other names, each once and none the site's own, in the order given."""
    parsed = {name.fqdn: name for name in map(parse_name, filter(str.strip, aliases))}
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
    https_only: bool | None = None,
) -> Site:
    """Serve the site otherwise. What is None stays; `aliases` are all of them, not those to add.

    Raises:
        SiteNotActive: it is closed; and as `create_site`.
    """
    site = lock_site(site, by)
    if site.state == Site.State.CLOSED:
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    wished: dict[str, object] = {"https_only": https_only}
    wished["docroot"] = None if docroot is None else parse_docroot(docroot)
    wished["php"] = None if php is None else parse_php(php)
    changed = {name: value for name, value in wished.items() if value is not None and getattr(site, name) != value}
    for name, value in changed.items():
        setattr(site, name, value)
    if aliases is not None:
        changed |= _change_aliases(site, _parse_aliases(aliases, site.fqdn))
    if not changed:
        return site
    site.save(update_fields=["https_only", "docroot", "php"])
    wishes.wish(site, _record("hosting.site_changed", site, by=by, **changed))
    return site


def _change_aliases(site: Site, aliases: list[ParsedName]) -> dict[str, object]:
    before = {alias.fqdn for alias in site.aliases.all()}
    wished = {alias.fqdn for alias in aliases}
    if before == wished:
        return {}
    added = [alias for alias in aliases if alias.fqdn not in before]
    claims.require_free(added, client=site.account.client)
    gone = before - wished
    site.aliases.filter(fqdn__in=gone).delete()
    site.taken_names.filter(fqdn__in=gone).delete()
    _add_names(site, added)
    return {"aliases_added": sorted(wished - before), "aliases_removed": sorted(gone)}


@transaction.atomic
def suspend_site(site: Site, *, by: Person | None, reason: str) -> Site:
    """Stop serving `site` and keep its files. Suspending a suspended site changes nothing, but the team's reason takes the
    place of the client's own.

    Raises:
        ReasonMissing, NotAllowed, SiteNotActive: it is closed.
    """
    if not reason.strip():
        raise ReasonMissing
    site = lock_site(site, by)
    by_team = by is None or by.is_team
    if site.state == Site.State.SUSPENDED and (site.suspended_by_team or not by_team):
        return site
    if site.state == Site.State.CLOSED:
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    site.state = Site.State.SUSPENDED
    site.suspended_reason, site.suspended_by_team = reason.strip(), by_team
    site.save(update_fields=["state", "suspended_reason", "suspended_by_team"])
    wishes.wish(site, _record("hosting.site_suspended", site, by=by, reason=reason.strip()))
    return site


@transaction.atomic
def resume_site(site: Site, *, by: Person | None) -> Site:
    """Serve a suspended site again.

    Raises:
        SuspendedByTeam, NotAllowed, SiteNotActive: it is closed.
    """
    site = lock_site(site, by)
    if site.state == Site.State.ACTIVE:
        return site
    if site.state == Site.State.CLOSED:
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    _refuse_what_the_team_suspended(site, by)
    site.state, site.suspended_reason, site.suspended_by_team = Site.State.ACTIVE, "", False
    site.save(update_fields=["state", "suspended_reason", "suspended_by_team"])
    wishes.wish(site, _record("hosting.site_resumed", site, by=by))
    return site


@transaction.atomic
def close_site(site: Site, *, by: Person | None, reason: str = "") -> Site:
    """Serve the site no more, keep its files and its name for `CLOSED_KEPT_DAYS`, then erase it."""
    site = lock_site(site, by)
    if site.state == Site.State.CLOSED:
        return site
    site.state, site.closed_at = Site.State.CLOSED, timezone.now()
    site.erase_after = site.closed_at + timedelta(days=settings.CLOSED_KEPT_DAYS)
    site.save(update_fields=["state", "closed_at", "erase_after"])
    wishes.wish(site, _record("hosting.site_closed", site, by=by, reason=reason.strip()))
    return site


@transaction.atomic
def restore_site(site: Site, *, by: Person | None) -> Site:
    """Bring a closed site back as it was; one that was suspended comes back suspended.

    Raises:
        AccountNotActive: its account is closed.
    """
    site = lock_site(site, by)
    if site.state != Site.State.CLOSED:
        return site
    if site.account.state == Account.State.CLOSED:
        raise AccountNotActive(login=site.account.login, state=site.account.get_state_display())
    site.state = Site.State.SUSPENDED if site.suspended_reason else Site.State.ACTIVE
    site.closed_at = site.erase_after = None
    site.save(update_fields=["state", "closed_at", "erase_after"])
    wishes.wish(site, _record("hosting.site_restored", site, by=by))
    return site


@transaction.atomic
def erase_site(site: Site, *, by: Person | None, reason: str = "") -> None:
    """Destroy the site and its files and free its name. Nothing brings it back; the trail and the story stay.

    Raises:
        SuspendedByTeam: a client does not erase what the team suspended.
    """
    site = lock_site(site, by)
    _refuse_what_the_team_suspended(site, by)
    wishes.unwish(site, _record("hosting.site_erased", site, by=by, reason=reason.strip()))
    site.delete()


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
    _record("hosting.site_proof_asked", site, by=by)
    return site


def lock_site(site: Site, by: Person | None) -> Site:
    """The row as it stands now, held until the transaction ends, for a person who may change it."""
    sites = Site.objects.select_for_update(of=("self",)).select_related("account__client", "account__machine")
    locked = sites.filter(pk=site.pk).first()
    if locked is None:
        raise SiteNotFound(fqdn=site.fqdn)
    rights.require_change(by, locked.account.client)
    return locked


def _lock_account(account: Account, by: Person | None) -> Account:
    accounts = Account.objects.select_for_update(of=("self",)).select_related("client", "machine")
    locked = accounts.filter(pk=account.pk).first()
    if locked is None:
        raise AccountNotFound(login=account.login)
    rights.require_change(by, locked.client)
    if locked.state != Account.State.ACTIVE:
        raise AccountNotActive(login=locked.login, state=locked.get_state_display())
    return locked


def _refuse_what_the_team_suspended(site: Site, by: Person | None) -> None:
    if site.suspended_by_team and by is not None and not by.is_team:
        raise SuspendedByTeam(name=site.name_unicode, reason=site.suspended_reason)


def _record(code: str, site: Site, *, by: Person | None, reason: str = "", **facts: object) -> AuditLine:
    about, client = ("site", site.fqdn), site.account.client.slug
    return audit.record(code, by=by, about=about, client=client, reason=reason, account=site.account.login, **facts)
