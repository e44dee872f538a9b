"""What a client chooses of how a site's names and paths answer, and that it is being worked on."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from msgspec.structs import replace

from essaim.contract.rules import Maintenance, Protected, Rules
from essaim.manager.hosting import wishes
from essaim.manager.hosting.actions.locks import lock_site, record_about
from essaim.manager.hosting.actions.sites import new_id
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.rule_errors import NothingToPutBack, RuleUntil
from essaim.manager.hosting.rule_words import changed_parts
from essaim.manager.hosting.rules import (
    as_row,
    checked,
    checked_maintenance,
    hashed,
    maintenance_of,
    rules_of,
    tidied,
    tidy_path,
)
from essaim.manager.people.models import Person


@transaction.atomic
def change_rules(site: Site, *, by: Person | None, change: Callable[[Rules], Rules]) -> Site:
    """Have the site's rules as `change` makes them of those that it has. What was there is kept for one step back.

    Raises:
        RuleRefused, SiteNotActive: it is closed; NotAllowed.
    """
    site = _locked(site, by)
    before = rules_of(site)
    return _put(site, before, checked(tidied(change(before)), site), by)


def _locked(site: Site, by: Person | None) -> Site:
    site = lock_site(site, by)
    if site.state == Site.State.CLOSED:
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    return site


def _put(site: Site, before: Rules, after: Rules, by: Person | None) -> Site:
    if before == after:
        return site
    site.rules_before, site.rules = site.rules, as_row(after)
    site.save(update_fields=["rules", "rules_before"])
    wishes.wish(site, record_about(site, "hosting.rules_changed", by=by, rules=changed_parts(before, after)))
    return site


@transaction.atomic
def put_rules_back(site: Site, *, by: Person | None) -> Site:
    """Have the rules that the site had before their last change; those of now are then the ones to put back.

    Raises:
        NothingToPutBack; and as `change_rules`.
    """
    site = _locked(site, by)
    if site.rules_before is None:
        raise NothingToPutBack(name=str(site))
    before = rules_of(site)
    site.rules, former = site.rules_before, site.rules
    after = checked(rules_of(site), site)
    site.rules = former
    return _put(site, before, after, by)


def protect(site: Site, *, by: Person | None, path: str, user: str, password: str) -> Site:
    """Have a folder of the site ask for a name and password; whoever has one there already keeps it.

    Raises:
        RulePassword; and as `change_rules`.
    """
    folder, kept = tidy_path(path), hashed(password, user=user)

    def change(before: Rules) -> Rules:
        users = {**_users(before, folder), user.strip(): kept}
        others = tuple(one for one in before.protected if one.path != folder)
        return replace(before, protected=(*others, Protected(path=folder, users=users)))

    return change_rules(site, by=by, change=change)


def unprotect(site: Site, *, by: Person | None, path: str, user: str) -> Site:
    """Take one person's password for a folder away; with the last one the folder is open."""

    def change(before: Rules) -> Rules:
        users = {name: kept for name, kept in _users(before, path).items() if name != user}
        others = tuple(one for one in before.protected if one.path != path)
        return replace(before, protected=(*others, Protected(path=path, users=users)) if users else others)

    return change_rules(site, by=by, change=change)


def _users(rules: Rules, path: str) -> dict[str, str]:
    return next((folder.users for folder in rules.protected if folder.path == path), {})


@transaction.atomic
def begin_maintenance(
    site: Site,
    *,
    by: Person | None,
    sentence: str = "",
    until: datetime | None = None,
    networks: Iterable[str] = (),
    is_link_new: bool = False,
) -> Site:
    """Visitors are told that the site is being worked on, but for those of `networks` and those who bring its secret link. Asked again,
    it changes what they are told; the link stays unless `is_link_new`.

    Raises:
        RuleRefused, SiteNotActive, NotAllowed.
    """
    site = _locked(site, by)
    before = maintenance_of(site)
    if until is not None and until <= timezone.now():
        raise RuleUntil(part="until", until=f"{timezone.localtime(until):%Y-%m-%d %H:%M}")
    wanted = checked_maintenance(
        Maintenance(
            sentence=sentence.strip().replace("\r\n", "\n"),
            until=int(until.timestamp()) if until else 0,
            until_local=f"{timezone.localtime(until):%Y-%m-%d %H:%M %Z}" if until else "",
            key=new_id() if before is None or is_link_new else before.key,
            networks=tuple(networks),
        )
    )
    if before == wanted:
        return site
    site.maintenance = as_row(wanted)
    site.save(update_fields=["maintenance"])
    code = "hosting.maintenance_changed" if before else "hosting.maintenance_begun"
    wishes.wish(site, record_about(site, code, by=by, sentence=wanted.sentence, until=wanted.until_local))
    return site


@transaction.atomic
def end_maintenance(site: Site, *, by: Person | None) -> Site:
    """Visitors see the site again. Where it is in no maintenance, nothing is changed."""
    site = _locked(site, by)
    if not site.maintenance:
        return site
    site.maintenance = None
    site.save(update_fields=["maintenance"])
    wishes.wish(site, record_about(site, "hosting.maintenance_ended", by=by))
    return site
