"""The break-glass key of the house: what `essaim break-glass` asks of the Manager while it is alive."""

from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from essaim import age
from essaim.manager.vault import break_glass, errors
from essaim.manager.web.api.answers import Body, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation

router = Router(tags=["vault"])


class KeyOrder(Body):
    """A new break-glass key, made and split elsewhere."""

    recipient: Word = Field(examples=["age1…"])
    locked: Annotated[str, StringConstraints(max_length=age.SEALED_MAX)] = Field(
        description="The key under the secret that is split, in ASCII armor."
    )
    holders: list[Word] = Field(max_length=5, description="Who keeps a sheet.")
    authority: Word = Field(
        "", description="Public key of the authority that opens machines, ssh-ed25519 AAAA…; empty: none does."
    )


class KeyAnswer(Schema):
    """The key that is in use."""

    recipient: str
    holders: list[str]


class KitMachine(Schema):
    """A machine that lets people in, and where it is."""

    name: str
    address4: str | None
    address6: str | None


class KitAnswer(Schema):
    """What a kit holds. All of it is sealed."""

    house: str
    at: str
    recipient: str
    locked: str
    secrets: list[dict[str, Any]]
    missing: list[str] = Field(description="Names of secrets that are not sealed for this key yet.")
    authority: str = Field(description="Public key of the authority that opens machines; empty: none does.")
    machines_authority: str = Field(description="Public key by which machines are known.")
    machines: list[KitMachine]


class Use(Body):
    """What was done with the key."""

    what: Literal["opened", "drill"]


class RungAnswer(Schema):
    """Who is told."""

    letters: int


@operation(
    router,
    "POST",
    "",
    summary="Register a break-glass key",
    answers=KeyAnswer,
    scope="vault:write",
    right="vault.change",
    status=201,
    refusals=(errors.RecipientRefused,),
)
def register_break_glass(request: HttpRequest, order: KeyOrder) -> KeyAnswer:
    """Secrets are sealed for it from now on; the one before ends."""
    key = break_glass.register(by=asker(request), **order.model_dump())
    return KeyAnswer(recipient=key.recipient, holders=key.holders)


@operation(
    router,
    "POST",
    "/kit",
    summary="Take the break-glass kit",
    answers=KitAnswer,
    scope="vault:write",
    right="vault.change",
    refusals=(errors.BreakGlassMissing,),
)
def take_break_glass_kit(request: HttpRequest) -> KitAnswer:
    """Every secret, sealed for the break-glass key. It stands in the trail."""
    kit = break_glass.take_kit(by=asker(request))
    at = timezone.now().isoformat(timespec="seconds")
    return KitAnswer(house=settings.HOUSE, at=at, **kit._asdict())


@operation(
    router,
    "POST",
    "/ring",
    summary="Tell everybody that the break-glass key was used",
    answers=RungAnswer,
    scope="vault:read",
    right="vault.read",
)
def ring_break_glass(request: HttpRequest, use: Use) -> RungAnswer:
    """A letter to the whole team, and a line of the trail."""
    return RungAnswer(letters=break_glass.ring(what=use.what, by=asker(request)))
