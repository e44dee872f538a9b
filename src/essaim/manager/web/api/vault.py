"""The vault: secrets of the house. What passes here is sealed; a program opens and seals on its own machine."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from essaim import age
from essaim.manager.core.errors import NotAllowed, ReasonMissing
from essaim.manager.vault import actions, errors, queries
from essaim.manager.vault.models import Key, Version
from essaim.manager.vault.queries import Row
from essaim.manager.web.api.answers import Body, Reason, Text, Word
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import Page, listed

router = Router(tags=["vault"])
Sealed = Annotated[str, StringConstraints(max_length=age.SEALED_MAX)]
Days = Annotated[int, Field(ge=1, le=3650)]
Kind = Literal["password", "key", "file", "note"]


class SecretDetails(Body):
    """What is said of a secret. What is left out stays as it is."""

    folder: Word | None = None
    kind: Kind | None = None
    login: Word | None = None
    url: Word | None = None
    note: Text | None = None
    rotate_days: Days | None = Field(None, description="To be replaced every so many days.")


class SecretOrder(SecretDetails):
    """A secret to add; its value is put afterwards, sealed."""

    name: Word = Field(description="Lower-case letters, digits, hyphens, dots; it stays for good.")
    groups: list[Word] = Field([], max_length=20, description="Groups of people that may read it.")
    people: list[Word] = Field([], max_length=100, description="E-mail addresses of who may read it.")


class SecretChange(SecretDetails):
    """What to change. `groups` and `people` together say anew who reads it; leave out both to let that be."""

    groups: list[Word] | None = Field(None, max_length=20)
    people: list[Word] | None = Field(None, max_length=100)


class RecipientAnswer(Schema):
    """A public key."""

    recipient: str = Field(examples=["age1…"])
    person: str = Field(description="E-mail of its owner; empty: the break-glass key.")


class SecretAnswer(Schema):
    """One secret, without its value."""

    name: str
    folder: str
    kind: str
    login: str
    url: str
    note: str
    state: str = Field(description="kept, due, overdue, exposed (a reader left), empty, closed.")
    version: int | None = Field(description="Number of the newest value; null: it has none yet.")
    rotated_at: datetime | None
    due_at: datetime | None = Field(description="When it is to be replaced.")
    rotate_days: int | None
    groups: list[str]
    people: list[str]
    is_mine: bool = Field(description="You may read it.")
    is_open_to_me: bool = Field(description="It is sealed for your key.")
    is_stale: bool = Field(description="It is sealed for others than may read it now.")
    recipients: list[RecipientAnswer] = Field(description="Whom a new value is to be sealed for.")


class SealedValue(Body):
    """A new value, sealed with age for every public key in `recipients` of the secret."""

    sealed: Sealed = Field(description="ASCII armor.")
    recipients: list[Word] = Field(max_length=200, description="The public keys that it is sealed for.")


class ResealedValue(SealedValue):
    """The present value, sealed again for every public key in `recipients` of the secret."""

    version: int = Field(description="Number of the value that was opened.")


class ValueAnswer(Schema):
    """A new value is kept."""

    name: str
    version: int
    recipients: list[RecipientAnswer]


class TakenAnswer(Schema):
    """A value as it is sealed."""

    name: str
    version: int
    sealed: str
    locked_key: str = Field(description="Your key under its passphrase; empty: you keep it yourself.")


def _recipients(keys: list[Key]) -> list[RecipientAnswer]:
    return [RecipientAnswer(recipient=key.recipient, person=key.person.email if key.person else "") for key in keys]


def _answer(row: Row) -> SecretAnswer:
    secret = row.secret
    return SecretAnswer(
        name=secret.name,
        folder=secret.folder,
        kind=secret.kind,
        login=secret.login,
        url=secret.url,
        note=secret.note,
        state=secret.state,
        version=row.version.number if row.version else None,
        rotated_at=secret.rotated_at,
        due_at=secret.due_at,
        rotate_days=secret.rotate_days,
        groups=[reader.group for reader in row.readers if reader.group],
        people=[reader.person.email for reader in row.readers if reader.person],
        is_mine=row.is_mine,
        is_open_to_me=row.is_open_to_me,
        is_stale=row.is_stale,
        recipients=_recipients(row.wanted),
    )


def _put(version: Version) -> ValueAnswer:
    keys = list(version.keys.select_related("person"))
    return ValueAnswer(name=version.secret.name, version=version.number, recipients=_recipients(keys))


@operation(
    router,
    "GET",
    "",
    summary="List secrets",
    answers=Page[SecretAnswer],
    scope="vault:read",
    right="vault.read",
    refusals=(NotAllowed,),
)
def list_secrets(request: HttpRequest) -> HttpResponse:
    """Every secret that is not closed, by folder and name, on one page; no value."""
    return listed(request, Page(items=[_answer(row) for row in queries.find_secrets(asker(request))]))


@operation(
    router,
    "POST",
    "",
    summary="Add a secret",
    answers=SecretAnswer,
    scope="vault:write",
    right="vault.change",
    status=201,
    refusals=(
        errors.SecretNameRefused,
        errors.SecretExists,
        errors.ReaderUnknown,
        errors.ReadersMissing,
        NotAllowed,
    ),
)
def create_secret(request: HttpRequest, order: SecretOrder) -> SecretAnswer:
    """A secret without a value yet: put one for the `recipients` that the answer names."""
    made = actions.create_secret(by=asker(request), **order.model_dump(exclude_none=True))
    return _answer(queries.get_row(made.name, seen_by=asker(request)))


@operation(
    router,
    "GET",
    "/{name}",
    summary="Show a secret",
    answers=SecretAnswer,
    scope="vault:read",
    right="vault.read",
    refusals=(errors.SecretNotFound,),
)
def show_secret(request: HttpRequest, name: str) -> SecretAnswer:
    """What is said of it and who reads it; not its value."""
    return _answer(queries.get_row(name, seen_by=asker(request)))


@operation(
    router,
    "PATCH",
    "/{name}",
    summary="Change a secret",
    answers=SecretAnswer,
    scope="vault:write",
    right="vault.change",
    refusals=(
        errors.SecretNotFound,
        errors.SecretClosed,
        errors.ReaderUnknown,
        errors.ReadersMissing,
        NotAllowed,
    ),
)
def change_secret(request: HttpRequest, name: str, change: SecretChange) -> SecretAnswer:
    """Other words, other readers. A value is sealed anew for other readers when one who can open it does so."""
    row = queries.get_row(name, seen_by=asker(request))
    actions.change_secret(row.secret, by=asker(request), **change.model_dump(exclude_unset=True, exclude_none=True))
    return _answer(queries.get_row(name, seen_by=asker(request)))


@operation(
    router,
    "POST",
    "/{name}/values",
    summary="Put a new value",
    answers=ValueAnswer,
    scope="vault:write",
    right="vault.change",
    status=201,
    refusals=(
        errors.SecretNotFound,
        errors.SecretClosed,
        errors.SealRefused,
        errors.ReadersChanged,
        errors.NobodyHasKey,
        NotAllowed,
    ),
)
def put_secret_value(request: HttpRequest, name: str, value: SealedValue) -> ValueAnswer:
    """A new value, sealed before it is sent. The one before stays in the history."""
    row = queries.get_row(name, seen_by=asker(request))
    put = actions.put_sealed(row.secret, sealed=value.sealed, recipients=value.recipients, by=asker(request))
    return _put(put)


@operation(
    router,
    "POST",
    "/{name}/reseal",
    summary="Seal a value anew",
    answers=ValueAnswer,
    scope="vault:write",
    right="vault.change",
    refusals=(
        errors.SecretNotFound,
        errors.SecretClosed,
        errors.SealRefused,
        errors.ReadersChanged,
        errors.NobodyHasKey,
        errors.NotAReader,
        errors.KeyMissing,
        errors.NotSealedForYou,
        NotAllowed,
    ),
)
def reseal_secret_value(request: HttpRequest, name: str, value: ResealedValue) -> ValueAnswer:
    """The same value, for readers who were added: opened and sealed by its sender. It is not a new value, and clears no mark."""
    row = queries.get_row(name, seen_by=asker(request))
    by, recipients = asker(request), value.recipients
    return _put(actions.reseal(row.secret, number=value.version, sealed=value.sealed, recipients=recipients, by=by))


@operation(
    router,
    "POST",
    "/{name}/take",
    summary="Take a value, sealed",
    answers=TakenAnswer,
    scope="vault:read",
    right="vault.read",
    is_secret=True,
    refusals=(
        errors.SecretNotFound,
        errors.NotAReader,
        errors.KeyMissing,
        errors.NotSealedForYou,
        NotAllowed,
    ),
)
def take_secret_value(request: HttpRequest, name: str) -> TakenAnswer:
    """The newest value as it is sealed for you, to be opened on your machine. It stands in the trail as read."""
    row = queries.get_row(name, seen_by=asker(request))
    version = actions.take_sealed(row.secret, by=asker(request))
    key = queries.key_of(asker(request))
    locked = key.locked if key else ""
    return TakenAnswer(name=name, version=version.number, sealed=version.sealed, locked_key=locked)


@operation(
    router,
    "POST",
    "/{name}/close",
    summary="Close a secret",
    answers=SecretAnswer,
    scope="vault:write",
    right="vault.change",
    refusals=(errors.SecretNotFound, ReasonMissing, NotAllowed),
)
def close_secret(request: HttpRequest, name: str, why: Reason) -> SecretAnswer:
    """It is used no more: it leaves lists and kits, and its history stays."""
    row = queries.get_row(name, seen_by=asker(request))
    actions.close_secret(row.secret, by=asker(request), reason=why.reason)
    return _answer(queries.get_row(name, seen_by=asker(request)))
