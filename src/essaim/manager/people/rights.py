"""Who may do what: one function a row kind, so that the full scheme of people changes only what stands here.

Today: the team may do everything; at a client, owners and managers change, readers look. A platform's own act (a periodic
job) has no person and is allowed.
"""

from django.db.models import QuerySet

from essaim.manager.core.errors import NotAllowed
from essaim.manager.people.errors import ScopeMissing
from essaim.manager.people.models import ApiToken, Client, Membership, Person

TEAM_SCOPES = frozenset({"fleet:read", "fleet:write"})
"""Scopes that only a person of the team may give to a token."""


def clients_seen_by(person: Person) -> QuerySet[Client]:
    """Every client for the team, their own for anyone else; none for a person who may no longer sign in."""
    if not person.is_active:
        return Client.objects.none()
    return Client.objects.all() if person.is_team else Client.objects.filter(memberships__person=person)


def may_change(person: Person, client: Client) -> bool:
    """`person` may change what is `client`'s: accounts, sites, content."""
    if not person.is_active:
        return False
    changing = (Membership.Role.OWNER, Membership.Role.MANAGER)
    return person.is_team or Membership.objects.filter(person=person, client=client, role__in=changing).exists()


def may_change_some(person: Person) -> bool:
    """`person` may change what is some client's: readers of everything are not shown ways that are closed to them."""
    if not person.is_active:
        return False
    places = Membership.objects.filter(person=person).exclude(role=Membership.Role.READER)
    return person.is_team or places.exists()


def require_change(person: Person | None, client: Client) -> None:
    """Refuse unless `person` may change what is `client`'s.

    Raises:
        NotAllowed: a reader, or not of this client.
    """
    if person is not None and not may_change(person, client):
        raise NotAllowed


def require_owner(person: Person | None, client: Client) -> None:
    """Refuse unless `person` may say who belongs to `client`: its owners and the team."""
    if person is None or (person.is_team and person.is_active):
        return
    owner = Membership.objects.filter(person=person, client=client, role=Membership.Role.OWNER)
    if not (person.is_active and owner.exists()):
        raise NotAllowed


def require_team(person: Person | None) -> None:
    """Refuse unless `person` is of the team."""
    if person is not None and not (person.is_team and person.is_active):
        raise NotAllowed


def require_self(person: Person, by: Person | None) -> None:
    """Refuse unless `by` acts on their own sign-in, or is of the team."""
    if by is not None and by.pk != person.pk:
        require_team(by)


def require_scope(token: ApiToken, scope: str) -> None:
    """Refuse unless `token` was given `scope`.

    Raises:
        ScopeMissing.
    """
    if scope not in token.scopes:
        raise ScopeMissing(scope=scope)
