"""Who gets in. The table is made of the operations themselves, so that none can be forgotten."""

from types import SimpleNamespace

import pytest

from essaim.manager.people.models import ApiToken
from essaim.manager.web.api import api
from essaim.manager.web.api.operations import DECLARED, Declared
from tests.unit.api.calling import Caller, token_for

OWN = {"fqdn": "garden.example.test", "login": "garden", "slug": "garden", "name": "web1", "id": "999"}
BODIES = {
    "create_site": {"account": "garden", "name": "new.example.test"},
    "create_account": {"client": "garden"},
    "create_client": {"name": "New"},
    "add_person": {"email": "new@example.test", "name": "New"},
    "add_machine": {"name": "web9", "roles": ["web"]},
    "create_token": {"name": "t", "scopes": ["sites:read"]},
    "give_consent": {"name": "shop.garden.example.test", "guest": "other"},
    "withdraw_consent": {"name": "shop.garden.example.test", "guest": "other"},
}
REASON = {"reason": "a test"}
OF_A_CLIENT = ("{fqdn}", "{login}", "{slug}")
NEEDS_MORE = {"enrol": 422, "put_content": 422, "undo_content": 409, "prove_site": 200, "revoke_token": 404}
NEEDS_MORE |= {"withdraw_consent": 404, "erase_site": 409, "erase_account": 409}
"""What an otherwise allowed request gets, where the table's plain body is not enough."""

with_each = pytest.mark.parametrize("name", sorted(DECLARED))


def ask(caller: Caller, name: str) -> int:
    """The status that `caller` gets from operation `name` with a body that it would accept."""
    method, path = DECLARED[name].method, full_path(name).format(**OWN)
    body = BODIES.get(name) or (REASON if path.rsplit("/", 1)[-1] in ("suspend", "close", "drain", "revoke") else {})
    if ("tokens" in path and path.endswith("revoke")) or method == "GET":
        body = None  # type: ignore[assignment]
    return caller(method, path, body).status_code


def full_path(name: str) -> str:
    """Address of an operation below /api/v1."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            if any(operation.operation_id == name for operation in view.operations):
                return f"/{router.prefix}".rstrip("/") + path
    raise LookupError(name)


def declared(name: str) -> Declared:
    return DECLARED[name]


@with_each
def test_without_a_token_only_open_operations_answer(house: SimpleNamespace, name: str) -> None:
    status = ask(house.as_nobody, name)

    assert (status == 401) == (declared(name).scope is not None)


@with_each
def test_a_token_without_the_scope_is_told_so(house: SimpleNamespace, name: str) -> None:
    scope = declared(name).scope
    others = [other for other in ApiToken.SCOPES if other != scope]

    status = ask(Caller(token_for(house.team, others)), name)

    assert (status == 403) == bool(scope)


@with_each
def test_another_clients_token_finds_nothing_of_ours(house: SimpleNamespace, name: str) -> None:
    status = ask(house.as_stranger, name)

    if declared(name).scope is None:
        assert status in (200, 422)
    elif declared(name).team:
        assert status == 403
    elif name in ("create_site", "create_account") or any(part in declared(name).path for part in OF_A_CLIENT):
        assert status in ((404, 422) if name == "put_content" else (404,))
    else:
        assert status in (200, 201, 404)


@with_each
def test_the_owners_token_opens_what_is_theirs_and_not_the_houses(house: SimpleNamespace, name: str) -> None:
    status = ask(house.as_owner, name)

    if declared(name).team:
        assert status == 403
    else:
        assert status == NEEDS_MORE.get(name, status)
        assert status < 300 or name in NEEDS_MORE


@with_each
def test_the_teams_token_opens_everything(house: SimpleNamespace, name: str) -> None:
    status = ask(house.as_team, name)

    assert status == NEEDS_MORE.get(name, status)
    assert status < 300 or name in NEEDS_MORE


def test_every_operation_is_declared_and_every_declared_one_is_there(house: SimpleNamespace) -> None:
    found = [
        operation.operation_id
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
    ]

    assert sorted(found) == sorted(DECLARED)  # type: ignore[type-var]


@pytest.mark.parametrize(
    "header", ["Basic Zm9v", "Bearer", "Bearer ", "bearer nonsense", "essaim_nonsense", "Bearer é"]
)
def test_what_is_no_token_opens_nothing(house: SimpleNamespace, header: str) -> None:
    answer = house.as_nobody.get("/me", Authorization=header)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith('Bearer realm="essaim"')


def test_a_revoked_token_opens_nothing(house: SimpleNamespace) -> None:
    ApiToken.objects.filter(person=house.owner).update(revoked_at="2026-01-01T00:00Z")

    assert house.as_owner.get("/me").json()["code"] == "api.token_refused"


def test_a_signed_in_browser_is_nobody_here(house: SimpleNamespace) -> None:
    house.as_nobody.browser.force_login(house.team)

    assert house.as_nobody.get("/sites").status_code == 401
