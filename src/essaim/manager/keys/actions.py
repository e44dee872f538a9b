"""Everything that can happen in the keys room, from top to bottom."""

import base64
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.fleet.models import Machine
from essaim.manager.fleet.queries import get_machine
from essaim.manager.keys import errors
from essaim.manager.keys.authority import authority, public_text
from essaim.manager.keys.models import Certificate, Confirmation, MachineUser
from essaim.manager.keys.queries import ENTER
from essaim.manager.keys.wanted import tell_machines
from essaim.manager.people.models import Person
from essaim.manager.people.rights import require
from essaim.manager.people.second_factor import is_code_of

FIRST_UID, LAST_UID = 15_000, 19_999
CONFIRMED_FOR = timedelta(minutes=10)
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=8)
BEFORE = timedelta(minutes=2)
"""A certificate is good from so long before it was given: clocks differ."""
MACHINES_AT_ONCE = 50


class Given(NamedTuple):
    """A new certificate, its text, and the key of the authority that signs for machines."""

    certificate: Certificate
    text: str
    machines: list[Machine]
    machines_authority: str


@transaction.atomic
def confirm(person: Person) -> Confirmation:
    """`person` has just shown in the browser that it is them: their command line may ask for certificates for ten minutes."""
    require(person, ENTER)
    made, _new = Confirmation.objects.update_or_create(
        person=person, defaults={"until": timezone.now() + CONFIRMED_FOR}
    )
    audit.record("keys.confirmed", by=person, about=("person", person.email))
    return made


def require_confirmed(person: Person, code: str) -> None:
    """Refuse unless `person` confirmed lately, or `code` is one of their second factor's now; then it counts for ten minutes.

    Raises:
        NotConfirmed, CodeWrong, TooManyTries.
    """
    if code:
        if not is_code_of(person, code):
            raise errors.CodeWrong
        confirm(person)
    elif not Confirmation.objects.filter(person=person, until__gt=timezone.now()).exists():
        raise errors.NotConfirmed(url=f"{settings.ORIGIN}{reverse('keys:confirm')}")


@transaction.atomic
def give_certificate(
    *,
    by: Person,
    machines: Iterable[str],
    role: str,
    lifetime: timedelta,
    public_key: str,
    reason: str = "",
    origin: str = "",
) -> Given:
    """Sign `public_key` for `by` themselves. `require_confirmed` comes first. The role root needs a reason.

    Raises:
        RightMissing, MachineNotFound, MachineNotReady, NoMachineNamed, TooLong, PublicKeyRefused, ReasonMissing.
    """
    require(by, ENTER)
    key = _read(public_key)
    if not SHORTEST <= lifetime <= LONGEST:
        raise errors.TooLong
    if role == Certificate.Role.ROOT and not reason.strip():
        raise ReasonMissing
    found = _machines(machines, by)
    user = _user_of(by)
    now = timezone.now()
    row = Certificate.objects.create(
        serial=secrets.randbelow(2**63 - 1) + 1,
        person=by,
        login=user.login,
        role=Certificate.Role(role),
        machines=[machine.name for machine in found],
        reason=reason.strip()[:500],
        fingerprint=_fingerprint(key),
        origin=origin[:64],
        issued_at=now,
        valid_until=now + lifetime,
    )
    text = authority("people").sign(
        key,
        key_id=row.key_id,
        serial=row.serial,
        principals=[f"{user.login}:{role}@{machine.name}" for machine in found],
        begins=now - BEFORE,
        ends=row.valid_until,
    )
    about = ("certificate", str(row.serial))
    audit.record("keys.certificate_given", by=by, about=about, reason=row.reason, role=role, machines=row.machines)
    return Given(row, text, found, authority("machines").public)


def _read(public_key: str) -> Ed25519PublicKey:
    try:
        key = load_ssh_public_key(public_key.encode())
    except (ValueError, UnsupportedAlgorithm, UnicodeEncodeError):
        raise errors.PublicKeyRefused from None
    if not isinstance(key, Ed25519PublicKey):
        raise errors.PublicKeyRefused
    return key


def _fingerprint(key: Ed25519PublicKey) -> str:
    blob = base64.b64decode(public_text(key).split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _machines(names: Iterable[str], by: Person) -> list[Machine]:
    found = [get_machine(name, seen_by=by) for name in sorted(set(names))]
    if not 1 <= len(found) <= MACHINES_AT_ONCE:
        raise errors.NoMachineNamed
    for machine in found:
        if machine.state == Machine.State.REVOKED or not machine.facts.get("ssh_host_key"):
            raise errors.MachineNotReady(name=machine.name)
    return found


def ensure_users(people: Iterable[Person]) -> bool:
    """Each of `people` has a user on machines. Whether one was made."""
    known = set(MachineUser.objects.exclude(person=None).values_list("person_id", flat=True))
    missing = [person for person in people if person.pk not in known]
    for person in missing:
        _user_of(person)
    return bool(missing)


@transaction.atomic
def _user_of(person: Person) -> MachineUser:
    user = MachineUser.objects.filter(person=person).first()
    if user is None:
        uid = max([FIRST_UID - 1, *MachineUser.objects.values_list("uid", flat=True)]) + 1
        if uid > LAST_UID:
            raise errors.NoNumberLeft
        user = MachineUser.objects.create(person=person, login=_free_login(person.name), uid=uid)
        tell_machines()
    return user


def _free_login(name: str) -> str:
    """From a person's name: `v_` and plain letters of it, with a number where that was somebody's before."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = "v_" + (re.sub(r"[^a-z0-9]", "", plain)[:16] or "person")
    taken = set(MachineUser.objects.filter(login__startswith=stem).values_list("login", flat=True))
    return next(login for login in (stem, *(f"{stem}{n}" for n in range(2, 5001))) if login not in taken)


@transaction.atomic
def revoke_certificate(certificate: Certificate, *, by: Person | None, reason: str) -> Certificate:
    """`certificate` opens nothing any more, on any machine, and the sessions that it opened end. Twice is once."""
    require(by, ENTER)
    if not reason.strip():
        raise ReasonMissing
    row = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if row.revoked_at is None:
        _revoke([row], by=by, reason=reason)
        about = ("certificate", str(row.serial))
        line = audit.record("keys.certificate_revoked", by=by, about=about, reason=row.revoke_reason, login=row.login)
        tell_machines(audit=line)
    return row


def _revoke(rows: list[Certificate], *, by: Person | None, reason: str) -> None:
    for row in rows:
        row.revoked_at, row.revoked_by, row.revoke_reason = timezone.now(), by, reason.strip()[:500]
    Certificate.objects.bulk_update(rows, ["revoked_at", "revoked_by", "revoke_reason"])


def count_valid(person: Person) -> int:
    """How many certificates of `person` open machines now."""
    return Certificate.objects.filter(person=person, revoked_at=None, valid_until__gt=timezone.now()).count()


@transaction.atomic
def revoke_all_of(person: Person, by: Person | None) -> None:
    """Every certificate of `person` ends: the door of SSH closes. Whoever calls records why."""
    Confirmation.objects.filter(person=person).delete()
    rows = Certificate.objects.select_for_update(of=("self",)).filter(
        person=person, revoked_at=None, valid_until__gt=timezone.now()
    )
    _revoke(list(rows), by=by, reason="every door of this person was closed")
    tell_machines()
