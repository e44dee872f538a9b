"""The table of rights and the list of who holds what, in the browser."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from essaim.manager.core.models import Mail
from essaim.manager.people import grants, rights
from essaim.manager.people.models import Grant, Person
from tests.unit.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Person:
    return make_person("first@example.test", groups=["board"])


@pytest.fixture
def second() -> Person:
    return make_person("second@example.test", groups=["president"])


def signed_in(person: Person) -> Browser:
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(person)
    return browser


def test_the_table_shows_every_right_group_and_role() -> None:
    page = signed_in(make_person(groups=["communication"])).get(reverse("people:rights")).content.decode()
    assert all(f"<code>{name}</code>" in page for name in rights.RIGHTS)
    assert page.count("rights-mark") == len(rights.RIGHTS) * 12 + 12


def test_one_proposes_another_confirms_and_letters_say_so(first: Person, second: Person) -> None:
    person = make_person("new@example.test")
    form = {"email": "New@example.test", "group": "observer", "reason": "Chosen by the board."}
    answer = signed_in(first).post(reverse("people:grant_propose"), form, follow=True)
    grant = Grant.objects.get(person=person)
    assert "waits for another" in answer.content.decode()
    assert Mail.objects.get(kind="group proposed").to == second.email

    signed_in(second).post(reverse("people:grant_confirm", args=[grant.pk]))

    person.refresh_from_db()
    assert person.groups_in_force == ["observer"]
    assert Mail.objects.get(kind="group given").to == person.email


def test_a_proposal_for_nobody_says_so_at_its_field(first: Person) -> None:
    form = {"email": "nobody@example.test", "group": "observer", "reason": "?"}
    answer = signed_in(first).post(reverse("people:grant_propose"), form)
    assert answer.status_code == 422
    assert "Nobody signs in here with nobody@example.test." in answer.content.decode()


def test_a_withdrawn_group_tells_its_person_why(first: Person, second: Person) -> None:
    held = Grant.objects.get(person=second)
    browser = signed_in(first)
    assert browser.post(reverse("people:grant_withdraw", args=[held.pk]), {"reason": " "}).status_code == 422
    browser.post(reverse("people:grant_withdraw", args=[held.pk]), {"reason": "A year away."})
    letter = Mail.objects.get(kind="group withdrawn")
    assert (letter.to, "A year away." in letter.text) == (second.email, True)


def test_who_holds_a_group_may_lay_it_down(first: Person) -> None:
    person = make_person(groups=["communication"])
    grant = Grant.objects.get(person=person)
    signed_in(person).post(reverse("people:grant_withdraw", args=[grant.pk]), {"reason": "No time."})
    grant.refresh_from_db()
    assert (grant.ended_how, Mail.objects.filter(kind="group withdrawn").exists()) == ("withdrawn", False)


def test_an_overdue_review_is_shown_and_done(first: Person, second: Person) -> None:
    old = timezone.now() - timedelta(days=200)
    Grant.objects.filter(person=second).update(confirmed_at=old)
    browser = signed_in(first)
    page = browser.get(reverse("people:grants")).content.decode()
    assert "1 review is overdue" in page

    browser.post(reverse("people:grant_review", args=[Grant.objects.get(person=second).pk]))

    assert "overdue" not in browser.get(reverse("people:grants")).content.decode()


def test_ended_ones_are_shown_when_asked(first: Person, second: Person) -> None:
    grant = grants.propose(make_person("x@example.test"), "observer", by=first, reason="New.")
    grants.refuse(grant, by=second, reason="Not yet.")
    page = signed_in(first).get(reverse("people:grants"), {"show": "ended"}).content.decode()
    assert "Not yet." in page


def test_the_list_costs_the_same_for_many(first: Person, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    browser = signed_in(first)
    for _one in range(10):
        make_person(groups=["observer"])
    with django_assert_num_queries(5):
        browser.get(reverse("people:grants"))
