"""Accounts: one Unix user with its quota, sites and access, on one machine."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.fleet.errors import NoMachineFree
from essaim.manager.hosting import actions, errors, offer_errors, php_errors, queries
from essaim.manager.hosting.erased import erased_account
from essaim.manager.hosting.extensions import choices_of, here
from essaim.manager.hosting.models import Account
from essaim.manager.hosting.offer_queries import choose_offer
from essaim.manager.people.errors import ClientNotFound
from essaim.manager.people.queries import get_client
from essaim.manager.people.rights import RightMissing, require
from essaim.manager.web.api.answers import Body, Bytes, Count, OptionalReason, Reason, Story, Word, story_of
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import After, Limit, Page, listed, page_of

router = Router(tags=["accounts"])
READ, WRITE = "sites:read", "sites:write"
CHANGE = (errors.AccountNotFound, RightMissing)


class AccountOrder(Body):
    """An account to make."""

    client: Word = Field(description="Identifier of the client whose account it will be.")
    login: Word = Field("", description="Its Unix user; empty: one is made from the client's name.")
    offer: Word = Field("", description="Identifier of its offer (team); empty: the usual one.")
    quota_bytes: Bytes | None = None
    processes: Count | None = None
    memory_bytes: Bytes | None = None


class AccountChange(Body):
    """What to change. A field that is left out stays as it is. With another offer the limits become those of it, unless they are given too."""

    offer: Word | None = Field(None, description="Identifier of the offer it is to have.")
    quota_bytes: Bytes | None = None
    processes: Count | None = None
    memory_bytes: Bytes | None = None


class Extensions(Body):
    """What the account's PHP of one version is to load."""

    php: Word = Field(description="The version; what is chosen holds for all sites of the account that have it.")
    extensions: list[Word] = Field(max_length=50, description="All of them by name; empty: none beyond the usual ones.")


class AccountAnswer(Schema):
    """One account."""

    login: str
    uid: int
    client: str
    machine: str
    placed_because: str = Field(description="Why this machine was chosen, in the asker's language.")
    state: str = Field(description="active, suspended or closed")
    suspended_reason: str
    offer: str = Field(description="Identifier of its offer.")
    php_extensions: dict[str, list[str]] = Field(
        description="What was chosen for its PHP, by version; of these, what is no longer offered or not on its machine is left out."
    )
    php_extensions_offered: dict[str, list[str]] = Field(
        description="What may be chosen, for each version that its machine has extensions of."
    )
    own_limits: list[str] = Field(description="Names of the limits that were set for this account alone.")
    quota_bytes: int
    processes: int
    memory_bytes: int
    created_at: datetime
    closed_at: datetime | None
    erase_after: datetime | None


def account_answer(account: Account) -> AccountAnswer:
    """`account` as the API tells it. Reads client, machine and offer: fetch them with the account."""
    return AccountAnswer(
        login=account.login,
        uid=account.uid,
        client=account.client.slug,
        machine=account.machine.name,
        placed_because=account.placed_said,
        state=account.state,
        suspended_reason=account.suspended_reason,
        offer=account.offer.slug,
        php_extensions=account.php_extensions,
        php_extensions_offered={version: choices_of(account, version) for version in here(account.machine)},
        own_limits=account.own_limits,
        quota_bytes=account.quota_bytes,
        processes=account.processes,
        memory_bytes=account.memory_bytes,
        created_at=account.created_at,
        closed_at=account.closed_at,
        erase_after=account.erase_after,
    )


@operation(router, "GET", "", summary="List accounts", answers=Page[AccountAnswer], scope=READ)
def list_accounts(
    request: HttpRequest,
    client: Annotated[Word, Query("", description="A client's identifier.")],
    after: After,
    limit: Limit,
) -> HttpResponse:
    """The accounts that you may see, by login."""
    accounts = queries.accounts_visible_to(asker(request)).select_related("client", "machine", "offer")
    if client:
        accounts = accounts.filter(client__slug=client)
    items, following = page_of(accounts, "login", account_answer, after=after, limit=limit)
    return listed(request, Page(items=items, next=following))


@operation(
    router,
    "POST",
    "",
    summary="Create an account",
    answers=AccountAnswer,
    scope=WRITE,
    status=201,
    refusals=(
        ClientNotFound,
        RightMissing,
        NoMachineFree,
        errors.LoginMalformed,
        errors.LoginTaken,
        errors.LimitRefused,
        offer_errors.OfferUnknown,
    ),
)
def create_account(request: HttpRequest, order: AccountOrder) -> AccountAnswer:
    """Decides the account and chooses its machine; `placed_because` says why that one."""
    client = get_client(order.client, seen_by=asker(request))
    given: dict[str, Any] = order.model_dump(exclude={"client", "offer"}, exclude_none=True)
    if order.offer:
        given["offer"] = choose_offer(order.offer)
    account = actions.create_account(client=client, by=asker(request), **given)
    return _shown(request, account.login)


def _shown(request: HttpRequest, login: str) -> AccountAnswer:
    return account_answer(queries.get_account(login, seen_by=asker(request)))


