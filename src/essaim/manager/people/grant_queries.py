"""Reads of who holds which group of the team: a query each."""

from django.db.models import Q
from django.utils import timezone

from essaim.manager.people.grant_errors import GrantNotFound
from essaim.manager.people.grant_models import REVIEWED_EVERY, GrantRows
from essaim.manager.people.models import Grant, Person
from essaim.manager.people.rights import may

ENDED_SHOWN = 100


def _rows() -> GrantRows:
    return Grant.objects.select_related("person", "granted_by", "confirmed_by", "reviewed_by", "ended_by")


def _due() -> Q:
    before = timezone.now() - REVIEWED_EVERY
    return Q(reviewed_at__lte=before) | Q(reviewed_at=None, confirmed_at__lte=before)


def proposed() -> list[Grant]:
    """Those that wait for a second person, oldest first."""
    return list(_rows().proposed())


def held(*, overdue: bool = False) -> list[Grant]:
    """Those in force by person; with `overdue`, those that nobody looked at for half a year."""
    rows = _rows().in_force().order_by("person__name", "person_id", "id")
    return list(rows.filter(_due()) if overdue else rows)


def overdue_count() -> int:
    """How many nobody looked at for half a year."""
    return Grant.objects.in_force().filter(_due()).count()


def ended() -> list[Grant]:
    """The newest of those that ended."""
    past = Q(ended_at__isnull=False) | Q(until__lte=timezone.now())
    return list(_rows().filter(past).order_by("-id")[:ENDED_SHOWN])


def get_grant(pk: int, *, seen_by: Person) -> Grant:
    """One grant: of who sees the team, or one's own.

    Raises:
        GrantNotFound: absent, or hidden from `seen_by`.
    """
    grant = _rows().filter(pk=pk).first()
    if grant is None or not (grant.person_id == seen_by.pk or may(seen_by, "team.see")):
        raise GrantNotFound
    return grant
