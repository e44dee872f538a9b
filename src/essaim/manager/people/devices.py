"""The first sign-in from a browser that a person has not used before is told to them by a letter."""

import hashlib
import ipaddress

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import mail
from essaim.manager.people import letters
from essaim.manager.people.models import KnownDevice, Person

DEVICE_MAX = 120
PREFIX = {4: 16, 6: 32}
"""A provider gives one line another address now and then: the network counts, not the address."""


@receiver(user_logged_in)
@transaction.atomic
def note(request: HttpRequest | None, user: Person, **_: object) -> None:
    """`user` signed in. The very first device is theirs without a word."""
    if request is None:
        return
    address, device = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_USER_AGENT", "")
    digest = hashlib.sha256(f"{device} {_network(address)}".encode()).hexdigest()
    has_some = user.devices.exists()
    _known, is_new = KnownDevice.objects.update_or_create(person=user, sha256=digest)
    if not (is_new and has_some):
        return
    now, url = timezone.now(), settings.ORIGIN + reverse("people:sessions")
    mail.write(
        "new device",
        to=user.email,
        language=user.language,
        letter=lambda: letters.new_device(name=user.name, at=now, device=device[:DEVICE_MAX], address=address, url=url),
    )


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, PREFIX[known.version]), strict=False))
