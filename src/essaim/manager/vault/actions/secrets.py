"""Secrets without their values: what there is, and who may read it."""

import re
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people.models import Person
from essaim.manager.vault import rights
from essaim.manager.vault.errors import (
    ReadersMissing,
    ReaderUnknown,
    SecretClosed,
    SecretExists,
    SecretNameRefused,
)
from essaim.manager.vault.models import Reader, Secret

_NAME = re.compile(r"[a-z0-9][a-z0-9.\-]{0,79}")
DETAILS = ("folder", "kind", "login", "url", "note", "rotate_days")


@transaction.atomic
def create_secret(
    *, name: str, by: Person | None, groups: Iterable[str] = (), people: Iterable[str] = (), **details: object
) -> Secret:
    """A secret without a value yet. `people` are e-mail addresses; `details` are the fields named in `DETAILS`.

    Raises:
        SecretNameRefused, SecretExists, ReaderUnknown, ReadersMissing, NotAllowed.
    """
    rights.require_change(by)
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise SecretNameRefused(name=name[:80])
    if Secret.objects.filter(name=name).exists():
        raise SecretExists(name=name)
    secret = Secret.objects.create(name=name, **_known(details))
    told = _set_readers(secret, groups, people)
    audit.record("vault.secret_created", by=by, about=("secret", name), readers=told)
    return secret


@transaction.atomic
def change_secret(
    secret: Secret,
    *,
    by: Person | None,
    groups: Iterable[str] | None = None,
    people: Iterable[str] | None = None,
    **details: object,
) -> Secret:
    """Change what is said of a secret and, when `groups` or `people` is given, who reads it. The value stays sealed as it is until
    somebody who can open it seals it anew: who reads no longer could have copied it, so it is to be replaced, too.

    Raises:
        SecretClosed, ReaderUnknown, ReadersMissing, NotAllowed.
    """
    rights.require_change(by)
    secret = locked_secret(secret)
    changed = {}
    for field, value in _known(details).items():
        if getattr(secret, field) != value:
            changed[field] = value
            setattr(secret, field, value)
    secret.save(update_fields=list(DETAILS))
    facts: dict[str, Any] = {"changed": sorted(changed)}
    if groups is not None or people is not None:
        before = _told(secret)
        told = _set_readers(secret, groups or (), people or ())
        if told != before:
            facts |= {"readers": told, "readers_before": before}
    if changed or "readers" in facts:
        audit.record("vault.secret_changed", by=by, about=("secret", secret.name), **facts)
    return secret


@transaction.atomic
def close_secret(secret: Secret, *, by: Person | None, reason: str) -> Secret:
    """It is used no more: it leaves the list and the kit, and its history stays. Twice is once.

    Raises:
        ReasonMissing, NotAllowed.
    """
    rights.require_change(by)
    if not reason.strip():
        raise ReasonMissing
    secret = Secret.objects.select_for_update().get(pk=secret.pk)
    if secret.closed_at is None:
        secret.closed_at = timezone.now()
        secret.save(update_fields=["closed_at"])
        audit.record("vault.secret_closed", by=by, about=("secret", secret.name), reason=reason.strip())
    return secret


def locked_secret(secret: Secret) -> Secret:
    """The row, held until the transaction ends.

    Raises:
        SecretClosed.
    """
    secret = Secret.objects.select_for_update().get(pk=secret.pk)
    if secret.closed_at is not None:
        raise SecretClosed(name=secret.name)
    return secret


def _known(details: dict[str, object]) -> dict[str, object]:
    unknown = set(details) - set(DETAILS)
    if unknown:
        raise TypeError(f"a secret has no {', '.join(sorted(unknown))}")
    return details


def _set_readers(secret: Secret, groups: Iterable[str], people: Iterable[str]) -> list[str]:
    groups, people = sorted(set(groups)), sorted({email.strip().lower() for email in people if email.strip()})
    for group in groups:
        if group not in rights.GROUPS:
            raise ReaderUnknown(reader=group[:80])
    found = {person.email: person for person in rights.may_be_readers().filter(email__in=people)}
    for email in people:
        if email not in found:
            raise ReaderUnknown(reader=email[:80])
    if not groups and not people:
        raise ReadersMissing
    secret.readers.all().delete()
    rows = [Reader(secret=secret, group=group) for group in groups]
    rows += [Reader(secret=secret, person=found[email]) for email in people]
    Reader.objects.bulk_create(rows)
    return [*groups, *people]


def _told(secret: Secret) -> list[str]:
    readers = list(secret.readers.select_related("person"))
    people = sorted(reader.person.email for reader in readers if reader.person)
    return sorted(reader.group for reader in readers if reader.group) + people
