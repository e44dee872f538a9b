"""Answers from the table: may this person do that, here?

What groups a person holds stands in their own row (`Person.groups`, kept by `people.grants`), so that asking costs no query; a role at
a client costs one.
"""

from django.db.models import Q, QuerySet

from essaim.manager.core import masks, seeing
from essaim.manager.people.errors import ScopeMissing
from essaim.manager.people.models import ApiToken, Client, Grant, Membership, Person
from essaim.manager.people.rights.agreement import agreement
from essaim.manager.people.rights.errors import RightMissing
from essaim.manager.people.rights.table import GROUPS, RIGHTS, ROLES, SCOPES
from essaim.manager.people.rights.use import note


def _by_group(person: Person, right: str) -> bool:
    """`person` has `right` as one of the team, at every client."""
    if not person.is_active:
        return False
    giving = [name for name in person.groups_in_force if right in GROUPS[name].rights]
    if not giving or (RIGHTS[right].needs_agreement and not agreement.is_signed_by(person)):
        return False
    note(person, giving)
    return True


def roles_with(right: str) -> list[str]:
    """Roles at a client that have `right` there."""
    return [role.name for role in ROLES.values() if right in role.rights]


def may(person: Person | None, right: str, client: Client | None = None) -> bool:
    """`person` has `right`: as one of the team, or by their role at `client`.

    Raises:
        KeyError: no such right.
    """
    roles = roles_with(RIGHTS[right].name)
    if person is None or _by_group(person, right):
        return True
    if client is None or not roles or not person.is_active:
        return False
    return clients_at(person, right).filter(pk=client.pk).exists()


def require(person: Person | None, right: str, client: Client | None = None) -> None:
    """Refuse unless `person` has `right`, here.

    Raises:
        RightMissing: says what is missing and who can give it.
    """
    if not may(person, right, client):
        raise RightMissing(right=right, client=client)


def may_somewhere(person: Person, right: str) -> bool:
    """`person` has `right` at some client at least: who has it nowhere is not shown the way."""
    if _by_group(person, right):
        return True
    return clients_at(person, right).exists()


def require_somewhere(person: Person, right: str) -> None:
    """Refuse unless `person` has `right` at some client at least."""
    if not may_somewhere(person, right):
        raise RightMissing(right=right)


def masked_for(person: Person) -> masks.Reader | None:
    """As whom `person` reads: None where nothing is hidden from them. Who is not of the team sees only what is theirs anyway."""
    if not person.is_team or may(person, "people.see_personal"):
        return None
    clients = dict(clients_at(person, "people.see_personal").values_list("pk", "slug"))
    people = Membership.objects.filter(client__in=clients).values_list("person", flat=True) if clients else ()
    return masks.Reader(person.pk, person.email, clients, frozenset(people))


def clients_with(person: Person, right: str) -> QuerySet[Client]:
    """The clients at which `person` has `right`: every one for who has it as one of the team."""
    if _by_group(person, right):
        return Client.objects.all()
    return clients_at(person, right)


def clients_at(person: Person, right: str) -> QuerySet[Client]:
    """The clients at which `person` has `right` by a role. Who sees as a client is its owner, and nothing elsewhere."""
    if seen := seeing.of(person.pk):
        owners = right in ROLES[Membership.Role.OWNER].rights
        return Client.objects.filter(pk=seen.client) if owners and person.is_active else Client.objects.none()
    if not person.is_active:
        return Client.objects.none()
    return Client.objects.filter(memberships__person=person, memberships__role__in=roles_with(right))


def clients_seen_by(person: Person) -> QuerySet[Client]:
    """The clients that `person` may see."""
    return clients_with(person, "clients.see")


def holders(right: str, client: Client | None = None) -> QuerySet[Person]:
    """Who has `right` now: as one of the team, and at `client`, if given, by their role there. Agreements are not looked at."""
    groups = [group.name for group in GROUPS.values() if right in group.rights]
    found = Q(pk__in=Grant.objects.in_force().filter(group__in=groups).values("person"))
    if client is not None:
        found |= Q(memberships__client=client, memberships__role__in=roles_with(right))
    return Person.objects.filter(found, is_active=True).distinct()


def require_self(person: Person, by: Person | None, right: str = "people.change") -> None:
    """Refuse unless `by` acts on their own sign-in, or has `right`."""
    if by is None or by.pk != person.pk:
        require(by, right)


def require_scope(token: ApiToken, scope: str) -> None:
    """Refuse unless `token` was given `scope`.

    Raises:
        ScopeMissing.
    """
    if scope not in token.scopes:
        raise ScopeMissing(scope=scope)


def scopes_offered_to(person: Person) -> list[str]:
    """Scopes that `person` may give to a token of theirs."""
    return [scope for scope in ApiToken.SCOPES if scope not in SCOPES or may(person, SCOPES[scope])]
