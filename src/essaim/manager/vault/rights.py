"""Who may be a reader of what. Whether somebody may open the vault (`vault.read`) or change it (`vault.change`) is the table's to say
(`people.rights`); which secret one reads stands beside the secret.

`vault.change` opens nothing: whoever names themselves a reader waits until a present reader seals the value for them.
"""

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from essaim.manager.people import rights
from essaim.manager.people.models import Grant, Person

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

GROUPS: "dict[str, str | StrPromise]" = {
    group.name: group.label for group in rights.GROUPS.values() if "vault.read" in group.rights
}
"""Groups that can be named as readers beside single persons."""


def may_see(person: Person) -> bool:
    """`person` may see which secrets there are, and open those that name them."""
    return rights.may(person, "vault.read")


def may_change(person: Person) -> bool:
    """`person` may add, replace and close secrets, and say who reads them."""
    return rights.may(person, "vault.change")


def require_see(person: Person | None) -> None:
    """Refuse unless `person` may see which secrets there are."""
    rights.require(person, "vault.read")


def require_change(person: Person | None) -> None:
    """Refuse unless `person` may change what is in the vault."""
    rights.require(person, "vault.change")


def may_be_readers() -> QuerySet[Person]:
    """Whom a secret can name."""
    return rights.holders("vault.read").order_by("name")


def members() -> dict[str, set[int]]:
    """Who belongs to each of the groups now: one query."""
    found: dict[str, set[int]] = {group: set() for group in GROUPS}
    for person, group in Grant.objects.in_force().filter(group__in=found).values_list("person", "group"):
        found[group].add(person)
    return found
