"""Keys to the machines: somebody on one now, sessions of before, a certificate that was revoked."""

from datetime import timedelta

from django.utils import timezone

from essaim import contract
from essaim.manager.fleet.models import Machine
from essaim.manager.keys import actions, jobs
from essaim.manager.keys.models import Certificate
from essaim.manager.people.models import Person
from tests.unit.keys.conftest import new_public_key

SERIAL = 4611686018427387904
"""Of the certificate that is good."""


def furnish_keys(team: Person) -> None:
    """A certificate that is good, one that was revoked, three sessions."""
    for machine in Machine.objects.filter(name__in=["web1", "outside1"]):
        machine.facts = {**machine.facts, "ssh_host_key": new_public_key()}
        machine.save()
    good = _given(team, "root", "The disk of the accounts is nearly full", SERIAL)
    former = _given(team, "operator", "", SERIAL + 1)
    actions.revoke_certificate(former, by=team, reason="A laptop was left in a train")
    now = timezone.now()
    root = contract.Became(at=now.timestamp() - 60, reason="See what fills it", command="btrfs filesystem usage /srv")
    _tell(
        good, 1, opened=now - timedelta(minutes=3), became_root=(root,), recording="/var/log/essaim/sessions/v_alix/1"
    )
    _tell(former, 2, opened=now - timedelta(hours=5), ended=now - timedelta(hours=4), is_cut=True)
    _tell(
        former, 3, opened=now - timedelta(days=2), ended=now - timedelta(days=2), command="journalctl -u essaim-agent"
    )


def _given(team: Person, role: str, reason: str, serial: int) -> Certificate:
    given = actions.give_certificate(
        by=team,
        machines=["web1"] if role == "root" else ["outside1", "web1"],
        role=role,
        lifetime=timedelta(hours=1),
        public_key=new_public_key(),
        reason=reason,
        origin="192.0.2.44",
    )
    Certificate.objects.filter(pk=given.certificate.pk).update(serial=serial)
    return Certificate.objects.get(serial=serial)


def _tell(certificate: Certificate, number: int, *, opened: object, ended: object = None, **more: object) -> None:
    session = contract.SshSession(
        id=f"{number:016x}",
        login=certificate.login,
        role=certificate.role,
        serial=certificate.serial,
        origin="192.0.2.44",
        opened_at=opened.timestamp(),  # type: ignore[attr-defined]
        ended_at=ended.timestamp() if ended else None,  # type: ignore[attr-defined]
        **more,  # type: ignore[arg-type]
    )
    jobs.take_sessions(Machine.objects.get(name="web1"), contract.SshSessions(sessions=(session,)))
