"""From this room's rows to what is wanted of machines."""

import base64
import json
import logging
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from django.db import transaction
from django.utils import timezone

from essaim import contract
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import actions as fleet
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.keys.authority import authority
from essaim.manager.keys.errors import TokenAway
from essaim.manager.keys.models import Certificate, HostCertificate, MachineUser
from essaim.manager.keys.queries import glass_authority, who_may_enter
from essaim.manager.keys.revocations import revocation_list

log = logging.getLogger("essaim.keys")

KIND = contract.Keys.kind
HOST_LIFETIME = timedelta(days=60)
RENEWED_BEFORE = timedelta(days=30)
KEPT_AFTER_END = timedelta(hours=1)
"""A revoked certificate stays in the list for so long after its end: clocks differ."""


@transaction.atomic
def tell_machines(*, audit: AuditLine | None = None) -> int:
    """Every machine with sshd is told who may come in and what is revoked, if it was told otherwise. How many are told now."""
    told = 0
    people, spec_of = _people(), _Specs()
    wishes = {wish.machine_id: wish for wish in Wanted.objects.filter(kind=KIND)}
    for machine in Machine.objects.exclude(state=Machine.State.REVOKED).order_by("id"):
        wish = wishes.get(machine.pk)
        if not (host_key := str(machine.facts.get("ssh_host_key", ""))):
            continue
        try:
            spec = spec_of.machine(machine, host_key, people)
        except TokenAway as away:  # it waits for its certificate; what others must hear does not
            log.warning("%s gets no host certificate: %s", machine.name, away)
            continue
        if wish is None or wish.spec != json.loads(contract.encode(spec)):
            fleet.want(machine, spec, machine.name, audit=audit)
            told += 1
    return told


class _Specs:
    """What is the same for all machines is computed once."""

    def __init__(self) -> None:
        self.public = authority("people").public
        gone_before = timezone.now() - KEPT_AFTER_END
        rows = Certificate.objects.exclude(revoked_at=None).filter(valid_until__gt=gone_before)
        found = list(rows.values_list("serial", "revoked_at"))
        self.serials = sorted(serial for serial, _ in found)
        version = max((int(moment.timestamp()) for _, moment in found if moment), default=0)
        self.revoked = base64.b64encode(revocation_list(self.public, self.serials, version=version)).decode()
        self.glass = glass_authority()
        self._hosts = {row.machine_id: row for row in HostCertificate.objects.all()}

    def machine(self, machine: Machine, host_key: str, people: tuple[contract.MachinePerson, ...]) -> contract.Keys:
        return contract.Keys(
            machine=contract.MachineName(machine.name),
            people=people,
            authorities=(self.public,),
            glass=self.glass,
            revoked=self.revoked,
            serials=tuple(self.serials),
            host_key=host_key,
            host_certificate=_host_certificate(machine, host_key, self._hosts.get(machine.pk)),
        )


def _people() -> tuple[contract.MachinePerson, ...]:
    may = {person.pk for person in who_may_enter()}
    users = MachineUser.objects.filter(person__in=may).select_related("person").order_by("login")
    return tuple(
        contract.MachinePerson(login=contract.PersonLogin(user.login), uid=user.uid, name=user.person.name)
        for user in users
        if user.person is not None
    )


def _host_certificate(machine: Machine, host_key: str, known: HostCertificate | None) -> str:
    now = timezone.now()
    if known is not None and known.host_key == host_key and known.valid_until - now > RENEWED_BEFORE:
        return known.text
    key = load_ssh_public_key(host_key.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(f"{machine.name} has no Ed25519 key: the agent makes no other")
    begins, ends = now - timedelta(minutes=10), now + HOST_LIFETIME
    try:
        text = authority("machines").sign(
            key, key_id=machine.name, serial=0, principals=[machine.name], begins=begins, ends=ends
        )
    except TokenAway:
        if known is None or known.host_key != host_key:
            raise
        return known.text  # for as long as it is good
    HostCertificate.objects.update_or_create(
        machine=machine, defaults={"host_key": host_key, "text": text, "valid_until": ends}
    )
    return text
