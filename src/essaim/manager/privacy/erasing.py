"""Erasing a person: asked by themselves, done after a while in which they may stop it. What a client has stays with the client."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from essaim.manager.core import audit, leaving, mail
from essaim.manager.core.errors import EssaimError
from essaim.manager.core.personal import Declaration, Erase, declarations
from essaim.manager.people.models import Client, Membership, Person
from essaim.manager.people.second_factor import cipher
from essaim.manager.privacy import letters
from essaim.manager.privacy.errors import AddressWrong, OfTheTeam, OwnsStill
from essaim.manager.privacy.forgetting import Known, forget_in_trail
from essaim.manager.privacy.models import Erasure, KeptIdentity

GRACE = timedelta(days=14)
"""The law gives a month (GDPR, article 12.3); a mistake is found sooner."""
IDENTITY_KEPT = timedelta(days=5 * 365 + 2)


class Line(NamedTuple):
    """What becomes of one model's rows."""

    purpose: "str | Promise"
    rows: int
    how: "str | Promise"
    erase: Erase
    law: "str | Promise"


class Preview(NamedTuple):
    """What an erasure would do, and what stands in its way."""

    lines: list[Line]
    due_at: datetime
    identity_until: datetime
    refusal: EssaimError | None


def preview(person: Person) -> Preview:
    """What would be deleted, emptied and kept, by model; models without a row of theirs are left out."""
    due = timezone.now() + GRACE
    lines = []
    for one in declarations():
        rows = one.rows_of(person, acted=False)
        if rows is not None and (number := rows.count()):
            lines.append(Line(one.purpose, number, one.erase.label, one.erase, one.law))
    return Preview(lines, due, due + IDENTITY_KEPT, refusal_of(person))


def refusal_of(person: Person) -> EssaimError | None:
    """What has to be done first; None: nothing."""
    if person.is_team:
        return OfTheTeam()
    owned = Client.objects.filter(memberships__person=person, memberships__role=Membership.Role.OWNER)
    alone = [one.name for one in owned if not _has_another_owner(one, person)]
    return OwnsStill(clients=", ".join(alone)) if alone else None


def _has_another_owner(client: Client, person: Person) -> bool:
    owners = client.memberships.filter(role=Membership.Role.OWNER, person__is_active=True)
    return owners.exclude(person=person).exists()


def under_way(person: Person) -> Erasure | None:
    """The erasure that will be done, if one will."""
    return person.erasures.filter(stopped_at=None, done_at=None).first()


@transaction.atomic
def ask(person: Person, *, confirm: str) -> Erasure:
    """Erase `person` after the grace. Asked twice, the first time counts. `confirm`: their e-mail, typed.

    Raises:
        AddressWrong, OwnsStill, OfTheTeam.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    if confirm.strip().lower() != person.email:
        raise AddressWrong
    if found := under_way(person):
        return found
    if refusal := refusal_of(person):
        raise refusal
    erasure = Erasure.objects.create(person=person, due_at=timezone.now() + GRACE)
    url = settings.ORIGIN + reverse("privacy:mine")
    _write("erasure asked", person, lambda: letters.erasure_asked(name=person.name, due=erasure.due_at, url=url))
    audit.record("privacy.erasure_asked", by=person, about=("person", person.email), due=erasure.due_at)
    return erasure


def _write(kind: str, person: Person, letter: Callable[[], mail.Letter]) -> None:
    mail.write(kind, to=person.email, language=person.language, letter=letter)


@transaction.atomic
def stop(person: Person) -> None:
    """They thought better of it. Where none is under way, nothing changes."""
    if person.erasures.filter(stopped_at=None, done_at=None).update(stopped_at=timezone.now()):
        audit.record("privacy.erasure_stopped", by=person, about=("person", person.email))


def erase_due() -> int:
    """The worker's turn: everybody whose grace is over. One who became a last owner or joined the team meanwhile stays until that is settled."""
    due = Erasure.objects.select_related("person").filter(stopped_at=None, done_at=None, due_at__lte=timezone.now())
    return sum(_erase(erasure.pk) for erasure in due)


@transaction.atomic
def _erase(pk: int) -> bool:
    erasure = Erasure.objects.select_for_update().get(pk=pk)
    if not erasure.is_under_way:
        return False
    person = Person.objects.select_for_update().get(pk=erasure.person_id)
    if refusal_of(person):
        return False
    until, known = timezone.now() + IDENTITY_KEPT, Known(person)
    identity: dict[str, object] = {"name": person.name, "email": person.email}
    audit.record("privacy.person_erased", by=None, about=("person", person.email))
    leaving.close_all(person, None)
    erasure.counts = {one.label: _erase_rows(one, person) for one in _in_order()}
    erasure.counts = {label: count for label, count in erasure.counts.items() if count}
    identity["trail"] = forget_in_trail(known)
    sealed = cipher().encrypt(json.dumps(identity).encode()).decode()
    KeptIdentity.objects.update_or_create(person=person, defaults={"sealed": sealed, "until": until})
    erasure.done_at = timezone.now()
    erasure.save(update_fields=["counts", "done_at"])
    _write("erased", person, lambda: letters.erased(name=person.name, until=until))
    return True


def _in_order() -> list[Declaration]:
    """What is blanked comes last: others are found by what stands there."""
    return sorted(declarations(), key=lambda one: one.erase is Erase.BLANKED)


def _erase_rows(one: Declaration, person: Person) -> int:
    rows = one.rows_of(person, acted=False)
    if rows is None or one.erase in (Erase.KEPT, Erase.CLIENTS):
        return 0
    if one.erase is Erase.DELETED:
        return rows.delete()[1].get(one.model._meta.label, 0)  # noqa: SLF001 - Django's public name for it
    found: list[Any] = list(rows)
    for row in found:
        for field, take in one.blank.items():
            setattr(row, field, take(row))
        row.save(update_fields=list(one.blank))
    return len(found)
