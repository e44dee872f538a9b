"""Whether a site is served: suspend, resume, close, restore, erase."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.hosting import wishes
from essaim.manager.hosting.actions.locks import (
    lock_site,
    record_about,
    refuse_what_the_team_suspended,
    require_closed,
)
from essaim.manager.hosting.errors import AccountNotActive, SiteNotActive
from essaim.manager.hosting.models import Account, Site
from essaim.manager.people import rights
from essaim.manager.people.models import Person


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
    by_team = rights.may(by, "sites.hold")
    if site.state == Site.State.SUSPENDED and (site.suspended_by_team or not by_team):
        return site
    if site.state == Site.State.CLOSED:
        raise SiteNotActive(name=site.name_unicode, state=site.get_state_display())
    site.state = Site.State.SUSPENDED
    site.suspended_reason, site.suspended_by_team = reason.strip(), by_team
    site.save(update_fields=["state", "suspended_reason", "suspended_by_team"])
    wishes.wish(site, record_about(site, "hosting.site_suspended", by=by, reason=reason.strip()))
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
    refuse_what_the_team_suspended(site, by)
    site.state, site.suspended_reason, site.suspended_by_team = Site.State.ACTIVE, "", False
    site.save(update_fields=["state", "suspended_reason", "suspended_by_team"])
    wishes.wish(site, record_about(site, "hosting.site_resumed", by=by))
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
    wishes.wish(site, record_about(site, "hosting.site_closed", by=by, reason=reason.strip()))
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
    wishes.wish(site, record_about(site, "hosting.site_restored", by=by))
    return site


@transaction.atomic
def erase_site(site: Site, *, by: Person | None, reason: str = "") -> None:
    """Destroy a closed site and its files and free its name. Nothing brings it back; the trail and the story stay.

    Raises:
        SuspendedByTeam: a client does not erase what the team suspended.
        NotAllowed, SiteNotClosed.
    """
    site = lock_site(site, by)
    refuse_what_the_team_suspended(site, by)
    require_closed(site)
    wishes.unwish(site, record_about(site, "hosting.site_erased", by=by, reason=reason.strip()))
    site.delete()
