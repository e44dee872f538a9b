"""Groups of the team: proposed by one, confirmed by another, reviewed, withdrawn. The only code that changes who holds what.

Every act locks the grants of all who may grant, in one order: two of them who take each other's groups away in the same second do so
one after the other, and the second finds that they may no longer.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import grant_letters as tell
from essaim.manager.people import rights
from essaim.manager.people.grant_errors import (
    GrantConfirmed,
    GrantEnded,
    GrantHeld,
    GrantNotInForce,
    GrantToSelf,
    GroupUnknown,
    LastGrantor,
    PersonUnknown,
    SecondPersonNeeded,
    UntilPast,
)
from essaim.manager.people.models import Grant, Person

GRANTING = [group.name for group in rights.GROUPS.values() if "team.grant" in group.rights]


@transaction.atomic
def found(person: Person, groups: Iterable[str], *, reason: str) -> list[Grant]:
    """Give `person` groups at once, as the platform itself: the first of the team, or by a command on the Manager's own machine. What
    they hold already stays.

    Raises:
        GroupUnknown, ReasonMissing.
    """
    person = _lock(person)
    made = []
    for group in groups:
        _require_group(group)
        if not reason.strip():
            raise ReasonMissing
        _end_what_is_past(person, group)
        if Grant.objects.in_force().filter(person=person, group=group).exists():
            continue
        Grant.objects.proposed().filter(person=person, group=group).delete()
        now = timezone.now()
        made.append(Grant.objects.create(person=person, group=group, reason=reason.strip()[:400], confirmed_at=now))
        audit.record("people.group_given", by=None, about=("person", person.email), reason=reason.strip(), group=group)
    _keep(person)
    return made


@transaction.atomic
def propose(person: Person, group: str, *, by: Person, reason: str, until: datetime | None = None) -> Grant:
    """Ask that `person` holds `group`. It is in force once another who may grant it confirms.

    Raises:
        GroupUnknown, ReasonMissing, UntilPast, GrantToSelf, GrantHeld, RightMissing.
    """
    person = _lock(person)
    _require_group(group)
    _require_granting(by, group)
    if by.pk == person.pk:
        raise GrantToSelf
    if not reason.strip():
        raise ReasonMissing
    if until is not None and until <= timezone.now():
        raise UntilPast
    _end_what_is_past(person, group)
    if Grant.objects.filter(person=person, group=group, ended_at=None).exists():
        raise GrantHeld(person=person.name, group=Grant.Group(group).label)
    grant = Grant.objects.create(person=person, group=group, reason=reason.strip()[:400], granted_by=by, until=until)
    about = ("person", person.email)
    audit.record("people.group_proposed", by=by, about=about, reason=reason.strip(), group=group, until=until)
    tell.proposed(grant)
    return grant


def propose_to(*, email: str, group: str, by: Person, reason: str, until: datetime | None = None) -> Grant:
    """As `propose`, for whoever signs in with `email`.

    Raises:
        PersonUnknown; as `propose`.
    """
    rights.require(by, "team.grant")
    person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise PersonUnknown(email=email.strip()[:80])
    return propose(person, group, by=by, reason=reason, until=until)


@transaction.atomic
def confirm(grant: Grant, *, by: Person) -> Grant:
    """Put a proposed grant into force, as the second person. Confirming one that is in force changes nothing.

    Raises:
        SecondPersonNeeded, GrantToSelf, GrantEnded, UntilPast, RightMissing.
    """
    person = _lock(grant.person)
    grant = _again(grant)
    _require_granting(by, grant.group)
    if grant.ended_at is not None:
        raise GrantEnded
    if grant.confirmed_at is not None:
        return grant
    if by.pk == person.pk:
        raise GrantToSelf
    if by.pk == grant.granted_by_id:
        raise SecondPersonNeeded
    if grant.is_past:
        raise UntilPast
    grant.confirmed_by, grant.confirmed_at = by, timezone.now()
    grant.save(update_fields=["confirmed_by", "confirmed_at"])
    audit.record("people.group_given", by=by, about=("person", person.email), reason=grant.reason, group=grant.group)
    _keep(person)
    tell.given(grant)
    return grant


@transaction.atomic
def refuse(grant: Grant, *, by: Person, reason: str) -> Grant:
    """Say no to a proposed grant; who proposed it may take it back so. Refusing twice changes nothing.

    Raises:
        ReasonMissing, GrantConfirmed: withdraw it instead, RightMissing.
    """
    person = _lock(grant.person)
    grant = _again(grant)
    _require_granting(by, grant.group)
    if not reason.strip():
        raise ReasonMissing
    if grant.ended_at is not None:
        return grant
    if grant.confirmed_at is not None:
        raise GrantConfirmed
    _end(grant, Grant.Ended.REFUSED, by=by, reason=reason.strip())
    facts = {"group": grant.group}
    audit.record("people.group_refused", by=by, about=("person", person.email), reason=reason.strip(), **facts)
    tell.refused(grant)
    return grant


@transaction.atomic
def withdraw(grant: Grant, *, by: Person | None, reason: str) -> Grant:
    """Take a group away at once; who holds it may lay it down. Withdrawing twice changes nothing.

    Raises:
        ReasonMissing, LastGrantor, RightMissing.
    """
    person = _lock(grant.person)
    grant = _again(grant)
    if by is None or by.pk != person.pk:
        _require_granting(by, grant.group)
    if not reason.strip():
        raise ReasonMissing
    if grant.ended_at is not None:
        return grant
    _end(grant, Grant.Ended.WITHDRAWN, by=by, reason=reason.strip())
    _keep_a_grantor(person)
    facts = {"group": grant.group}
    audit.record("people.group_withdrawn", by=by, about=("person", person.email), reason=reason.strip(), **facts)
    _keep(person)
    tell.withdrawn(grant)
    return grant


@transaction.atomic
def withdraw_all(person: Person, *, by: Person | None, reason: str) -> list[Grant]:
    """Take every group of `person` away: who leaves, or whose sign-in is closed.

    Raises:
        ReasonMissing, LastGrantor, RightMissing.
    """
    return [withdraw(grant, by=by, reason=reason) for grant in Grant.objects.filter(person=person, ended_at=None)]


@transaction.atomic
def review(grant: Grant, *, by: Person) -> Grant:
    """Say that `person` goes on holding the group; the next look is due half a year later.

    Raises:
        GrantNotInForce, GrantToSelf, RightMissing.
    """
    person = _lock(grant.person)
    grant = _again(grant)
    _require_granting(by, grant.group)
    if by.pk == person.pk:
        raise GrantToSelf
    if not grant.is_in_force:
        raise GrantNotInForce
    grant.reviewed_by, grant.reviewed_at = by, timezone.now()
    grant.save(update_fields=["reviewed_by", "reviewed_at"])
    audit.record("people.group_reviewed", by=by, about=("person", person.email), group=grant.group)
    return grant


def _lock(person: Person) -> Person:
    """`person` as the row stands, once nobody else changes grants."""
    list(Grant.objects.select_for_update().in_force().filter(group__in=GRANTING).order_by("pk").values_list("pk"))
    return Person.objects.select_for_update().get(pk=person.pk)


def _again(grant: Grant) -> Grant:
    return Grant.objects.select_for_update(of=("self",)).select_related("person").get(pk=grant.pk)


def _require_group(group: str) -> None:
    if group not in rights.GROUPS:
        raise GroupUnknown(group=group[:80], groups=", ".join(rights.GROUPS))


def _require_granting(by: Person | None, group: str) -> None:
    """Refuse unless `by`, as their row stands now, may grant every right of `group`."""
    if by is None:
        return
    by = Person.objects.get(pk=by.pk)
    rights.require(by, "team.grant")
    for name in sorted(rights.GROUPS[group].rights):
        if not set(by.groups_in_force) & set(rights.RIGHTS[name].granted_by):
            raise rights.RightMissing(right="team.grant")


def _end(grant: Grant, how: Grant.Ended, *, by: Person | None, reason: str = "") -> None:
    grant.ended_at, grant.ended_how, grant.ended_by, grant.ended_reason = timezone.now(), how, by, reason[:400]
    grant.save(update_fields=["ended_at", "ended_how", "ended_by", "ended_reason"])


def _end_what_is_past(person: Person, group: str) -> None:
    for grant in Grant.objects.filter(person=person, group=group, ended_at=None, until__lte=timezone.now()):
        _end(grant, Grant.Ended.LAPSED, by=None)


def _keep_a_grantor(person: Person) -> None:
    """Refuse what would leave nobody who may grant; each in office alone is somebody who signs in."""
    left = Grant.objects.in_force().filter(group__in=GRANTING, person__is_active=True)
    if not left.exists():
        raise LastGrantor(person=person.name)


def _keep(person: Person) -> None:
    """Write into the person's row what the grants say."""
    held = Grant.objects.in_force().filter(person=person).values_list("group", "until")
    person.groups = {group: until and until.isoformat() for group, until in held}
    person.save(update_fields=["groups"])
