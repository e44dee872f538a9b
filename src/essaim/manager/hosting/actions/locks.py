"""Rows as they stand now, held until the transaction ends, for a person who may change them; and the line in the trail."""

from django.conf import settings

from essaim.manager.core import audit
from essaim.manager.core.models import AuditLine
from essaim.manager.hosting import access
from essaim.manager.hosting.errors import (
    AccountNotActive,
    AccountNotClosed,
    AccountNotFound,
    SiteNotClosed,
    SiteNotFound,
    SuspendedByTeam,
)
from essaim.manager.hosting.models import Account, Site
from essaim.manager.people import rights
from essaim.manager.people.models import Person


def lock_site(site: Site, by: Person | None) -> Site:
    """The site with its account, client and machine.

    Raises:
        SiteNotFound: erased meanwhile; NotAllowed.
    """
    sites = Site.objects.select_for_update(of=("self",)).select_related(
        "account__client", "account__machine", "account__offer"
    )
    locked = sites.filter(pk=site.pk).first()
    if locked is None:
        raise SiteNotFound(fqdn=site.fqdn)
    access.require(by, "sites.change", locked.account)
    return locked


def lock_account(account: Account, by: Person | None) -> Account:
    """The account with its client and machine.

    Raises:
        AccountNotFound: erased meanwhile; NotAllowed.
    """
    accounts = Account.objects.select_for_update(of=("self",)).select_related("client", "machine", "offer")
    locked = accounts.filter(pk=account.pk).first()
    if locked is None:
        raise AccountNotFound(login=account.login)
    access.require(by, "sites.change", locked)
    return locked


def require_active(account: Account) -> None:
    """Refuse unless the account is in service."""
    if account.state != Account.State.ACTIVE:
        raise AccountNotActive(login=account.login, state=account.get_state_display())


def require_closed(row: Account | Site) -> None:
    """Refuse to erase what is not closed, whoever asks.

    Raises:
        SiteNotClosed, AccountNotClosed.
    """
    if row.state == "closed":
        return
    if isinstance(row, Account):
        raise AccountNotClosed(login=row.login, days=settings.CLOSED_KEPT_DAYS)
    raise SiteNotClosed(name=row.name_unicode, days=settings.CLOSED_KEPT_DAYS)


def refuse_what_the_team_suspended(row: Account | Site, by: Person | None) -> None:
    """What the team suspended, a client neither resumes nor erases."""
    if row.suspended_by_team and not rights.may(by, "sites.hold"):
        raise SuspendedByTeam(name=str(row), reason=row.suspended_reason)


def record_about(site: Site, code: str, *, by: Person | None, reason: str = "", **facts: object) -> AuditLine:
    """One line of the trail about `site`."""
    about, client = ("site", site.fqdn), site.account.client.slug
    return audit.record(code, by=by, about=about, client=client, reason=reason, account=site.account.login, **facts)
