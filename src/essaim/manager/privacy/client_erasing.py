"""Erasing a whole client, once their services have ended and nothing of theirs is on a machine: asked by one of the team, shown before, done
after a while in which it can be stopped. What the law has us keep is sealed, and goes when its time is over.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core import audit, mail, masks
from essaim.manager.core.errors import EssaimError, ReasonMissing
from essaim.manager.core.personal import Declaration, Erase, declarations
from essaim.manager.people import rights
from essaim.manager.people.models import Client, Membership, Merge, Person
from essaim.manager.people.second_factor import cipher
from essaim.manager.privacy import letters
from essaim.manager.privacy.erasing import GRACE, IDENTITY_KEPT, Line
from essaim.manager.privacy.errors import (
    AccountsStill,
    ClientErasureMissing,
    ClientErasureThere,
    IdentifierWrong,
    ServicesStill,
)
from essaim.manager.privacy.forgetting import KnownClient, forget_in_trail
from essaim.manager.privacy.models import ClientErasure, KeptClient

EMPTIED = (
    "legal_name",
    "street",
    "postal_code",
    "city",
    "area",
    "country",
    "siren",
    "siret",
    "rna",
    "vat",
    "reference",
)


class Preview(NamedTuple):
    """What an erasure would do, and what stands in its way."""

    lines: list[Line]
    people: list[str]
    """E-mails of who has a place there; their sign-ins stay."""
    due_at: datetime
    kept_until: datetime
    refusal: EssaimError | None


def preview(client: Client, *, seen_by: Person) -> Preview:
    """What would be deleted, emptied and kept, by model.

    Raises:
        RightMissing.
    """
    rights.require(seen_by, "clients.end")
    lines = []
    for one in declarations():
        number = sum(rows.count() for rows in _rows(one, _all(client)))
        if number:
            lines.append(Line(one.purpose, number, one.at_end.label, one.at_end, one.law_at_end))
    people = sorted(
        Membership.objects.filter(client__in=_all(client)).values_list("person__email", flat=True).distinct()
    )
    due = timezone.now() + GRACE
    return Preview(lines, people, due, due + IDENTITY_KEPT, refusal_of(client))


def refusal_of(client: Client) -> EssaimError | None:
    """What has to be done first; None: nothing."""
    if client.state != Client.State.CLOSED or client.spent_sha256:
        return ServicesStill(client=client.name)
    logins = sorted(account.login for one in _all(client) for account in one.accounts.all())
    return AccountsStill(client=client.name, accounts=", ".join(logins)) if logins else None


def under_way(client: Client) -> ClientErasure | None:
    """The erasure that will be done, if one will."""
    return ClientErasure.objects.filter(client=client, stopped_at=None, done_at=None).select_related("by").first()


@transaction.atomic
def ask(client: Client, *, confirm: str, reason: str, by: Person) -> ClientErasure:
    """Erase `client` after the grace. `confirm`: its identifier, typed. Whoever has a place there gets a letter.

    Raises:
        RightMissing, IdentifierWrong, ReasonMissing, ServicesStill, AccountsStill, ClientErasureThere.
    """
    rights.require(by, "clients.end")
    client = Client.objects.select_for_update().get(pk=client.pk)
    if confirm.strip().lower() != client.slug:
        raise IdentifierWrong(slug=client.slug)
    if not reason.strip():
        raise ReasonMissing
    if refusal := refusal_of(client):
        raise refusal
    due = timezone.now() + GRACE
    try:
        with transaction.atomic():
            erasure = ClientErasure.objects.create(client=client, by=by, due_at=due, reason=reason.strip()[:400])
    except IntegrityError:
        raise ClientErasureThere(client=client.name) from None
    _record("privacy.client_erasure_asked", client, by=by, reason=erasure.reason, due=due)
    _tell_people(client, due)
    return erasure


def _tell_people(client: Client, due: datetime) -> None:
    url = settings.ORIGIN + reverse("privacy:mine")
    for place in Membership.objects.select_related("person").filter(client=client, person__is_active=True):
        facts = {"name": place.person.name, "client": client.name, "due": due, "url": url}
        mail.write(
            "client erasure asked",
            to=place.person.email,
            language=place.person.language,
            letter=lambda facts=facts: letters.client_erasure_asked(**facts),  # type: ignore[misc]  # mypy does not infer a lambda with a default
        )


@transaction.atomic
def stop(client: Client, *, by: Person) -> None:
    """Somebody of the team thought better of it.

    Raises:
        RightMissing, ClientErasureMissing.
    """
    rights.require(by, "clients.end")
    client = Client.objects.select_for_update().get(pk=client.pk)
    if not ClientErasure.objects.filter(client=client, stopped_at=None, done_at=None).update(stopped_at=timezone.now()):
        raise ClientErasureMissing(client=client.name)
    _record("privacy.client_erasure_stopped", client, by=by, reason="")


def erase_due() -> int:
    """The worker's turn: every client whose grace is over. One that has an account again meanwhile stays until that is settled."""
    due = ClientErasure.objects.filter(stopped_at=None, done_at=None, due_at__lte=timezone.now())
    return sum(_erase(pk) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _erase(pk: int) -> bool:
    erasure = ClientErasure.objects.select_for_update().get(pk=pk)
    client = Client.objects.select_for_update().get(pk=erasure.client_id)
    if erasure.done_at or erasure.stopped_at or refusal_of(client):
        return False
    with masks.read_by(None):
        clients = _all(client)
        identity: dict[str, Any] = {"clients": [_identity(one) for one in clients]}
        known = KnownClient(clients)
        _record("privacy.client_erased", client, by=None, reason=erasure.reason)
        counts = {one.label: _erase_rows(one, clients) for one in declarations()}
        for one in clients:
            _empty(one)
        identity["trail"] = forget_in_trail(known)
    sealed = cipher().encrypt(json.dumps(identity, default=str).encode()).decode()
    KeptClient.objects.update_or_create(
        client=client, defaults={"sealed": sealed, "until": timezone.now() + IDENTITY_KEPT}
    )
    erasure.counts = {label: count for label, count in counts.items() if count}
    erasure.reason, erasure.done_at = "", timezone.now()
    erasure.save(update_fields=["counts", "reason", "done_at"])
    return True


def _all(client: Client) -> list[Client]:
    """`client`, and those that were merged into it."""
    found, numbers = [client], {client.pk}
    for one in found:
        for merge in Merge.objects.select_related("gone").filter(kept=one, undone_at=None):
            if merge.gone_id not in numbers:
                numbers.add(merge.gone_id)
                found.append(merge.gone)
    return found


def _rows(one: Declaration, clients: list[Client]) -> list[Any]:
    found = [one.rows_of_client(client) for client in clients]
    return [rows for rows in found if rows is not None]


def _erase_rows(one: Declaration, clients: list[Client]) -> int:
    if one.at_end is not Erase.DELETED:
        return 0
    return sum(rows.delete()[1].get(one.model._meta.label, 0) for rows in _rows(one, clients))  # noqa: SLF001 - Django's public name for it


def _identity(client: Client) -> dict[str, Any]:
    people = client.memberships.values("person__email", "person__name", "role")
    return {**model_to_dict(client), "people": list(people), "contacts": list(client.contacts.values("kind", "name", "email", "phone"))}  # fmt: skip


def _empty(client: Client) -> None:
    """Its row stays, because others point at it; its identifier is nobody's for good."""
    client.spent_sha256 = hashlib.sha256(client.slug.encode()).hexdigest()
    client.slug = client.name = f"erased-{client.pk}"
    for field in EMPTIED:
        setattr(client, field, "")
    client.save()


def _record(code: str, client: Client, *, by: Person | None, reason: str, **facts: object) -> None:
    audit.record(code, by=by, about=("client", client.slug), client=client.slug, reason=reason, **facts)
