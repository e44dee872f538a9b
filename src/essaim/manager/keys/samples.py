"""Made-up keys to the machines for a demo: a certificate that is good for some hours, one that was revoked, and a session that ended."""

from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import transaction
from django.utils import timezone

from essaim import contract
from essaim.manager.fleet.models import Machine
from essaim.manager.keys import actions, jobs
from essaim.manager.keys.models import Certificate
from essaim.manager.people.models import Person

ADMINISTRATOR = "machines-paris@example.test"
ORIGIN = "192.0.2.44"
"""An address that nobody has (RFC 5737)."""


@transaction.atomic
def furnish() -> None:
    """Unless it is there, or no machine has told its host key yet."""
    person = Person.objects.get(email=ADMINISTRATOR)
    machine = next((one for one in Machine.objects.order_by("name") if one.facts.get("ssh_host_key")), None)
    if machine is None or Certificate.objects.filter(person=person).exists():
        return
    actions.confirm(person)
    former = _given(person, machine, "operator", "Regarder pourquoi un site a tardé.")
    _given(person, machine, "operator", "")
    now = timezone.now()
    session = contract.SshSession(
        id="00000000000000aa",
        login=former.login,
        role=former.role,
        serial=former.serial,
        origin=ORIGIN,
        opened_at=(now - timedelta(minutes=52)).timestamp(),
        ended_at=(now - timedelta(minutes=31)).timestamp(),
        command="journalctl -u essaim-agent --since today",
    )
    jobs.take_sessions(machine, contract.SshSessions(sessions=(session,)))
    actions.revoke_certificate(former, by=person, reason="C'est fini ; la clé ne sert plus.")


def _given(person: Person, machine: Machine, role: str, reason: str) -> Certificate:
    """Signed for a key whose other half is thrown away at once: nobody enters with it."""
    public = Ed25519PrivateKey.generate().public_key()
    return actions.give_certificate(
        by=person,
        machines=[machine.name],
        role=role,
        lifetime=timedelta(hours=8),
        public_key=public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        reason=reason,
        origin=ORIGIN,
    ).certificate
