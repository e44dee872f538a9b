"""Who may see and change which account: owners and managers of its client, the team, and the technicians it was given to."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q

from essaim.manager.core import audit
from essaim.manager.hosting.access_models import TechnicianAccount
from essaim.manager.hosting.errors import AccountNotFound
from essaim.manager.hosting.models import Account
from essaim.manager.people import rights
from essaim.manager.people.models import Client, Membership, Person

TECHNICIANS = frozenset({"sites.see", "sites.change"})
"""What a technician may of an account that was given to them."""


def seen_accounts(person: Person, prefix: str = "") -> Q:
    """The accounts that `person`, who is not of the team, may see; `prefix` leads from a row to its account (`account__`)."""
    return Q(**{f"{prefix}client__in": rights.clients_with(person, "sites.see")}) | given_to(person, prefix)


def given_to(person: Person, prefix: str = "") -> Q:
    """The accounts that `person` was given as a technician; none where they may no longer sign in."""
    role = Membership.Role.TECHNICIAN
    given = TechnicianAccount.objects.filter(membership__person=person, membership__role=role)
    return Q(**{f"{prefix}id__in": given.filter(membership__person__is_active=True).values("account")})


def may(person: Person | None, right: str, account: Account) -> bool:
    """`person` has `right` over `account`: as one of the team, by their role at its client, or as a technician it was given to."""
    if rights.may(person, right, account.client):
        return True
    if person is None or right not in TECHNICIANS:
        return False
    given = account.technicians.filter(membership__person=person, membership__role=Membership.Role.TECHNICIAN)
    return person.is_active and given.exists()


def require(person: Person | None, right: str, account: Account) -> None:
    """Refuse unless `person` has `right` over `account`; the platform itself has.

    Raises:
        RightMissing.
    """
    if not may(person, right, account):
        raise rights.RightMissing(right=right, client=account.client)


@transaction.atomic
def give_accounts(membership: Membership, logins: Iterable[str], *, by: Person | None) -> list[str]:
    """Let a technician look after these accounts of the client and no others; returns their logins in order.

    Raises:
        RightMissing; AccountNotFound: not an account of this client.
    """
    client = membership.client
    rights.require(by, "clients.people", client)
    Client.objects.select_for_update().get(pk=client.pk)
    wanted = sorted({login.strip().lower() for login in logins})
    accounts = {account.login: account for account in client.accounts.filter(login__in=wanted)}
    for login in wanted:
        if login not in accounts:
            raise AccountNotFound(login=login)
    before = accounts_of(membership)
    if wanted == before:
        return before
    membership.technician_accounts.exclude(account__login__in=wanted).delete()
    TechnicianAccount.objects.bulk_create(
        TechnicianAccount(membership=membership, account=accounts[login]) for login in wanted if login not in before
    )
    facts: dict[str, Any] = {"member": membership.person.email, "before": before, "after": wanted}
    audit.record("hosting.technician_accounts", by=by, about=("client", client.slug), client=client.slug, **facts)
    return wanted


def accounts_of(membership: Membership) -> list[str]:
    """The logins that a technician was given, in order."""
    return list(membership.technician_accounts.order_by("account__login").values_list("account__login", flat=True))
