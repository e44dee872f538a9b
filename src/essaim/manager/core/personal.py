"""What is held of people, and why: every model of every room says it here, in the `personal.py` of its room.

    personal.declare(
        KnownDevice,
        purpose=_("telling a person of a sign-in from a browser that was not seen before"),
        ground=Ground.INTEREST,
        kept=_("13 months after it was last seen"),
        person=("person",),
        erase=Erase.DELETED,
        forget=(Forget("seen_at", timedelta(days=396)),),
    )
    personal.holds_nothing(Sequence, because=_("numbers"))

From these the privacy room makes the register of processings (GDPR, article 30), the export of all of one's data (articles 15 and 20), the
erasure (article 17) and what is forgotten each night. A test fails for a model that says nothing, and for a way to a person that is not named.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from essaim.manager.people.models import Client, Person

Words = str | Promise


class Ground(models.TextChoices):
    """Why it may be held (GDPR, article 6, paragraph 1)."""

    CONTRACT = "contract", _("the contract with the person or their organisation (6.1.b)")
    LAW = "law", _("a duty that the law gives us (6.1.c)")
    INTEREST = "interest", _("our legitimate interest in a service that is safe and can be explained (6.1.f)")
    CONSENT = "consent", _("the person's consent, which they may withdraw (6.1.a)")


class Erase(models.TextChoices):
    """What becomes of the rows of somebody who is erased."""

    DELETED = "deleted", _("deleted")
    BLANKED = "blanked", _("emptied of what tells who it was")
    KEPT = "kept", _("kept")
    CLIENTS = "clients", _("stays with the client, whose it is")


class Forget(NamedTuple):
    """Rows that nobody needs any more: those whose time `since` is older than `after`, among `only`."""

    since: str
    after: timedelta
    only: Q = Q()


class Declaration(NamedTuple):
    """What one model holds of people."""

    model: type[models.Model]
    purpose: Words
    """Completes "we hold this for …"."""
    ground: Ground
    kept: Words
    """How long, in words."""
    person: tuple[str, ...]
    """Lookups that lead from a row to the person whose it is."""
    acted: tuple[str, ...]
    """Lookups to a person who only did something with it: exported to them, untouched when they are erased."""
    client: tuple[str, ...]
    """Lookups that lead to the client whose it is."""
    also_person: "Callable[[Person], Q] | None"
    also_client: "Callable[[Client], Q] | None"
    """Rows that name them without a foreign key."""
    hidden: Mapping[str, Words]
    """Fields that are not exported, and why: hashes, sealed keys."""
    erase: Erase
    blank: "Mapping[str, Callable[[Any], object]]"
    """For `BLANKED`: by field, what takes the value's place."""
    law: Words
    """For `KEPT`: what makes us keep it, and until when."""
    forget: tuple[Forget, ...]
    at_end: Erase
    """What becomes of the rows of a client who is erased as a whole."""
    law_at_end: Words
    """For what is kept then: what makes us keep it, and until when."""

    @property
    def label(self) -> str:
        """Room and model: `people.person`."""
        return self.model._meta.label_lower  # noqa: SLF001 - Django's public name for it

    def rows_of(self, person: "Person", *, acted: bool = True) -> "QuerySet[Any] | None":
        """The rows that are `person`'s, and with `acted` those they did something with. None: no row is ever anybody's."""
        names = self.person + (self.acted if acted else ())
        return self._rows(names, person, self.also_person(person) if self.also_person else None)

    def rows_of_client(self, client: "Client") -> "QuerySet[Any] | None":
        """The rows that are `client`'s. None: no row is ever a client's."""
        return self._rows(self.client, client, self.also_client(client) if self.also_client else None)

    def _rows(self, names: tuple[str, ...], whose: models.Model, also: Q | None) -> "QuerySet[Any] | None":
        ways = [Q(**{name or "pk": whose if name else whose.pk}) for name in names] + (
            [also] if also is not None else []
        )
        if not ways:
            return None
        found = Q()
        for way in ways:
            found |= way
        manager = self.model._default_manager  # noqa: SLF001 - Django's public name for it
        return manager.filter(pk__in=manager.filter(found).order_by().values("pk")).order_by("pk")

    def forgotten(self, now: datetime) -> "list[QuerySet[Any]]":
        """Rows whose time is over at `now`, a query a rule."""
        manager = self.model._default_manager  # noqa: SLF001 - Django's public name for it
        return [manager.filter(rule.only, **{f"{rule.since}__lt": now - rule.after}) for rule in self.forget]


_declared: dict[type[models.Model], Declaration] = {}
_nothing: dict[type[models.Model], Words] = {}


def declare(
    model: type[models.Model],
    *,
    purpose: Words,
    ground: Ground,
    kept: Words,
    erase: Erase,
    person: tuple[str, ...] = (),
    acted: tuple[str, ...] = (),
    client: tuple[str, ...] = (),
    also_person: "Callable[[Person], Q] | None" = None,
    also_client: "Callable[[Client], Q] | None" = None,
    hidden: Mapping[str, Words] | None = None,
    blank: "Mapping[str, Callable[[Any], object]] | None" = None,
    law: Words = "",
    forget: tuple[Forget, ...] = (),
    at_end: Erase = Erase.DELETED,
    law_at_end: Words = "",
) -> None:
    """Say what `model` holds. An empty lookup means the row itself. `at_end`: of the rows of a client who is erased as a whole.

    Raises:
        ValueError: kept without a law, or blanked without saying what.
    """
    if (
        (erase is Erase.KEPT) != bool(law)
        or (at_end is Erase.KEPT) != bool(law_at_end)
        or (erase is Erase.BLANKED) != bool(blank)
    ):
        raise ValueError(f"{model}: what is kept names the law, what is blanked names the fields")
    _declared[model] = Declaration(
        model,
        purpose,
        ground,
        kept,
        person,
        acted,
        client,
        also_person,
        also_client,
        hidden or {},
        erase,
        blank or {},
        law,
        forget,
        at_end,
        law_at_end,
    )


def holds_nothing(*several: type[models.Model], because: Words) -> None:
    """These models hold nothing of people, and why one can be sure."""
    for model in several:
        _nothing[model] = because


def declarations() -> list[Declaration]:
    """Every declaration, by room and model."""
    return sorted(_declared.values(), key=lambda one: one.label)


def nothing() -> dict[type[models.Model], Words]:
    """The models that hold nothing, with the reason of each."""
    return dict(_nothing)
