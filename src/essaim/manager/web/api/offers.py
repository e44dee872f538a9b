"""Offers: what accounts get. Everyone who may list accounts reads them, the team makes and changes them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from essaim.manager.hosting import actions, errors, offer_errors, offer_queries
from essaim.manager.hosting.models import Offer
from essaim.manager.people.rights import RightMissing
from essaim.manager.web.api.answers import Body, Bytes, Count, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import After, Limit, Page, listed, page_of

router = Router(tags=["offers"])
READ, WRITE = "sites:read", "sites:write"
CEILINGS = "How far a site may set PHP, by the name of the setting, where that is not as far as usual; null: as usual."
EXTENSIONS = "PHP extensions that its accounts may choose, by name."
CHANGE = (
    RightMissing,
    errors.LimitRefused,
    offer_errors.OfferNameMissing,
    offer_errors.CeilingUnknown,
    offer_errors.CeilingRefused,
    offer_errors.OfferedExtensionUnknown,
)


class OfferChange(Body):
    """What to change. A field that is left out stays as it is."""

    name: Word | None = None
    quota_bytes: Bytes | None = None
    processes: Count | None = None
    memory_bytes: Bytes | None = None
    sites_max: Count | None = Field(None, description="0: as many as one likes.")
    php_ceilings: dict[Word, Count | None] | None = Field(None, description=CEILINGS)
    php_extensions: list[Word] | None = Field(None, max_length=50, description=EXTENSIONS)
    is_warm: bool | None = Field(None, description="PHP is started with the machine and never put to sleep.")
    is_usual: bool | None = Field(None, description="true: new accounts get it, and no longer the one they got.")


class OfferOrder(OfferChange):
    """An offer to make. What is left out is as in a fresh installation's usual offer."""

    slug: Word = Field(description="Its identifier.")
    name: Word


class OfferAnswer(Schema):
    """One offer."""

    slug: str
    name: str
    quota_bytes: int
    processes: int
    memory_bytes: int
    sites_max: int | None = Field(description="null: as many as one likes")
    php_ceilings: dict[str, int] = Field(description=CEILINGS)
    php_extensions: list[str] = Field(description=EXTENSIONS)
    is_warm: bool
    is_usual: bool


def _answer(offer: Offer) -> OfferAnswer:
    return OfferAnswer.from_orm(offer)


@operation(router, "GET", "", summary="List offers", answers=Page[OfferAnswer], scope=READ)
def list_offers(request: HttpRequest, after: After, limit: Limit) -> HttpResponse:
    """Every offer, by identifier."""
    items, following = page_of(Offer.objects.all(), "slug", _answer, after=after, limit=limit)
    return listed(request, Page(items=items, next=following))


@operation(
    router,
    "POST",
    "",
    summary="Make an offer",
    answers=OfferAnswer,
    scope=WRITE,
    right="offers.change",
    status=201,
    refusals=(*CHANGE, offer_errors.OfferMalformed, offer_errors.OfferExists),
)
def create_offer(request: HttpRequest, order: OfferOrder) -> OfferAnswer:
    """A new offer, which no account has yet."""
    given: dict[str, Any] = order.model_dump(exclude_none=True)
    return _answer(actions.create_offer(by=asker(request), **given | _ceilings(order)))


@operation(
    router,
    "GET",
    "/{offer}",
    summary="Show an offer",
    answers=OfferAnswer,
    scope=READ,
    refusals=(offer_errors.OfferNotFound,),
)
def show_offer(request: HttpRequest, offer: str) -> OfferAnswer:  # noqa: ARG001 (Django's signature)
    """One offer."""
    return _answer(offer_queries.get_offer(offer))


@operation(
    router,
    "PATCH",
    "/{offer}",
    summary="Change an offer",
    answers=OfferAnswer,
    scope=WRITE,
    right="offers.change",
    refusals=(*CHANGE, offer_errors.OfferNotFound, offer_errors.OfferBelowSite),
)
def change_offer(request: HttpRequest, offer: str, change: OfferChange) -> OfferAnswer:
    """Changes what is given. The accounts that have it follow within a minute; limits of their own stay."""
    given: dict[str, Any] = change.model_dump(exclude_none=True)
    return _answer(actions.change_offer(offer_queries.get_offer(offer), by=asker(request), **given | _ceilings(change)))


def _ceilings(given: OfferChange) -> dict[str, Any]:
    """With the nulls in it, which say that a ceiling is as usual."""
    return {} if given.php_ceilings is None else {"php_ceilings": given.php_ceilings}
