"""What can happen to an account: one Unix user with its quota, on one machine."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import actions as fleet
from essaim.manager.fleet.queries import place_account
from essaim.manager.hosting import program_wishes, wishes
from essaim.manager.hosting.actions.limits import LIMITS, check_limits
from essaim.manager.hosting.actions.locks import lock_account, refuse_what_the_team_suspended, require_closed
from essaim.manager.hosting.errors import AccountNotActive
from essaim.manager.hosting.logins import free_login, parse_login
from essaim.manager.hosting.models import Account, Offer, Sequence, Site
from essaim.manager.hosting.offered import usual_offer
from essaim.manager.hosting.wanted import wanted_account
from essaim.manager.people import rights
from essaim.manager.people.models import Client, Person

FIRST_UID = 20_000


@transaction.atomic
def create_account(
    *,
    client: Client,
    by: Person | None,
    login: str = "",
    offer: Offer | None = None,
    quota_bytes: int | None = None,
    processes: int | None = None,
    memory_bytes: int | None = None,
) -> Account:
    """A new account for `client` on the machine with most room. Without `login` one is made from the client's identifier;
    another offer than the usual one and limits other than the offer's are the team's to give.

    Raises:
        NotAllowed, LoginMalformed, LoginTaken, LimitRefused, NoMachineFree.
    """
    rights.require(by, "sites.change", client)
    limits = _limits(by, quota_bytes=quota_bytes, processes=processes, memory_bytes=memory_bytes)
    if offer is not None:
        rights.require(by, "sites.limits")
    offer = offer or usual_offer()
    placement = place_account()
    machine = placement.machine
    uid = _next_uid()  # locks the sequence: logins below are looked up one at a time
    account = Account.objects.create(
        client=client,
        login=parse_login(login) if login.strip() else free_login(client.slug),
        uid=uid,
        machine=machine,
        placed_code=placement.code,
        placed_facts=placement.facts,
        offer=offer,
        offer_revision=offer.revision,
        own_limits=sorted(name for name, value in limits.items() if value != getattr(offer, name)),
        **{name: getattr(offer, name) for name in LIMITS} | limits,
    )
    line = _record("hosting.account_created", account, by=by, machine=machine.name, uid=uid)
    fleet.want(machine, wanted_account(account), account.login, audit=line)
    return account


def _limits(by: Person | None, **given: int | None) -> dict[str, int]:
    limits = {name: value for name, value in given.items() if value is not None}
    if limits:
        rights.require(by, "sites.limits")
    check_limits(limits)
    return limits


def _next_uid() -> int:
    sequence, _made = Sequence.objects.select_for_update().get_or_create(name="uid", defaults={"last": FIRST_UID - 1})
    highest = Account.objects.aggregate(highest=Max("uid"))["highest"] or 0
    sequence.last = max(sequence.last, highest) + 1
    sequence.save(update_fields=["last"])
    return sequence.last


@transaction.atomic
def renumber_account(account: Account) -> Account:
    """Give an account that its machine refused to make another number: its own is another's there, of a database that was
    lost. The next number may be taken as well; then the machine says so again.
    """
    account.uid = _next_uid()
    account.save(update_fields=["uid"])
    line = _record("hosting.account_renumbered", account, by=None, uid=account.uid)
    fleet.want(account.machine, wanted_account(account), account.login, audit=line)
    return account


@transaction.atomic
def change_account(
    account: Account,
    *,
    by: Person | None,
    quota_bytes: int | None = None,
    processes: int | None = None,
    memory_bytes: int | None = None,
) -> Account:
    """Give the account other limits than its offer's. What is None stays.

    Raises:
        NotAllowed, LimitRefused.
    """
    account = lock_account(account, by)
    limits = _limits(by, quota_bytes=quota_bytes, processes=processes, memory_bytes=memory_bytes)
    changed = {name: value for name, value in limits.items() if getattr(account, name) != value}
    if not changed:
        return account
    for name, value in changed.items():
        setattr(account, name, value)
    own = set(account.own_limits) | set(changed)
    account.own_limits = sorted(name for name in own if getattr(account, name) != getattr(account.offer, name))
    account.save(update_fields=[*changed, "own_limits"])
    facts: dict[str, Any] = {**changed}
    line = _record("hosting.account_changed", account, by=by, **facts)
    fleet.want(account.machine, wanted_account(account), account.login, audit=line)
    program_wishes.wish_of_account(account)
    return account


@transaction.atomic
def suspend_account(account: Account, *, by: Person | None, reason: str) -> Account:
    """Stop serving every site of the account and keep its files. Suspending a suspended account changes nothing, but the
    team's reason takes the place of the client's own.

    Raises:
        ReasonMissing, NotAllowed, AccountNotActive: it is closed.
    """
    if not reason.strip():
        raise ReasonMissing
    account = lock_account(account, by)
    by_team = rights.may(by, "sites.hold")
    if account.state == Account.State.SUSPENDED and (account.suspended_by_team or not by_team):
        return account
    if account.state == Account.State.CLOSED:
        raise AccountNotActive(login=account.login, state=account.get_state_display())
    account.state = Account.State.SUSPENDED
    account.suspended_reason, account.suspended_by_team = reason.strip(), by_team
    account.save(update_fields=["state", "suspended_reason", "suspended_by_team"])
    return _wish_all(account, _record("hosting.account_suspended", account, by=by, reason=reason.strip()))


@transaction.atomic
def resume_account(account: Account, *, by: Person | None) -> Account:
    """Serve the account's sites again, but for those that are suspended themselves.

    Raises:
        SuspendedByTeam, NotAllowed, AccountNotActive: it is closed.
    """
    account = lock_account(account, by)
    if account.state == Account.State.ACTIVE:
        return account
    if account.state == Account.State.CLOSED:
        raise AccountNotActive(login=account.login, state=account.get_state_display())
    refuse_what_the_team_suspended(account, by)
    account.state, account.suspended_reason, account.suspended_by_team = Account.State.ACTIVE, "", False
    account.save(update_fields=["state", "suspended_reason", "suspended_by_team"])
    return _wish_all(account, _record("hosting.account_resumed", account, by=by))


@transaction.atomic
def close_account(account: Account, *, by: Person | None, reason: str = "") -> Account:
    """Serve nothing of the account and keep everything for `CLOSED_KEPT_DAYS`, after which it is erased.

    Its sites keep their own state, so that restoring brings all back as it was.
    """
    account = lock_account(account, by)
    if account.state == Account.State.CLOSED:
        return account
    account.state, account.closed_at = Account.State.CLOSED, timezone.now()
    account.erase_after = account.closed_at + timedelta(days=settings.CLOSED_KEPT_DAYS)
    account.save(update_fields=["state", "closed_at", "erase_after"])
    return _wish_all(account, _record("hosting.account_closed", account, by=by, reason=reason.strip()))


def close_accounts_of(client: Client, by: Person | None, reason: str) -> int:
    """Close all that `client` has, as `close_account` does; how many accounts that were. Whoever ends a client need not be one who
    changes its sites: this is the platform's own act, and the trail says who approved it.
    """
    accounts = list(client.accounts.exclude(state=Account.State.CLOSED))
    for account in accounts:
        close_account(account, by=None, reason=f"{reason} ({by.email})" if by else reason)
    return len(accounts)


@transaction.atomic
def restore_account(account: Account, *, by: Person | None) -> Account:
    """Bring a closed account back with all its sites; one that was suspended comes back suspended."""
    account = lock_account(account, by)
    if account.state != Account.State.CLOSED:
        return account
    account.state = Account.State.SUSPENDED if account.suspended_reason else Account.State.ACTIVE
    account.closed_at = account.erase_after = None
    account.save(update_fields=["state", "closed_at", "erase_after"])
    return _wish_all(account, _record("hosting.account_restored", account, by=by))


@transaction.atomic
def erase_account(account: Account, *, by: Person | None, reason: str = "") -> None:
    """Destroy a closed account, its sites and their files. Nothing brings them back; the trail and the stories stay.

    Raises:
        SuspendedByTeam: a client does not erase what the team suspended.
        NotAllowed, AccountNotClosed.
    """
    account = lock_account(account, by)
    refuse_what_the_team_suspended(account, by)
    require_closed(account)
    line = _record("hosting.account_erased", account, by=by, reason=reason.strip(), uid=account.uid)
    for site in _sites_of(account):
        refuse_what_the_team_suspended(site, by)
        wishes.unwish(site, line)
        site.delete()
    fleet.unwant(account.machine, "account", account.login, erase=True, audit=line)
    account.delete()


def _wish_all(account: Account, line: AuditLine) -> Account:
    fleet.want(account.machine, wanted_account(account), account.login, audit=line)
    for site in _sites_of(account):
        wishes.wish(site, line)
    return account


def _sites_of(account: Account) -> list[Site]:
    """Its sites, each knowing this very `account` object."""
    sites = list(account.sites.select_for_update().prefetch_related("aliases"))
    for site in sites:
        site.account = account
    return sites


def _record(code: str, account: Account, *, by: Person | None, reason: str = "", **facts: object) -> AuditLine:
    about, client = ("account", account.login), account.client.slug
    return audit.record(code, by=by, about=about, client=client, reason=reason, **facts)
