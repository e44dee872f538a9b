"""Reads of the keys room."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from essaim.manager.fleet.models import Machine
from essaim.manager.keys.errors import CertificateNotFound
from essaim.manager.keys.models import Certificate, GlassAuthority, Session
from essaim.manager.people.models import Person
from essaim.manager.people.rights import agreement, holders

ENTER = "machines.enter"
"""The right of this room."""


def who_may_enter() -> list[Person]:
    """Who holds the right to come into machines now. To be asked for in the background: it is noted as nobody's use of their right."""
    return [person for person in holders(ENTER) if agreement.is_signed_by(person)]


def certificates() -> QuerySet[Certificate]:
    """All of them, the newest first."""
    return Certificate.objects.select_related("person", "revoked_by")


def valid_certificates() -> QuerySet[Certificate]:
    """Those that open machines now."""
    return certificates().filter(revoked_at=None, valid_until__gt=timezone.now())


def recent_certificates(limit: int = 30) -> list[Certificate]:
    """Those of the last 30 days that open nothing any more."""
    since = timezone.now() - timedelta(days=30)
    valid = valid_certificates().values("pk")
    return list(certificates().filter(issued_at__gt=since).exclude(pk__in=valid)[:limit])


def get_certificate(serial: int) -> Certificate:
    """One certificate.

    Raises:
        CertificateNotFound.
    """
    found = certificates().filter(serial=serial).first()
    if found is None:
        raise CertificateNotFound(serial=serial)
    return found


def sessions() -> QuerySet[Session]:
    """All of them, the newest first."""
    return Session.objects.select_related("machine", "certificate__person")


def glass_authority() -> str:
    """The public half of the break-glass authority; empty: there is none."""
    return GlassAuthority.objects.filter(ended_at=None).values_list("public", flat=True).first() or ""


def machines_to_enter() -> list[Machine]:
    """Machines that let people in."""
    found = Machine.objects.exclude(state=Machine.State.REVOKED)
    return [machine for machine in found if machine.facts.get("ssh_host_key")]
