"""Somebody leaves: every door closes at once, and nothing that only they could do is lost."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from essaim.manager.core import continuity
from essaim.manager.core import leaving as doors
from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people import grants
from essaim.manager.people.models import Grant, Membership, Person
from essaim.manager.people.queries import token_of
from essaim.manager.people.rights import RightMissing
from essaim.manager.people.tokens import issue_token
from essaim.manager.team import calendars, duties, leaving, rights_held
from essaim.manager.team.errors import (
    DutyExists,
    FeedMissing,
    GrantorMissing,
    LastOfTheTeam,
    MemberNotFound,
    NotOfTheTeam,
    SuccessorIsLeaver,
    SuccessorMissing,
)
from essaim.manager.team.models import Duty
from tests.unit.factories import make_client, make_person
from tests.unit.team.conftest import browser_of


def fresh(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


def test_every_door_closes_at_once(house: SimpleNamespace) -> None:
    admin, heir = house.admin, make_person(groups=["administrator"])
    text = issue_token(admin, name="laptop", scopes=["fleet:read"], by=admin)[1]
    feed, browser = calendars.make_feed(admin, by=admin), browser_of(admin)
    duties.add_duty(name="Answer the registry", by=house.president, people=[admin, heir])

    done = leaving.leave(admin, by=house.president, reason="Moves to another country.")

    assert done.closed == {"duties": 1, "feeds": 1, "groups": 1, "rota": 10, "sessions": 1, "tokens": 1}
    assert doors.open_doors(fresh(admin)) == []
    assert (fresh(admin).is_team, fresh(admin).is_active, done.keeps_sign_in) == (False, False, False)
    assert token_of(text) is None
    assert browser.get(reverse("team:team")).status_code == 302
    with pytest.raises(FeedMissing):
        calendars.open_feed(feed)
    line = AuditLine.objects.get(code="team.left")
    assert (line.who, line.about_key, line.reason) == (house.president.email, admin.email, "Moves to another country.")
    assert Mail.objects.get(kind="left the team").to == admin.email


def test_who_has_a_place_at_a_client_goes_on_signing_in_for_it(house: SimpleNamespace) -> None:
    Membership.objects.create(client=make_client("abeilles"), person=house.observer, role="owner")
    done = leaving.leave(house.observer, by=house.president, reason="No time.")
    assert (done.keeps_sign_in, fresh(house.observer).is_active, fresh(house.observer).is_team) == (True, True, False)
    browser = browser_of(fresh(house.observer))
    assert (browser.get("/clients/abeilles/").status_code, browser.get(reverse("team:team")).status_code) == (200, 403)


def test_what_only_they_can_do_needs_somebody_who_takes_over(house: SimpleNamespace) -> None:
    duties.add_duty(name="Pay the bills", by=house.president, people=[house.admin])
    with pytest.raises(SuccessorMissing):
        leaving.leave(house.admin, by=house.president, reason="Leaves.")
    assert fresh(house.admin).is_team

    done = leaving.leave(house.admin, by=house.president, reason="Leaves.", successor=house.observer)

    assert done.handed_over == {"duties": 1, "rights": 1}
    assert [holder.person for holder in Duty.objects.get().holders.all()] == [house.observer]
    proposed = Grant.objects.proposed().get()
    assert (proposed.person, proposed.group, proposed.granted_by) == (house.observer, "administrator", house.president)
    assert Mail.objects.filter(kind="takes over", to=house.observer.email).exists()


def test_nobody_proposes_rights_for_themselves(house: SimpleNamespace) -> None:
    with pytest.raises(GrantorMissing):
        leaving.leave(house.admin, by=house.president, reason="Leaves.", successor=house.president)
    assert fresh(house.admin).is_team


def test_who_takes_over_is_somebody_else_of_the_team(house: SimpleNamespace) -> None:
    with pytest.raises(SuccessorIsLeaver):
        leaving.leave(house.admin, by=house.president, reason="Leaves.", successor=house.admin)
    with pytest.raises(MemberNotFound):
        leaving.leave(house.admin, by=house.president, reason="Leaves.", successor=make_person())


def test_a_reason_and_the_right_are_asked(house: SimpleNamespace) -> None:
    with pytest.raises(ReasonMissing):
        leaving.leave(house.observer, by=house.president, reason="  ")
    for person in (house.admin, make_person()):
        with pytest.raises(RightMissing):
            leaving.leave(house.observer, by=person, reason="Because.")


def test_one_may_leave_by_oneself(house: SimpleNamespace) -> None:
    assert not leaving.leave(house.observer, by=house.observer, reason="No time.").person.is_team


def test_two_who_let_each_other_go_do_not_both_succeed(house: SimpleNamespace) -> None:
    other = make_person(groups=["president"])
    leaving.leave(other, by=house.president, reason="First.")
    with pytest.raises(RightMissing):
        leaving.leave(house.president, by=other, reason="Second.")  # `other` as it was read before


def test_nobody_leaves_twice_and_the_last_does_not_leave(house: SimpleNamespace) -> None:
    leaving.leave(house.observer, by=house.president, reason="No time.")
    with pytest.raises(MemberNotFound):
        leaving.leave(house.observer, by=house.president, reason="No time.")
    leaving.leave(house.admin, by=None, reason="Leaves.", successor=house.president)
    with pytest.raises(LastOfTheTeam):
        leaving.leave(house.president, by=None, reason="Leaves.")


def test_the_last_who_may_grant_stays(house: SimpleNamespace) -> None:
    from essaim.manager.people.grant_errors import LastGrantor

    with pytest.raises(LastGrantor):
        leaving.leave(house.president, by=house.president, reason="Leaves.", successor=house.admin)
    assert fresh(house.president).is_team


def test_the_page_shows_first_and_closes_then(house: SimpleNamespace) -> None:
    duties.add_duty(name="Pay the bills", by=house.president, people=[house.observer])
    browser, url = browser_of(house.president), reverse("team:leave", args=[house.observer.pk])
    page = browser.get(url).content.decode()
    assert "Pay the bills" in page
    assert "Groups of the team" in page

    refused = browser.post(url, {"reason": "No time."})
    assert refused.status_code == 422
    answer = browser.post(url, {"reason": "No time.", "successor": house.admin.pk})

    assert answer["Location"] == reverse("team:team")
    assert not fresh(house.observer).is_team


def test_a_duty_has_one_row_and_people_of_the_team(house: SimpleNamespace) -> None:
    duty = duties.add_duty(name="Pay the bills", by=house.president, people=[house.admin])
    with pytest.raises(DutyExists):
        duties.add_duty(name="pay the BILLS", by=house.president)
    with pytest.raises(NotOfTheTeam):
        duties.change_duty(duty, name="Pay", by=house.president, people=[make_person()])
    with pytest.raises(RightMissing):
        duties.add_duty(name="Mine", by=house.observer)
    lines = AuditLine.objects.count()
    duties.change_duty(duty, name="Pay the bills", by=house.president, people=[house.admin])
    assert AuditLine.objects.count() == lines


def test_the_bus_factor_counts_rights_and_duties(house: SimpleNamespace) -> None:
    duties.add_duty(name="Pay the bills", by=house.president, people=[house.admin, house.president])
    duties.add_duty(name="Nobody's", by=house.president)
    matters = continuity.matters()
    assert continuity.bus_factor(matters) == 0
    who = {matter.key: matter.who for matter in matters if matter.kind == "rights"}
    assert who["fleet.change"] == {house.admin.pk}
    assert who["audit.see"] == {house.admin.pk, house.president.pk, house.observer.pk}
    lost = {str(matter.name) for matter in continuity.lost_without([house.admin.pk, house.president.pk], matters)}
    assert "Pay the bills" in lost
    grants.found(house.observer, ["administrator"], reason="for a test")
    alone = {matter.key for matter in continuity.lost_without([house.admin.pk], continuity.matters())}
    assert "fleet.change" not in alone


def test_matters_cost_the_same_queries_however_many(house: SimpleNamespace, django_assert_num_queries: object) -> None:
    for number in range(12):
        duties.add_duty(name=f"Duty {number}", by=house.president, people=[house.admin])
    with django_assert_num_queries(2):  # type: ignore[operator]  # duties and their holders
        duties.matters()
    with django_assert_num_queries(1):  # type: ignore[operator]
        rights_held.matters()
