"""Values: put, opened, sealed anew. A value is in the clear only within the request that puts or opens it on a page; what programs
send and take is sealed.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from essaim import age
from essaim.manager.core import audit
from essaim.manager.people.models import Person
from essaim.manager.vault import queries, rights
from essaim.manager.vault.actions.keys import unlocked
from essaim.manager.vault.actions.secrets import locked_secret
from essaim.manager.vault.errors import (
    KeyMissing,
    NobodyHasKey,
    NotAReader,
    NotSealedForYou,
    ReadersChanged,
    SealRefused,
    ValueRefused,
)
from essaim.manager.vault.models import Key, Secret, Version

MOST = 65_536
"""Characters of a value: a private key with its chain, not an archive."""


class Opened(NamedTuple):
    """A value in the clear. Never kept, never logged."""

    version: Version
    value: str

    def __repr__(self) -> str:
        return f"Opened({self.version}, ***)"


@transaction.atomic
def put_value(secret: Secret, *, value: str, by: Person | None) -> Version:
    """A new value, sealed here for all who may read it.

    Raises:
        ValueRefused, NobodyHasKey, SecretClosed, NotAllowed.
    """
    rights.require_change(by)
    if not value.strip() or len(value) > MOST:
        raise ValueRefused(most=MOST)
    secret = locked_secret(secret)
    keys = _keys_for(secret)
    return _add(secret, sealed=age.seal(value, [key.recipient for key in keys]), keys=keys, by=by)


@transaction.atomic
def put_sealed(secret: Secret, *, sealed: str, recipients: Iterable[str], by: Person | None) -> Version:
    """A new value that its sender sealed for `recipients`: the Manager does not see it.

    Raises:
        SealRefused, ReadersChanged: not for exactly those who may read it; NobodyHasKey, SecretClosed, NotAllowed.
    """
    rights.require_change(by)
    if not age.is_sealed(sealed):
        raise SealRefused
    secret = locked_secret(secret)
    keys = _keys_for(secret)
    if set(recipients) != {key.recipient for key in keys}:
        raise ReadersChanged(name=secret.name)
    return _add(secret, sealed=sealed, keys=keys, by=by)


def _keys_for(secret: Secret) -> list[Key]:
    row = queries.rows(queries.with_parts(Secret.objects.filter(pk=secret.pk)), asker=None)[0]
    if not row.wanted:
        raise NobodyHasKey(name=secret.name)
    return row.wanted


def _add(secret: Secret, *, sealed: str, keys: list[Key], by: Person | None) -> Version:
    newest = secret.versions.order_by("-number").first()
    now = timezone.now()
    number = newest.number + 1 if newest else 1
    version = Version.objects.create(secret=secret, number=number, sealed=sealed, by=by, sealed_at=now)
    version.keys.set(keys)
    secret.rotated_at, secret.exposed_at, secret.exposed_why = now, None, ""
    secret.save(update_fields=["rotated_at", "exposed_at", "exposed_why"])
    audit.record("vault.value_put", by=by, about=("secret", secret.name), version=number, keys=len(keys))
    return version


@transaction.atomic
def take_sealed(secret: Secret, *, by: Person, number: int | None = None) -> Version:
    """A value as it is sealed, for who may read it, noted in the trail. `number` None: the newest.

    Raises:
        NotAReader, KeyMissing, NotSealedForYou, NotAllowed.
    """
    version = _readable(secret, by=by, number=number)
    audit.record(queries.SEALED_TEXT_READ, by=by, about=("secret", secret.name), version=version.number)
    return version


@transaction.atomic
def reseal(secret: Secret, *, number: int, sealed: str, recipients: Iterable[str], by: Person) -> Version:
    """The newest value, which its sender opened and sealed again for exactly those who may read it now. That it is the same value the
    Manager cannot see: it takes the right to replace it, too.

    Raises:
        NotAReader, KeyMissing, NotSealedForYou, SealRefused, ReadersChanged: others, or another value, meanwhile; SecretClosed, NotAllowed.
    """
    rights.require_change(by)
    if not age.is_sealed(sealed):
        raise SealRefused
    secret = locked_secret(secret)
    version = _readable(secret, by=by, number=None)
    keys = _keys_for(secret)
    if version.number != number or set(recipients) != {key.recipient for key in keys}:
        raise ReadersChanged(name=secret.name)
    _keep_sealed(version, sealed=sealed, keys=keys, by=by)
    return version


def open_value(secret: Secret, *, passphrase: str, by: Person, number: int | None = None) -> Opened:
    """The value in the clear, noted in the trail. One that is sealed for others than may read it is sealed anew on the way.

    Raises:
        NotAReader, KeyMissing, KeyElsewhere, NotSealedForYou, PassphraseWrong, TooManyTries, NotAllowed.
    """
    version = _readable(secret, by=by, number=number)
    key = unlocked(by, passphrase)  # outside of the transaction: a wrong try must stay counted
    with transaction.atomic():
        value = age.unseal(version.sealed, key)
        audit.record(queries.READ, by=by, about=("secret", secret.name), version=version.number)
        _seal_anew_if_stale(secret, value, version, by=by)
    return Opened(version, value)


def seal_anew(*, passphrase: str, by: Person) -> int:
    """Seal whatever `by` can open for exactly those who may read it now, and say how many secrets that were.

    Raises:
        KeyMissing, KeyElsewhere, PassphraseWrong, TooManyTries, NotAllowed.
    """
    rights.require_see(by)
    key = unlocked(by, passphrase)
    done = 0
    for row in queries.stale_for(by):
        with transaction.atomic():
            version = Version.objects.select_for_update().filter(secret=row.secret).order_by("-number").first()
            if version is not None and version.keys.filter(person=by, ended_at=None).exists():
                done += _seal_anew_if_stale(row.secret, age.unseal(version.sealed, key), version, by=by)
    return done


def _seal_anew_if_stale(secret: Secret, value: str, version: Version, *, by: Person) -> bool:
    secret = Secret.objects.select_for_update().get(pk=secret.pk)
    newest = secret.versions.order_by("-number").first()
    if newest is None or newest.pk != version.pk or secret.closed_at is not None:
        return False
    row = queries.rows(queries.with_parts(Secret.objects.filter(pk=secret.pk)), asker=by)[0]
    if not row.is_stale or not row.wanted:
        return False
    sealed = age.seal(value, {key.recipient for key in row.wanted})
    _keep_sealed(newest, sealed=sealed, keys=row.wanted, by=by)
    return True


def _keep_sealed(version: Version, *, sealed: str, keys: list[Key], by: Person) -> None:
    have, now = {key.recipient for key in version.keys.all()}, {key.recipient for key in keys}
    version.sealed, version.sealed_at = sealed, timezone.now()
    version.save(update_fields=["sealed", "sealed_at"])
    version.keys.set(keys)
    facts: dict[str, Any] = {"version": version.number, "also_for": sorted(now - have), "no_longer": sorted(have - now)}
    audit.record("vault.sealed_anew", by=by, about=("secret", version.secret.name), **facts)


def _readable(secret: Secret, *, by: Person, number: int | None) -> Version:
    rights.require_see(by)
    row = queries.get_row(secret.name, seen_by=by)
    if not row.is_mine:
        raise NotAReader(name=secret.name)
    if queries.key_of(by) is None:
        raise KeyMissing
    versions = [one for one in row.secret.versions.all() if number in (None, one.number)]
    mine = [one for one in versions[:1] if any(key.person_id == by.pk and not key.ended_at for key in one.keys.all())]
    if not mine:
        who = ", ".join(sorted(str(key.person.name) for key in row.holders if key.person and not key.ended_at))
        raise NotSealedForYou(name=secret.name, who=who or "–")
    return mine[0]
