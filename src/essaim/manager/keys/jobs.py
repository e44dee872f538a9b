"""What the worker does for this room: machines know who may come in, and tell who did."""

from datetime import UTC, datetime

import msgspec
from django.db import transaction
from django.utils import timezone

from essaim import contract
from essaim.manager.core import audit
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.fleet.reactions import Ask
from essaim.manager.keys import actions
from essaim.manager.keys.models import Certificate, Session
from essaim.manager.keys.queries import who_may_enter
from essaim.manager.keys.wanted import KIND, tell_machines


@transaction.atomic
def follow() -> None:
    """Rights, names and machines may have changed: who lost the right has no certificate that is good, and machines know."""
    people = who_may_enter()
    actions.ensure_users(people)
    may = {person.pk for person in people}
    valid = Certificate.objects.filter(revoked_at=None, valid_until__gt=timezone.now()).select_related("person")
    for person in {row.person for row in valid if row.person_id not in may}:
        actions.revoke_all_of(person, None)
        audit.record("keys.certificates_ended", by=None, about=("person", person.email))
    tell_machines()


def asks() -> list[Ask]:
    """The word that keeps doors open: which revision is the newest for each machine."""
    wishes = Wanted.objects.filter(kind=KIND, spec__isnull=False).exclude(machine__state=Machine.State.REVOKED)
    return [Ask(name, KIND, (str(revision),)) for name, revision in wishes.values_list("machine__name", "revision")]


def take_sessions(machine: Machine, told: contract.SshSessions) -> None:
    """What a machine tells of sessions; each told whole."""
    by_serial = {row.serial: row for row in Certificate.objects.filter(serial__in={s.serial for s in told.sessions})}
    for session in told.sessions:
        Session.objects.update_or_create(
            machine=machine,
            number=session.id[:16],
            defaults={
                "serial": session.serial,
                "certificate": by_serial.get(session.serial),
                "login": session.login[:24],
                "role": session.role[:8],
                "origin": session.origin[:64],
                "command": session.command[:4000],
                "opened_at": moment(session.opened_at),
                "ended_at": moment(session.ended_at) if session.ended_at else None,
                "is_cut": session.is_cut,
                "recording": session.recording[:300],
                "glass": session.glass[:80],
                "became_root": msgspec.to_builtins(session.became_root),
            },
        )


def moment(seconds: float) -> datetime:
    """What a machine's clock said, within what the database holds."""
    return datetime.fromtimestamp(min(max(seconds, 0), 2**33), UTC)
