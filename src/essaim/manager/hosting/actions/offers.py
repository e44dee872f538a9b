"""What can happen to an offer, and to an account by it. All of it is the team's."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from essaim.contract.php import CEILINGS, SETTINGS
from essaim.contract.php_extensions import EXTENSIONS
from essaim.manager.core import audit
from essaim.manager.fleet import actions as fleet
from essaim.manager.hosting import offer_errors as errors
from essaim.manager.hosting.actions.limits import LIMITS, check_limits
from essaim.manager.hosting.actions.locks import lock_account
from essaim.manager.hosting.models import Account, Offer, Site
from essaim.manager.hosting.offered import usual_offer
from essaim.manager.hosting.wanted import wanted_account
from essaim.manager.people import rights
from essaim.manager.people.models import Person

AT_ONCE = 100
_SLUG = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])", re.ASCII)


@transaction.atomic
def create_offer(*, slug: str, name: str, by: Person | None, **given: Any) -> Offer:
    """A new offer. `given`: as `change_offer` takes it.

    Raises:
        NotAllowed, OfferMalformed, OfferExists; and as `change_offer`.
    """
    rights.require(by, "offers.change")
    slug = slug.strip().lower()
    if not _SLUG.fullmatch(slug):
        raise errors.OfferMalformed(offer=slug[:60])
    if Offer.objects.filter(slug=slug).exists():
        raise errors.OfferExists(offer=slug)
    usual_offer()  # before a first one by hand, the one that all accounts have
    offer = Offer(slug=slug)
    changed = _set(offer, {"name": name, **given})
    offer.save()
    audit.record("hosting.offer_created", by=by, about=("offer", slug), client="", **changed)
    return offer


@transaction.atomic
def change_offer(offer: Offer, *, by: Person | None, **given: Any) -> Offer:
    """Offer something else. What is not given, or None, stays; `sites_max` 0: as many as one likes. `php_ceilings`: those that are named
    change, and an empty or usual value is as usual. `php_extensions`: all that accounts may choose; what one chose and the offer has
    no more is left out of its PHP. Accounts that have it follow by themselves; limits of their own stay.

    Raises:
        NotAllowed, OfferNotFound, OfferNameMissing, LimitRefused, CeilingUnknown, CeilingRefused, OfferedExtensionUnknown; OfferBelowSite: a site has set more than
        a ceiling would let it have.
    """
    rights.require(by, "offers.change")
    locked = Offer.objects.select_for_update().filter(pk=offer.pk).first()
    if locked is None:
        raise errors.OfferNotFound(offer=offer.slug)
    changed = _set(locked, given)
    if not changed:
        return locked
    if "php_ceilings" in changed:
        _require_no_site_above(locked, Site.objects.filter(account__offer=locked))
    locked.revision += 1
    locked.save()
    audit.record("hosting.offer_changed", by=by, about=("offer", locked.slug), client="", **changed)
    return locked


def _set(offer: Offer, given: Mapping[str, Any]) -> dict[str, Any]:
    """Set what is given; what was changed."""
    wished = {name: value for name, value in given.items() if value is not None}
    check_limits({name: wished[name] for name in LIMITS if name in wished})
    if "name" in wished:
        wished["name"] = wished["name"].strip()
        if not wished["name"]:
            raise errors.OfferNameMissing
    if "sites_max" in wished:
        wished["sites_max"] = wished["sites_max"] or None
    if "php_ceilings" in wished:
        wished["php_ceilings"] = _ceilings(wished["php_ceilings"], offer.php_ceilings)
    if "php_extensions" in wished:
        wished["php_extensions"] = _extensions(wished["php_extensions"])
    if wished.get("is_usual") is False and offer.is_usual:
        del wished["is_usual"]  # there is always one: another takes its place
    changed = {name: value for name, value in wished.items() if getattr(offer, name) != value}
    if changed.get("is_usual"):
        Offer.objects.filter(is_usual=True).update(is_usual=False)
    for name, value in changed.items():
        setattr(offer, name, value)
    return changed


def _ceilings(given: Mapping[str, int | None], before: Mapping[str, int]) -> dict[str, int]:
    """The ceilings that differ from the usual."""
    ceilings = dict(before)
    for name, value in given.items():
        if name not in CEILINGS:
            raise errors.CeilingUnknown(name=name[:40], allowed=", ".join(CEILINGS))
        setting = SETTINGS[name]
        least, most = int(setting.default), setting.ceiling_most
        wished = value or setting.most
        if not least <= wished <= most:
            raise errors.CeilingRefused(name=name, value=wished, least=least, most=most)
        ceilings[name] = wished
    return {name: value for name, value in sorted(ceilings.items()) if value != SETTINGS[name].most}


def _extensions(given: Iterable[str]) -> list[str]:
    names = sorted({name.strip().lower() for name in given if name.strip()})
    for name in names:
        if name not in EXTENSIONS:
            raise errors.OfferedExtensionUnknown(name=name[:40], allowed=", ".join(EXTENSIONS))
    return names


def _require_no_site_above(offer: Offer, sites: Any) -> None:
    for site in sites.exclude(php_settings={}).only("name_unicode", "php_settings"):
        for name in CEILINGS:
            value = int(site.php_settings.get(name, 0))
            if value > offer.ceiling_of(name):
                raise errors.OfferBelowSite(
                    site=site.name_unicode, name=name, value=value, offer=offer.name, most=offer.ceiling_of(name)
                )


@transaction.atomic
def give_offer(account: Account, offer: Offer, *, by: Person | None) -> Account:
    """The account has this offer from now on: its limits, and its own ones no more.

    Raises:
        NotAllowed, OfferBelowSite.
    """
    rights.require(by, "sites.limits")
    account = lock_account(account, by)
    if account.offer_id == offer.pk:
        return account
    _require_no_site_above(offer, account.sites.all())
    was, account.offer, account.own_limits = account.offer.slug, offer, []
    _follow(account)
    about, client = ("account", account.login), account.client.slug
    line = audit.record(
        "hosting.account_offer_given", by=by, about=about, client=client, offer=offer.slug, offer_before=was
    )
    fleet.want(account.machine, wanted_account(account), account.login, audit=line)
    return account


def follow_offers() -> int:
    """Give accounts what their offer says now, some at a time so that nobody waits for the database. Returns how many."""
    with transaction.atomic():
        behind = Account.objects.select_for_update(of=("self",)).select_related("machine", "offer")
        accounts = list(behind.filter(offer_revision__lt=F("offer__revision"))[:AT_ONCE])
        for account in accounts:
            _follow(account)
            fleet.want(account.machine, wanted_account(account), account.login)
    return len(accounts)


def _follow(account: Account) -> None:
    for name in LIMITS:
        if name not in account.own_limits:
            setattr(account, name, getattr(account.offer, name))
    account.offer_revision = account.offer.revision
    account.save(update_fields=["offer", "offer_revision", "own_limits", *LIMITS])


def require_room(account: Account) -> None:
    """The account's offer gives one more site.

    Raises:
        SitesTooMany.
    """
    most = account.offer.sites_max
    if most is not None and account.sites.exclude(state=Site.State.CLOSED).count() >= most:
        raise errors.SitesTooMany(offer=account.offer.name, most=most, login=account.login)
