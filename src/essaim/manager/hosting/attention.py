"""What a person should look at first, and the list of accounts: reads for the home page and the lists."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from essaim.manager.hosting.models import ENDING, OF_CERTIFICATES, OWN_ENDING, Account, Site
from essaim.manager.hosting.queries import accounts_visible_to, sites_visible_to
from essaim.manager.people.models import Person
from essaim.manager.people.queries import findable

TROUBLED = Q(health__in=[Site.Health.FAILED, Site.Health.CHANGED]) | Q(https=Site.Https.FAILED)


def _ending() -> Q:
    """The code first: of most sites it is empty, and the rest is not looked at."""
    fails = Q(https_code__startswith=OF_CERTIFICATES) & Q(https=Site.Https.LIVE)
    own = Q(certificate_own=True) & Q(certificate_not_after__lte=timezone.now() + OWN_ENDING)
    return (fails & Q(certificate_not_after__lte=timezone.now() + ENDING)) | own


GOING = Q(health__in=[Site.Health.WAITING, Site.Health.APPLYING, Site.Health.PROVING])
SUSPENDED = Q(state=Site.State.SUSPENDED)


class AccountPage(NamedTuple):
    """A page of accounts and where the next one starts (empty: the end)."""

    accounts: Sequence[Account]
    next_cursor: str


def troubled_sites(person: Person, *, limit: int = 20) -> list[Site]:
    """Sites in service that are not as they should be, or will not be when their certificate ends: one query."""
    return list(_in_service(person).filter(TROUBLED | _ending())[:limit])


def going_sites(person: Person, *, limit: int = 20) -> list[Site]:
    """Sites that something is being done to, newest first: one query."""
    return list(_in_service(person).filter(GOING).order_by("-id")[:limit])


def newest_sites(person: Person, *, limit: int = 8) -> list[Site]:
    """The sites ordered last: one query."""
    return list(_in_service(person).order_by("-id")[:limit])


def suspended_sites(person: Person, *, limit: int = 20) -> list[Site]:
    """Sites that are suspended, whose reason their people should read: one query."""
    return list(sites_visible_to(person).filter(SUSPENDED)[:limit])


def _in_service(person: Person) -> QuerySet[Site]:
    return sites_visible_to(person).filter(state=Site.State.ACTIVE)


def find_accounts(person: Person, *, text: str = "", after: str = "", limit: int = 50) -> AccountPage:
    """Accounts that `person` may see, by login, whose login or client contains `text`. `after`: the last one's login."""
    rows = accounts_visible_to(person).annotate(site_count=Count("sites")).order_by("login")
    if text.strip():
        rows = rows.filter(
            Q(login__icontains=text.strip()) | (Q(client__name__icontains=text.strip()) & findable("client__"))
        )
    page = list(rows.filter(login__gt=after)[: limit + 1])
    more = len(page) > limit
    return AccountPage(page[:limit], page[limit - 1].login if more else "")
