"""The break-glass authority: by whose word people come into machines when the Manager is dead, and which machines told that it was used.

The Manager has its public half alone. Who makes, splits and uses it is the vault's business: `manager/vault/break_glass.py`.
"""

from datetime import timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from django.db import transaction
from django.utils import timezone

from essaim import contract
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Machine
from essaim.manager.fleet.reactions import Ask
from essaim.manager.keys import jobs
from essaim.manager.keys.authority import public_text
from essaim.manager.keys.errors import PublicKeyRefused
from essaim.manager.keys.models import Certificate, GlassAuthority, Session
from essaim.manager.keys.wanted import tell_machines

WORD = "glass"
ANSWERED_FOR = timedelta(seconds=12)
"""A machine tells again after five seconds, so the answer is said again for longer than that."""


def parsed(public: str) -> str:
    """A public key as machines read it; empty stays so.

    Raises:
        PublicKeyRefused: not the public half of an Ed25519 key.
    """
    if not public.strip():
        return ""
    try:
        key = load_ssh_public_key(public.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise PublicKeyRefused from None
    if not isinstance(key, Ed25519PublicKey):
        raise PublicKeyRefused
    return public_text(key)


@transaction.atomic
def believe(public: str, *, audit: AuditLine | None = None) -> None:
    """Machines let in by this authority from now on, and by no earlier one: the sessions that it opened end. Empty: by none. Who may
    change it, the caller has asked.

    Raises:
        PublicKeyRefused: not an Ed25519 key, or one that was replaced before.
    """
    text = parsed(public)
    now = timezone.now()
    current = GlassAuthority.objects.select_for_update().filter(ended_at=None).first()
    if current is None or current.public != text:
        if text and GlassAuthority.objects.filter(public=text).exists():
            raise PublicKeyRefused
        GlassAuthority.objects.filter(ended_at=None).update(ended_at=now)
        if text:
            GlassAuthority.objects.create(public=text, made_at=now)
    tell_machines(audit=audit)


@transaction.atomic
def note_use(machine: Machine, use: contract.GlassUse) -> tuple[bool, bool]:
    """Keep what a machine told. Whether it was unknown so far, and whether this certificate was on this machine for the first time."""
    earlier = Session.objects.filter(machine=machine, serial=use.serial).exclude(glass_heard_at=None)
    is_first = not earlier.exists()
    session, _made = Session.objects.select_for_update().get_or_create(
        machine=machine,
        number=use.id[:16],
        defaults={
            "serial": use.serial,
            "login": "break-glass",
            "role": Certificate.Role.ROOT,
            "origin": use.origin[:64],
            "command": use.command[:4000],
            "opened_at": jobs.moment(use.opened_at),
        },
    )
    is_new = session.glass_heard_at is None
    session.glass, session.glass_heard_at = use.name[:80] or "?", timezone.now()
    session.save(update_fields=["glass", "glass_heard_at"])
    return is_new, is_first


def asks() -> list[Ask]:
    """The word to each machine that its telling of a use has arrived."""
    since = timezone.now() - ANSWERED_FOR
    heard = Session.objects.filter(glass_heard_at__gt=since).values_list("machine__name", "number")
    return [Ask(machine, WORD, (number,)) for machine, number in heard]
