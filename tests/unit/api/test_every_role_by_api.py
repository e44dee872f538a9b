"""Every operation and every role, with a token of all that the role may give: what the table of rights does not give is refused and
changes nothing.
"""

from types import SimpleNamespace

import pytest

from essaim.manager.core.models import AuditLine
from essaim.manager.hosting.access import TECHNICIANS
from essaim.manager.hosting.access_models import TechnicianAccount
from essaim.manager.people.models import Membership
from essaim.manager.people.rights import GROUPS, ROLES, SCOPES
from essaim.manager.web.api.operations import DECLARED, OPEN, Declared
from tests.unit.api.calling import Caller, token_for
from tests.unit.api.test_door import OF_A_CLIENT, ask, full_path
from tests.unit.factories import make_person

pytestmark = pytest.mark.one_database
ASKERS = [
    ("no client", "", True),
    *(("role", role, is_own) for role in ROLES for is_own in (True, False)),
    *(("group", group, True) for group in GROUPS),
]
"""Kind, name, and for a role whether it is at the client that is asked about."""
OF_THE_HOUSE = {"/members/{email}/leaving": "team.manage"}
AT_A_CLIENT = {"/{slug}/history": "clients.people", "/{fqdn}/log": "sites.change", "/{fqdn}/php/trial": "sites.change"}
"""By path, rights that an operation asks for beside those that its declaration names."""
REFUSED = (403, 404, 409, 422)
"""422: a body is looked at before what it is about; 409: so is whether there is something to act on."""


def has(asker: tuple[str, str, bool], right: str) -> bool:
    """What the table says."""
    kind, name, is_own = asker
    if kind == "group":
        return right in GROUPS[name].rights
    given = TECHNICIANS if name == Membership.Role.TECHNICIAN else frozenset()
    return kind == "role" and is_own and right in ROLES[name].rights | given


def has_of_the_house(asker: tuple[str, str, bool], right: str) -> bool:
    """A right that only a group of the team gives, at no client in particular."""
    return asker[0] == "group" and has(asker, right)


def is_denied(operation: Declared, path: str, asker: tuple[str, str, bool]) -> bool:  # noqa: PLR0911 - a way each
    """Whether the table gives `asker` no way in."""
    if operation.scope in SCOPES and not has_of_the_house(asker, SCOPES[str(operation.scope)]):
        return True
    if operation.right and not has_of_the_house(asker, operation.right):
        return True
    if (inside := OF_THE_HOUSE.get(operation.path)) and not has_of_the_house(asker, inside):
        return True
    if (inside := AT_A_CLIENT.get(operation.path)) and not has(asker, inside):
        return True
    if not any(word in path for word in OF_A_CLIENT) or path.startswith("/offers"):
        return False
    sees = "clients.see" if path.startswith("/clients") else "sites.see"
    if not has(asker, sees):
        return True
    if operation.method == "GET":
        return False
    changes = (
        ("clients.change", "clients.people", "sites.change")
        if path.startswith("/clients")
        else ("sites.change", "sites.limits")
    )
    return not any(has(asker, right) for right in changes)


@pytest.mark.parametrize("asker", ASKERS, ids=lambda asker: f"{asker[1] or asker[0]}{'' if asker[2] else ' elsewhere'}")
def test_what_the_table_does_not_give_is_refused_and_changes_nothing(
    asker: tuple[str, str, bool], house: SimpleNamespace
) -> None:
    kind, name, is_own = asker
    at = house.client if is_own else house.other
    person = (
        make_person(client=at, role=name)
        if kind == "role"
        else make_person(groups=[name] if name and kind == "group" else ())
    )
    if name == Membership.Role.TECHNICIAN and is_own:
        TechnicianAccount.objects.create(membership=Membership.objects.get(person=person), account=house.account)
    caller = Caller(token_for(person))
    before, wrong = AuditLine.objects.count(), []
    for one, operation in sorted(DECLARED.items()):
        if operation.scope is OPEN or not is_denied(operation, full_path(one), asker):
            continue
        status = ask(caller, one)
        if status not in REFUSED:
            wrong.append((one, status))
    assert (wrong, AuditLine.objects.count()) == ([], before)


@pytest.mark.parametrize("asker", ASKERS, ids=lambda asker: f"{asker[1] or asker[0]}{'' if asker[2] else ' elsewhere'}")
def test_what_the_table_gives_to_read_is_answered(asker: tuple[str, str, bool], house: SimpleNamespace) -> None:
    kind, name, is_own = asker
    at = house.client if is_own else house.other
    person = (
        make_person(client=at, role=name)
        if kind == "role"
        else make_person(groups=[name] if name and kind == "group" else ())
    )
    if name == Membership.Role.TECHNICIAN and is_own:
        TechnicianAccount.objects.create(membership=Membership.objects.get(person=person), account=house.account)
    caller = Caller(token_for(person))
    wrong = []
    for one, operation in sorted(DECLARED.items()):
        if operation.scope is OPEN or operation.method != "GET" or is_denied(operation, full_path(one), asker):
            continue
        status = ask(caller, one)
        if status in (401, 403) or status >= 500:
            wrong.append((one, status))
    assert wrong == []


def test_the_count_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{len(DECLARED)} operations × {len(ASKERS)} askers = {len(DECLARED) * len(ASKERS)} questions")  # noqa: T201
    assert DECLARED
