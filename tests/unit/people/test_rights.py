"""The table of rights holds together."""

import pytest

from essaim.manager.people import rights
from essaim.manager.people.models import Grant, Membership
from tests.unit.factories import make_client, make_person


def test_groups_and_roles_are_those_of_the_rows() -> None:
    assert list(rights.GROUPS) == Grant.Group.values
    assert list(rights.ROLES) == Membership.Role.values


def test_every_right_that_somebody_has_is_in_the_table_and_every_one_is_somebody_s() -> None:
    given = set().union(*(holding.rights for holding in (*rights.GROUPS.values(), *rights.ROLES.values())))
    assert given == set(rights.RIGHTS)


def test_who_gives_a_right_may_grant() -> None:
    for right in rights.RIGHTS.values():
        assert all("team.grant" in rights.GROUPS[name].rights for name in right.granted_by)


@pytest.mark.parametrize("group", ["observer", "communication"])
def test_who_looks_changes_nothing(group: str) -> None:
    assert all(name.endswith(".see") for name in rights.GROUPS[group].rights)


@pytest.mark.django_db
def test_president_and_administrator_together_may_everything() -> None:
    both = rights.GROUPS["president"].rights | rights.GROUPS["administrator"].rights
    assert both == set(rights.RIGHTS)


@pytest.mark.django_db
@pytest.mark.parametrize("role", rights.ROLES)
def test_a_role_is_worth_something_at_its_client_alone(role: str) -> None:
    here, elsewhere = make_client(), make_client()
    person = make_person(client=here, role=role)
    assert {name for name in rights.RIGHTS if rights.may(person, name, here)} == rights.ROLES[role].rights
    assert not any(rights.may(person, name, elsewhere) or rights.may(person, name) for name in rights.RIGHTS)


@pytest.mark.django_db
def test_who_may_not_sign_in_may_nothing() -> None:
    client = make_client()
    person = make_person(is_team=True, client=client)
    person.is_active = False
    assert not any(rights.may(person, name, client) for name in rights.RIGHTS)


@pytest.mark.django_db
def test_without_a_signature_what_needs_one_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_person(is_team=True)
    monkeypatch.setattr(rights.agreement, "is_signed_by", lambda _person: False)
    assert {name for name in rights.RIGHTS if rights.may(person, name)} == {"design.see", "team.see"}
