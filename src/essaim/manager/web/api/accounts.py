"""Accounts: one Unix user with its quota, sites and access, on one machine."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from essaim.manager.core.errors import NotAllowed, ReasonMissing
from essaim.manager.fleet.errors import NoMachineFree
from essaim.manager.hosting import actions, errors, queries
from essaim.manager.hosting.erased import erased_account
from essaim.manager.hosting.models import Account
from essaim.manager.people.errors import ClientNotFound
from essaim.manager.people.queries import get_client
from essaim.manager.web.api.answers import Body, Bytes, Count, OptionalReason, Reason, Story, Word, story_of
from essaim.manager.web.api.door import asker
from essaim.manager.web.api.operations import operation
from essaim.manager.web.api.pages import After, Limit, Page, listed, page_of

router = Router(tags=["accounts"])
READ, WRITE = "sites:read", "sites:write"
CHANGE = (errors.AccountNotFound, NotAllowed)


class AccountOrder(Body):
    """An account to make."""

    client: Word = Field(description="Identifier of the client whose account it will be.")
    login: Word = Field("", description="Its Unix user; empty: one is made from the client's name.")
    quota_bytes: Bytes | None = None
    processes: Count | None = None
    memory_bytes: Bytes | None = None


class AccountChange(Body):
    """What to change. A field that is left out stays as it is."""

    quota_bytes: Bytes | None = None
    processes: Count | None = None
    memory_bytes: Bytes | None = None


class AccountAnswer(Schema):
    """One account."""

    login: str
    uid: int
    client: str
    machine: str
    placed_because: str = Field(description="Why this machine was chosen, in the asker's language.")
    state: str = Field(description="active, suspended or closed")
    suspended_reason: str
    quota_bytes: int
    processes: int
    memory_bytes: int
    created_at: datetime
    closed_at: datetime | None
    erase_after: datetime | None


def account_answer(account: Account) -> AccountAnswer:
    """`account` as the API tells it. Reads client and machine: fetch them with the account."""
    return AccountAnswer(
        login=account.login,
        uid=account.uid,
        client=account.client.slug,
        machine=account.machine.name,
        placed_because=account.placed_said,
        state=account.state,
        suspended_reason=account.suspended_reason,
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
    accounts = queries.accounts_visible_to(asker(request)).select_related("client", "machine")
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
        NotAllowed,
        NoMachineFree,
        errors.LoginMalformed,
        errors.LoginTaken,
        errors.LimitRefused,
    ),
)
def create_account(request: HttpRequest, order: AccountOrder) -> AccountAnswer:
    """Decides the account and chooses its machine; `placed_because` says why that one."""
    client = get_client(order.client, seen_by=asker(request))
    given: dict[str, Any] = order.model_dump(exclude={"client"}, exclude_none=True)
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
    refusals=(*CHANGE, errors.LimitRefused),
)
def change_account(request: HttpRequest, login: str, change: AccountChange) -> AccountAnswer:
    """Changes the limits that are given and leaves the rest."""
    account = queries.get_account(login, seen_by=asker(request))
    wanted: dict[str, Any] = change.model_dump(exclude_unset=True, exclude_none=True)
    actions.change_account(account, by=asker(request), **wanted)
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
    scope=WRITE,
    refusals=(*CHANGE, errors.SuspendedByTeam, errors.AccountNotClosed),
)
def erase_account(request: HttpRequest, login: str) -> AccountAnswer:
    """Destroys a closed account's home with all its sites. Nothing brings it back. Answers the account as it was."""
    account = queries.get_account(login, seen_by=asker(request))
    last = account_answer(account)
    actions.erase_account(account, by=asker(request))
    return last
