"""Everything that can happen in the fleet, from top to bottom: wishes, machines, enrolment."""

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from essaim import contract
from essaim.bus.errors import AuthorityError
from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import story
from essaim.manager.fleet.bus import authority
from essaim.manager.fleet.changes import change_of
from essaim.manager.fleet.errors import (
    MachineExists,
    MachineNameRefused,
    MachineRevoked,
    PublicKeyRefused,
    RoleUnknown,
    TokenRefused,
)
from essaim.manager.fleet.models import EnrolmentToken, Machine, Wanted
from essaim.manager.fleet.wake import wake_on_commit
from essaim.manager.people.models import Person
from essaim.manager.people.rights import require

ROLES = ("web", "prober")
TOKEN_LIFETIME = timedelta(hours=1)


def next_revision(previous: int) -> int:
    """A revision above `previous` and above any given out before now, also by a database that was since restored:
    milliseconds since the epoch, or one more than the last.
    """
    return max(previous + 1, int(timezone.now().timestamp() * 1000))


def want(
    machine: Machine, spec: contract.Spec, key: str, *, audit: AuditLine | None = None, again: bool = False
) -> Wanted:
    """Wish that `machine` holds `spec` under `key`. The same wish twice is one wish, unless `again`.

    Must run inside the caller's transaction; the worker is woken when it commits.
    """
    return _wish(machine, spec.kind, key, json.loads(contract.encode(spec)), audit=audit, again=again)


def unwant(machine: Machine, kind: str, key: str, *, erase: bool = False, audit: AuditLine | None = None) -> Wanted:
    """Wish that `machine` no longer serves `kind` `key`; with `erase`, that its data goes too."""
    return _wish(machine, kind, key, None, audit=audit, erase=erase)


def _wish(
    machine: Machine,
    kind: str,
    key: str,
    spec: dict[str, Any] | None,
    *,
    audit: AuditLine | None,
    erase: bool = False,
    again: bool = False,
) -> Wanted:
    now = timezone.now()
    wish = Wanted.objects.select_for_update().filter(machine=machine, kind=kind, key=key).first()
    if wish is not None and wish.spec == spec and wish.erase == erase and not again:
        return wish
    change = change_of(wish, spec, erase=erase)
    if wish is None:
        wish = Wanted(machine=machine, kind=kind, key=key, revision=0)
        _is_no_stranger(machine, f"{kind}.{key}")
    wish.revision = next_revision(wish.revision)
    wish.spec, wish.erase, wish.change, wish.changed_at = spec, erase, change, now
    wish.retry_at = None
    wish.save()
    if audit is not None:
        story.tell(kind, key, story.What.DECIDED, at=now, revision=wish.revision, machine=machine.name, audit=audit)
    wake_on_commit()
    return wish


def _is_no_stranger(machine: Machine, name: str) -> None:
    if name in machine.strangers:
        machine.strangers = {other: revision for other, revision in machine.strangers.items() if other != name}
        machine.save(update_fields=["strangers"])


@transaction.atomic
def add_machine(
    *,
    name: str,
    roles: list[str],
    by: Person,
    address4: str | None = None,
    address6: str | None = None,
    capacity_accounts: int = 1000,
) -> Machine:
    """Expect a machine: its bucket is made, and it may enrol with a token.

    Raises:
        MachineNameRefused, RoleUnknown, MachineExists, NotAllowed.
    """
    require(by, "fleet.change")
    try:
        contract.MachineName(name)
    except contract.NameRefused:
        raise MachineNameRefused(name=name) from None
    for role in roles:
        if role not in ROLES:
            raise RoleUnknown(role=role)
    if Machine.objects.filter(name=name).exists():
        raise MachineExists(name=name)
    machine = Machine.objects.create(
        name=name,
        roles=sorted(set(roles)),
        address4=address4 or None,
        address6=address6 or None,
        capacity_accounts=capacity_accounts,
    )
    audit.record("fleet.machine_added", by=by, about=("machine", name), roles=machine.roles)
    wake_on_commit()
    return machine


