"""Groups of the team: two people give one, each act says who may do it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.people import actions, grants, rights
from essaim.manager.people.grant_errors import (
    GrantConfirmed,
    GrantHeld,
    GrantToSelf,
    GroupUnknown,
    LastGrantor,
    SecondPersonNeeded,
    UntilPast,
)
from essaim.manager.people.models import Grant, Person
from tests.unit.factories import make_client, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Person:
    return make_person(groups=["president"])


@pytest.fixture
def second() -> Person:
    return make_person(groups=["board"])


def test_a_group_is_in_force_once_another_confirms(first: Person, second: Person) -> None:
    person = make_person()
    grant = grants.propose(person, "supporter", by=first, reason="Learned enough.")
    person.refresh_from_db()
    assert not person.is_team

    with pytest.raises(SecondPersonNeeded):
        grants.confirm(grant, by=first)
    grants.confirm(grant, by=second)

    person.refresh_from_db()
    assert person.groups_in_force == ["supporter"]
    assert rights.may(person, "sites.change", make_client())
    assert list(rights.holders("people.see_personal")) == sorted((first, second, person), key=lambda one: one.email)
    told = AuditLine.objects.filter(about_key=person.email).values_list("code", "who")
    assert {("people.group_proposed", first.email), ("people.group_given", second.email)} <= set(told)


def test_nobody_decides_about_themselves(first: Person, second: Person) -> None:
    with pytest.raises(GrantToSelf):
        grants.propose(first, "administrator", by=first, reason="I want to.")
    grant = grants.propose(first, "administrator", by=second, reason="They want to.")
    with pytest.raises(GrantToSelf):
        grants.confirm(grant, by=first)
    with pytest.raises(GrantToSelf):
        grants.review(Grant.objects.get(person=first, group="president"), by=first)


def test_the_database_holds_two_people_too(first: Person) -> None:
    grant = grants.propose(make_person(), "observer", by=first, reason="New.")
    grant.confirmed_by, grant.confirmed_at = first, timezone.now()
    with pytest.raises(IntegrityError):
        grant.save()


def test_who_may_not_grant_is_told_what_is_missing_and_who_gives_it() -> None:
    with pytest.raises(rights.RightMissing) as refused:
        grants.propose(make_person(), "observer", by=make_person(groups=["administrator"]), reason="A friend.")
    assert "team.grant" in str(refused.value)
    assert "board or president" in refused.value.advice


def test_a_client_s_reader_hears_that_its_owner_gives_the_right() -> None:
    client = make_client(name="Les Abeilles")
    with pytest.raises(rights.RightMissing) as refused:
        rights.require(make_person(client=client, role="reader"), "sites.change", client)
    assert refused.value.advice == "Who can give it to you: an owner of Les Abeilles."


def test_bad_proposals_are_refused(first: Person, second: Person) -> None:
    person = make_person()
    with pytest.raises(GroupUnknown):
        grants.propose(person, "king", by=first, reason="Because.")
    with pytest.raises(ReasonMissing):
        grants.propose(person, "observer", by=first, reason=" ")
    with pytest.raises(UntilPast):
        grants.propose(person, "observer", by=first, reason="Because.", until=timezone.now())
    grants.propose(person, "observer", by=first, reason="Because.")
    with pytest.raises(GrantHeld):
        grants.propose(person, "observer", by=second, reason="Because.")


def test_a_refused_proposal_may_be_made_again(first: Person, second: Person) -> None:
    person = make_person()
    grant = grants.propose(person, "observer", by=first, reason="New.")
    grants.refuse(grant, by=second, reason="Not signed yet.")
    again = grants.propose(person, "observer", by=first, reason="Signed.")
    grants.confirm(again, by=second)
    with pytest.raises(GrantConfirmed):
        grants.refuse(again, by=second, reason="Late.")


def test_a_grant_that_is_past_its_end_gives_nothing(first: Person, second: Person) -> None:
    person = make_person()
    end = timezone.now() + timedelta(days=30)
    grants.confirm(grants.propose(person, "observer", by=first, reason="A month.", until=end), by=second)
    person.refresh_from_db()
    assert person.is_team
    past = timezone.now() - timedelta(seconds=1)
    Grant.objects.filter(person=person).update(until=past)
    Person.objects.filter(pk=person.pk).update(groups={"observer": past.isoformat()})
    person.refresh_from_db()
    assert not person.is_team
    assert person not in rights.holders("sites.see")
    grants.propose(person, "observer", by=first, reason="Another month.")
    assert Grant.objects.get(person=person, ended_how="lapsed").ended_at is not None


def test_a_withdrawn_group_is_gone_at_once_and_somebody_who_may_grant_stays(first: Person, second: Person) -> None:
    held = Grant.objects.get(person=second)
    grants.withdraw(held, by=first, reason="Left.")
    second.refresh_from_db()
    assert not second.is_team
    with pytest.raises(LastGrantor):
        grants.withdraw(Grant.objects.get(person=first), by=first, reason="Tired.")
    with pytest.raises(LastGrantor):
        actions.deactivate_person(first, by=None, reason="Tired.")


def test_who_was_closed_holds_nothing(first: Person, second: Person) -> None:
    actions.deactivate_person(second, by=first, reason="Left.")
    second.refresh_from_db()
    assert (second.groups, Grant.objects.filter(person=second, ended_at=None).count()) == ({}, 0)


def test_the_rows_and_the_copy_in_the_person_say_the_same(first: Person, second: Person) -> None:
    for group in rights.GROUPS:
        person = make_person()
        grants.confirm(grants.propose(person, group, by=first, reason="Because."), by=second)
        person.refresh_from_db()
        assert list(person.groups) == [grant.group for grant in person.grants.all()] == [group]


def test_use_is_noted(first: Person, settings: object) -> None:
    settings.RIGHTS_USE_NOTED_EVERY = timedelta(hours=1)  # type: ignore[attr-defined]
    assert rights.may(first, "audit.see")
    assert Grant.objects.get(person=first).last_used_at is not None
