"""Clients that are one are merged, and for thirty days that is undone exactly.

Each room whose rows belong to a client registers a part: which rows those are. A row that the other client has too (the same person, the
same consent) stays where it is: nothing is lost, and undoing finds it there. What was added after the merge stays with the one that was kept.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import audit
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.people import rights
from essaim.manager.people.client_details import ADDRESS, NUMBERS
from essaim.manager.people.client_errors import MergeAgain, MergeMissing, MergeTooOld, MergeWithItself
from essaim.manager.people.models import Client, Contact, Invitation, Membership, Merge, Note, Person

UNDONE_WITHIN = timedelta(days=30)
FILLED = ("legal_name", "reference", *NUMBERS)
"""Details that are taken over where the one that is kept has none; the address is taken whole or not at all."""


class Part(NamedTuple):
    """Rows of one kind that move with a client. `stays`: of the rows of `gone`, those that `kept` has already."""

    name: str
    label: "str | Promise"
    model: type[models.Model]
    field: str
    stays: Callable[[Client, Client], models.QuerySet[Any]] | None

    def rows(self, gone: Client, kept: Client) -> models.QuerySet[Any]:
        """The rows of `gone` that move to `kept`."""
        rows = self.model._default_manager.filter(**{self.field: gone})  # noqa: SLF001 - Django's public name for it
        return rows.exclude(pk__in=self.stays(gone, kept).values("pk")) if self.stays else rows


_parts: dict[str, Part] = {}


def register(
    name: str,
    *,
    label: "str | Promise",
    model: type[models.Model],
    field: str = "client",
    stays: Callable[[Client, Client], models.QuerySet[Any]] | None = None,
) -> None:
    """From now on the rows of `model` whose `field` is the client move with it."""
    _parts[name] = Part(name, label, model, field, stays)


def parts() -> list[Part]:
    """What moves, in the order of registration."""
    return list(_parts.values())


class Preview(NamedTuple):
    """What merging would do."""

    kept: Client
    gone: Client
    moving: list[tuple[str, int]]
    filled: dict[str, str]


def preview(kept: Client, gone: Client, *, by: Person) -> Preview:
    """What merging `gone` into `kept` would do; nothing is written.

    Raises:
        RightMissing, MergeWithItself, MergeAgain.
    """
    _refuse(kept, gone, by)
    moving = [(str(part.label), part.rows(gone, kept).count()) for part in parts()]
    return Preview(kept, gone, moving, _filled(kept, gone))


def _refuse(kept: Client, gone: Client, by: Person) -> None:
    rights.require(by, "clients.merge")
    if kept.pk == gone.pk:
        raise MergeWithItself(slug=kept.slug)
    for client in (kept, gone):
        if client.state == Client.State.MERGED:
            raise MergeAgain(slug=client.slug)


def _filled(kept: Client, gone: Client) -> dict[str, str]:
    filled = {name: getattr(gone, name) for name in FILLED if getattr(gone, name) and not getattr(kept, name)}
    if not any(getattr(kept, name) for name in ADDRESS):
        filled |= {name: getattr(gone, name) for name in ADDRESS if getattr(gone, name)}
    return filled


@transaction.atomic
def merge(kept: Client, gone: Client, *, by: Person, reason: str) -> Merge:
    """Make `gone` part of `kept`: its rows move, its details fill what is empty there.

    Raises:
        RightMissing, ReasonMissing, MergeWithItself, MergeAgain.
    """
    if not reason.strip():
        raise ReasonMissing
    kept, gone = _locked(kept, gone)
    _refuse(kept, gone, by)
    moved = {}
    for part in parts():
        numbers = list(part.rows(gone, kept).values_list("pk", flat=True))
        part.model._default_manager.filter(pk__in=numbers).update(**{part.field: kept})  # noqa: SLF001 - as above
        moved[part.name] = numbers
    filled = _filled(kept, gone)
    merged = Merge.objects.create(
        kept=kept, gone=gone, by=by, reason=reason.strip(), moved=moved, gone_state=gone.state, filled=filled
    )
    gone.state = Client.State.MERGED
    if "reference" in filled:
        gone.reference = ""  # one client has it at a time
    gone.save()
    _put(kept, filled)
    counts = {name: len(numbers) for name, numbers in moved.items()}
    _record("people.clients_merged", merged, by=by, reason=reason.strip(), moved=counts, filled=filled)
    return merged


@transaction.atomic
def undo(merged: Merge, *, by: Person) -> Merge:
    """Put everything back as it was before the merge. Twice is once.

    Raises:
        RightMissing; MergeTooOld: thirty days are over, or one of the two was merged again meanwhile.
    """
    rights.require(by, "clients.merge")
    kept, gone = _locked(merged.kept, merged.gone)
    merged = Merge.objects.select_for_update().get(pk=merged.pk)
    if merged.undone_at is not None:
        return merged
    if not may_be_undone(merged) or kept.state == Client.State.MERGED:
        raise MergeTooOld(slug=gone.slug, days=UNDONE_WITHIN.days)
    for part in parts():
        rows = part.model._default_manager.filter(pk__in=merged.moved.get(part.name, []), **{part.field: kept})  # noqa: SLF001
        rows.update(**{part.field: gone})
    _put(kept, {name: "" for name, value in merged.filled.items() if getattr(kept, name) == value})
    gone.state, gone.reference = merged.gone_state, merged.filled.get("reference", gone.reference)
    gone.save()
    merged.undone_at = timezone.now()
    merged.save(update_fields=["undone_at"])
    _record("people.merge_undone", merged, by=by, reason="")
    return merged


def get_merge(pk: int) -> Merge:
    """One merge, undone or not.

    Raises:
        MergeMissing.
    """
    merged = Merge.objects.select_related("kept", "gone").filter(pk=pk).first()
    if merged is None:
        raise MergeMissing
    return merged


def may_be_undone(merged: Merge) -> bool:
    """Thirty days have not passed, and it was not undone."""
    return merged.undone_at is None and timezone.now() - merged.at < UNDONE_WITHIN


def _put(client: Client, details: dict[str, str]) -> None:
    for name, value in details.items():
        setattr(client, name, value)
    client.save()


def _locked(kept: Client, gone: Client) -> tuple[Client, Client]:
    rows = {row.pk: row for row in Client.objects.select_for_update().filter(pk__in=[kept.pk, gone.pk]).order_by("pk")}
    return rows[kept.pk], rows[gone.pk]


def _record(code: str, merged: Merge, *, by: Person, reason: str, **facts: Any) -> None:
    slugs = {"kept": merged.kept.slug, "gone": merged.gone.slug}
    for slug in slugs.values():
        audit.record(code, by=by, about=("client", slug), client=slug, reason=reason, **slugs, **facts)


register(
    "places",
    label=_("People"),
    model=Membership,
    stays=lambda gone, kept: Membership.objects.filter(client=gone, person__in=kept.memberships.values("person")),
)
register("notes", label=_("Notes of the team"), model=Note)
register(
    "invitations",
    label=_("Invitations"),
    model=Invitation,
    stays=lambda gone, kept: Invitation.objects.filter(
        client=gone, accepted_at=None, withdrawn_at=None,
        email__in=kept.invitations.filter(accepted_at=None, withdrawn_at=None).values("email"),
    ),
)  # fmt: skip
register(
    "contacts",
    label=_("Contacts"),
    model=Contact,
    stays=lambda gone, kept: Contact.objects.filter(client=gone, kind__in=kept.contacts.values("kind")),
)