@transaction.atomic
def issue_enrolment_token(machine: Machine, *, by: Person) -> str:
    """A one-time token, good for an hour; earlier unused ones of this machine stop working. Shown once."""
    require(by, "fleet.change")
    token = secrets.token_hex(24)  # no hyphen in front: it is an argument of `agent enrol`, typed by a person
    EnrolmentToken.objects.filter(machine=machine, used_at=None).delete()
    EnrolmentToken.objects.create(machine=machine, sha256=_digest(token), expires_at=timezone.now() + TOKEN_LIFETIME)
    audit.record("fleet.token_issued", by=by, about=("machine", machine.name))
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def enrol(request: contract.Enrolment) -> contract.Enrolled:
    """Sign credentials for the key that a new machine made. The token is used up; enrolling again needs a new one.

    Raises:
        TokenRefused: unknown, used or expired.
        PublicKeyRefused: not an NKEY of type user.
    """
    now = timezone.now()
    token = (
        EnrolmentToken.objects.select_for_update(of=("self",))
        .select_related("machine")
        .filter(sha256=_digest(request.token), used_at=None, expires_at__gt=now)
        .first()
    )
    if token is None:
        raise TokenRefused
    machine = token.machine
    keys = authority()
    try:
        credentials = keys.enrol(contract.MachineName(machine.name), request.public_key)
    except AuthorityError:
        raise PublicKeyRefused from None
    token.used_at = now
    token.save(update_fields=["used_at"])
    if machine.public_key and machine.public_key != request.public_key:
        machine.retired_keys = [*machine.retired_keys, machine.public_key]
    machine.public_key = request.public_key
    if machine.state != Machine.State.DRAINING:  # a machine that is to take nothing new stays so, also rebuilt
        machine.state = Machine.State.ACTIVE
    machine.save(update_fields=["public_key", "state", "retired_keys"])
    Wanted.objects.filter(machine=machine).update(sent_revision=0)
    audit.record("fleet.machine_enrolled", by=None, about=("machine", machine.name), hostname=request.hostname)
    wake_on_commit()
    return contract.Enrolled(
        machine=contract.MachineName(machine.name),
        roles=tuple(machine.roles),
        credentials=credentials,
        bus_url=settings.BUS_PUBLIC_URL,
        bus_ca=keys.ca_path.read_text(),
    )


@transaction.atomic
def drain_machine(machine: Machine, *, by: Person, reason: str) -> Machine:
    """Place no new account on `machine`; what it serves it goes on serving."""
    return _change_state(machine, Machine.State.DRAINING, "fleet.machine_drained", by=by, reason=reason)


@transaction.atomic
def resume_machine(machine: Machine, *, by: Person) -> Machine:
    """Place accounts on `machine` again."""
    return _change_state(machine, Machine.State.ACTIVE, "fleet.machine_resumed", by=by)


@transaction.atomic
def revoke_machine(machine: Machine, *, by: Person, reason: str) -> Machine:
    """Take the machine's credentials away: the bus drops its connection at once. What it serves, it still serves."""
    machine = _change_state(machine, Machine.State.REVOKED, "fleet.machine_revoked", by=by, reason=reason)
    EnrolmentToken.objects.filter(machine=machine, used_at=None).delete()
    wake_on_commit()
    return machine


def _change_state(
    machine: Machine, state: Machine.State, code: str, *, by: Person, reason: str | None = None
) -> Machine:
    """A reason that is given must say something; None: this act needs none."""
    require(by, "fleet.change")
    if reason is not None and not reason.strip():
        raise ReasonMissing
    machine = Machine.objects.select_for_update().get(pk=machine.pk)
    if machine.state == state:
        return machine
    if machine.state == Machine.State.REVOKED:
        raise MachineRevoked(name=machine.name)
    machine.state = state
    machine.save(update_fields=["state"])
    audit.record(code, by=by, about=("machine", machine.name), reason=(reason or "").strip())
    return machine


@transaction.atomic
def check_machine(machine: Machine, *, by: Person) -> Machine:
    """Ask the agent to compare wanted with real now; what it finds arrives as reports."""
    require(by, "fleet.change")
    machine = Machine.objects.select_for_update().get(pk=machine.pk)
    if machine.state == Machine.State.REVOKED:
        raise MachineRevoked(name=machine.name)
    machine.check_asked_at = timezone.now()
    machine.save(update_fields=["check_asked_at"])
    audit.record("fleet.machine_check_asked", by=by, about=("machine", machine.name))
    wake_on_commit()
    return machine
