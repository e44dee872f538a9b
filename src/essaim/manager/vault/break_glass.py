"""The break-glass key: its public half, the kit of what is sealed for it, and telling everybody that it was used. The Manager never has
its secret half in the clear: `essaim break-glass make` makes and splits it elsewhere. From the same secret comes the authority that opens machines
(`essaim/break_glass/entry.py`), whose public half machines are told.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from essaim import age, contract
from essaim.manager.core import audit, mail
from essaim.manager.core.mail import Letter
from essaim.manager.fleet.models import Machine
from essaim.manager.keys import glass
from essaim.manager.keys.authority import authority as keys_authority
from essaim.manager.keys.errors import PublicKeyRefused
from essaim.manager.keys.jobs import moment
from essaim.manager.keys.queries import glass_authority, machines_to_enter
from essaim.manager.people import rights
from essaim.manager.people.models import Person
from essaim.manager.vault import letters, queries
from essaim.manager.vault.errors import BreakGlassMissing, RecipientRefused
from essaim.manager.vault.models import Key, Secret
from essaim.manager.vault.rights import require_change, require_see

USES = ("opened", "drill")


class Kit(NamedTuple):
    """What `essaim break-glass kit` writes down; `missing` are names of what the key does not open yet."""

    recipient: str
    locked: str
    secrets: list[dict[str, Any]]
    missing: list[str]
    authority: str
    """That machines believe when the Manager is dead; empty: none."""
    machines_authority: str
    """By which machines are known."""
    machines: list[dict[str, Any]]


@transaction.atomic
def register(*, recipient: str, locked: str, holders: Iterable[str], by: Person | None, authority: str = "") -> Key:
    """Seal for this key from now on, and let its authority into machines; the ones before end. Everything is stale until its readers
    seal it anew.

    Raises:
        RecipientRefused, RightMissing.
    """
    require_change(by)
    try:
        parsed = age.parse_recipient(recipient)
    except age.AgeError:
        raise RecipientRefused from None
    if not age.is_sealed(locked) or Key.objects.filter(recipient=parsed).exists():
        raise RecipientRefused
    Key.objects.select_for_update().filter(is_break_glass=True, ended_at=None).update(ended_at=timezone.now())
    named = [holder.strip()[:120] for holder in holders if holder.strip()]
    key = Key.objects.create(recipient=parsed, locked=locked, holders=named, is_break_glass=True)
    opens = bool(authority.strip())
    line = audit.record("vault.break_glass_made", by=by, about=("key", parsed), holders=named, opens_machines=opens)
    try:
        glass.believe(authority, audit=line)
    except PublicKeyRefused:
        raise RecipientRefused from None
    return key


@transaction.atomic
def take_kit(*, by: Person) -> Kit:
    """Every secret that is sealed for the break-glass key, noted in the trail.

    Raises:
        BreakGlassMissing, RightMissing.
    """
    require_see(by)
    require_change(by)
    key = queries.break_glass_key()
    if key is None:
        raise BreakGlassMissing
    machines = [{"name": one.name, "address4": one.address4, "address6": one.address6} for one in machines_to_enter()]
    kit = Kit(key.recipient, key.locked, [], [], glass_authority(), keys_authority("machines").public, machines)
    for row in queries.rows(queries.with_parts(Secret.objects.filter(closed_at=None)), asker=by):
        secret, version = row.secret, row.version
        if version is None:
            continue
        if key.pk not in {one.pk for one in version.keys.all()}:
            kit.missing.append(secret.name)
            continue
        told = {name: getattr(secret, name) for name in ("name", "folder", "login", "url", "note")}
        kit.secrets.append({**told, "version": version.number, "sealed": version.sealed})
    audit.record("vault.kit_taken", by=by, about=("key", key.recipient), secrets=len(kit.secrets), missing=kit.missing)
    return kit


@transaction.atomic
def ring(*, what: str, by: Person) -> int:
    """Tell the whole team that the break-glass key was used, and keep it in the trail. Says how many get a letter.

    Raises:
        RightMissing.
    """
    require_see(by)
    now, url = timezone.now(), f"{settings.ORIGIN}/vault/"
    told = _tell_team(
        lambda name: letters.break_glass_used(name=name, by=by.name, at=now, is_drill=what == "drill", url=url)
    )
    key = queries.break_glass_key()
    about = ("key", key.recipient if key else "")
    audit.record("vault.break_glass_used", by=by, about=about, what=what if what in USES else "opened", told=told)
    return told


def _tell_team(letter: Callable[[str], Letter]) -> int:
    people = rights.holders("team.see")
    for person in people:
        mail.write(
            "break-glass used",
            to=person.email,
            language=person.language,
            letter=lambda name=person.name: letter(name),  # type: ignore[misc]  # of a name and nothing else
        )
    return len(people)


@transaction.atomic
def take_uses(machine: Machine, told: contract.GlassUses) -> None:
    """A machine tells that somebody came in with the break-glass key. Each time stands in the trail; the team gets one letter for each
    certificate and machine, and one that is told again is known.
    """
    for use in told.uses:
        is_new, is_first = glass.note_use(machine, use)
        if not is_new:
            continue
        at, url = moment(use.opened_at), f"{settings.ORIGIN}/keys/sessions/"
        letter = partial(
            letters.break_glass_entered, by=use.name, machine=machine.name, origin=use.origin, at=at, url=url
        )
        letters_sent = _tell_team(letter) if is_first else 0
        audit.record(
            "vault.break_glass_entered",
            by=None,
            about=("machine", machine.name),
            name=use.name,
            serial=str(use.serial),
            origin=use.origin,
            at=at,
            command=use.command[:200],
            told=letters_sent,
        )
