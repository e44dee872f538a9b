"""Reads about offers. Query counts are pinned in tests."""

from typing import NamedTuple

from django.db.models import Count, Q

from essaim.contract.php import CEILINGS, SETTINGS
from essaim.manager.hosting.models import Account, Offer
from essaim.manager.hosting.offer_errors import OfferNotFound, OfferUnknown
from essaim.manager.hosting.php import LABELS, value_of


class OfferRow(NamedTuple):
    """One line of the list."""

    offer: Offer
    accounts: int
    ceilings: list[tuple[object, str]]
    """Label and value of each ceiling that is not the usual one."""

    @property
    def extensions(self) -> str:
        """Names of the PHP extensions that accounts may choose."""
        return ", ".join(self.offer.php_extensions)


def offer_rows() -> list[OfferRow]:
    """Every offer by name, with its accounts that are not closed: one query."""
    kept = Count("accounts", filter=~Q(accounts__state=Account.State.CLOSED))
    rows = Offer.objects.annotate(kept=kept).order_by(
        "name", "slug"
    )  # a model's own order does not count where rows are grouped
    return [OfferRow(offer, offer.kept, _ceilings(offer)) for offer in rows]


def _ceilings(offer: Offer) -> list[tuple[object, str]]:
    named = [name for name in CEILINGS if name in offer.php_ceilings]
    return [(LABELS[name], value_of(SETTINGS[name], str(offer.ceiling_of(name)))) for name in named]


def get_offer(slug: str) -> Offer:
    """One offer.

    Raises:
        OfferNotFound.
    """
    found = Offer.objects.filter(slug=slug.strip().lower()).first()
    if found is None:
        raise OfferNotFound(offer=slug[:60])
    return found


def choose_offer(slug: str) -> Offer:
    """The offer that was chosen for an account.

    Raises:
        OfferUnknown: it says which there are.
    """
    found = Offer.objects.filter(slug=slug.strip().lower()).first()
    if found is None:
        raise OfferUnknown(offer=slug[:60], offered=", ".join(Offer.objects.values_list("slug", flat=True)))
    return found