@operation(
    router,
    "GET",
    "/{login}",
    summary="Show an account",
    answers=AccountAnswer,
    scope=READ,
    refusals=(errors.AccountNotFound,),
)
def show_account(request: HttpRequest, login: str) -> AccountAnswer:
    """One account as it is now."""
    return _shown(request, login)


@operation(
    router,
    "GET",
    "/{login}/story",
    summary="Tell an account's story",
    answers=Story,
    scope=READ,
    refusals=(errors.AccountNotFound,),
)
def tell_account_story(request: HttpRequest, login: str, limit: Limit) -> Story:
    """What happened to the account, newest first. The team reads the story of an erased account too."""
    try:
        account = queries.get_account(login, seen_by=asker(request))
    except errors.AccountNotFound:
        gone = erased_account(login, seen_by=asker(request), limit=limit)
        if gone is None:
            raise
        return story_of(gone.story)
    return story_of(queries.story_of_account(account, limit=limit))


@operation(
    router,
    "PATCH",
    "/{login}",
    summary="Change an account",
    answers=AccountAnswer,
    scope=WRITE,
    refusals=(*CHANGE, errors.LimitRefused, offer_errors.OfferUnknown, offer_errors.OfferBelowSite),
)
def change_account(request: HttpRequest, login: str, change: AccountChange) -> AccountAnswer:
    """Changes what is given and leaves the rest. It is the team's to do."""
    account = queries.get_account(login, seen_by=asker(request))
    wanted: dict[str, Any] = change.model_dump(exclude={"offer"}, exclude_unset=True, exclude_none=True)
    if change.offer is not None:
        require(asker(request), "sites.limits")
        account = actions.give_offer(account, choose_offer(change.offer), by=asker(request))
    actions.change_account(account, by=asker(request), **wanted)
    return _shown(request, login)


@operation(
    router,
    "POST",
    "/{login}/extensions",
    summary="Choose extensions of an account's PHP",
    answers=AccountAnswer,
    scope=WRITE,
    refusals=(
        *CHANGE,
        errors.AccountNotActive,
        php_errors.PhpUnknown,
        php_errors.ExtensionUnknown,
        php_errors.ExtensionNotOffered,
        php_errors.ExtensionNotHere,
    ),
)
def choose_extensions(request: HttpRequest, login: str, chosen: Extensions) -> AccountAnswer:
    """Has one version of its PHP load these and no other, for all of its sites in it. No request fails meanwhile. The same once more has
    tried again what did not stay up."""
    account = queries.get_account(login, seen_by=asker(request))
    actions.choose_extensions(account, version=chosen.php, names=chosen.extensions, by=asker(request))
    return _shown(request, login)


@operation(
    router,
    "POST",
    "/{login}/suspend",
    summary="Suspend an account",
    answers=AccountAnswer,
    scope=WRITE,
    refusals=(*CHANGE, ReasonMissing, errors.AccountNotActive),
)
def suspend_account(request: HttpRequest, login: str, why: Reason) -> AccountAnswer:
    """Stops the account with all its sites and keeps its files."""
    account = queries.get_account(login, seen_by=asker(request))
    actions.suspend_account(account, by=asker(request), reason=why.reason)
    return _shown(request, login)


@operation(
    router,
    "POST",
    "/{login}/resume",
    summary="Resume an account",
    answers=AccountAnswer,
    scope=WRITE,
    refusals=(*CHANGE, errors.AccountNotActive, errors.SuspendedByTeam),
)
def resume_account(request: HttpRequest, login: str) -> AccountAnswer:
    """Serves the account's sites again. What the team suspended, the team resumes."""
    account = queries.get_account(login, seen_by=asker(request))
    actions.resume_account(account, by=asker(request))
    return _shown(request, login)


@operation(
    router, "POST", "/{login}/close", summary="Close an account", answers=AccountAnswer, scope=WRITE, refusals=CHANGE
)
def close_account(request: HttpRequest, login: str, why: OptionalReason) -> AccountAnswer:
    """Closes the account and its sites. All can be restored until `erase_after`, 30 days later."""
    account = queries.get_account(login, seen_by=asker(request))
    actions.close_account(account, by=asker(request), reason=why.reason)
    return _shown(request, login)


@operation(
    router,
    "POST",
    "/{login}/restore",
    summary="Restore a closed account",
    answers=AccountAnswer,
    scope=WRITE,
    refusals=CHANGE,
)
def restore_account(request: HttpRequest, login: str) -> AccountAnswer:
    """Brings a closed account back as it was."""
    account = queries.get_account(login, seen_by=asker(request))
    actions.restore_account(account, by=asker(request))
    return _shown(request, login)


@operation(
    router,
    "POST",
    "/{login}/erase",
    summary="Erase a closed account for good",
    answers=AccountAnswer,
    scope="sites:erase",
    refusals=(*CHANGE, errors.SuspendedByTeam, errors.AccountNotClosed),
)
def erase_account(request: HttpRequest, login: str) -> AccountAnswer:
    """Destroys a closed account's home with all its sites. Nothing brings it back. Answers the account as it was."""
    account = queries.get_account(login, seen_by=asker(request))
    last = account_answer(account)
    actions.erase_account(account, by=asker(request))
    return last
