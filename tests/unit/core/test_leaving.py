"""Doors that close when somebody leaves, and what nobody else can do."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from essaim.manager.core import continuity, leaving
from essaim.manager.core.continuity import Matter
from essaim.manager.people.models import Person
from essaim.manager.people.queries import token_of
from essaim.manager.people.tokens import issue_token
from tests.unit.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    make_person(groups=["board"])  # somebody who may grant stays
    return make_person(is_team=True)


def signed_in(person: Person) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def opens(browser: Browser) -> bool:
    return browser.get(reverse("people:tokens")).status_code == 200


def counts(person: Person) -> dict[str, int]:
    return {door.name: number for door, number in leaving.open_doors(person)}


def test_tokens_and_sessions_close_and_nobody_elses_do(person: Person) -> None:
    _token, text = issue_token(person, name="laptop", scopes=["sites:read"], by=person)
    other = make_person(groups=["board"])
    laptop, phone, others = signed_in(person), signed_in(person), signed_in(other)
    assert counts(person) == {"sessions": 2, "tokens": 1, "groups": 2}

    closed = leaving.close_all(person, other)

    assert closed == {"sessions": 2, "tokens": 1, "groups": 2}
    assert counts(person) == {}
    assert token_of(text) is None
    assert (opens(laptop), opens(phone), opens(others)) == (False, False, True)


def test_closing_twice_closes_nothing_more(person: Person) -> None:
    signed_in(person)
    leaving.close_all(person, None)
    assert leaving.close_all(person, None) == {}


def test_a_door_that_does_not_close_undoes_the_others(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(person: Person, by: Person | None) -> None:
        raise RuntimeError("stuck")

    monkeypatch.setattr(leaving, "_doors", dict(leaving._doors))
    leaving.register("zz-stuck", count=lambda person: 1, close=stuck)
    browser = signed_in(person)

    with pytest.raises(RuntimeError):
        leaving.close_all(person, None)

    assert opens(browser)


def test_two_rooms_have_no_door_of_one_name() -> None:
    with pytest.raises(ValueError, match="tokens"):
        leaving.register("tokens", count=lambda person: 0, close=lambda person, by: None)


def test_what_is_lost_without_a_pair() -> None:
    alone, pair, many, nobody = (
        Matter("alone", "alone", frozenset({1})),
        Matter("pair", "pair", frozenset({1, 2})),
        Matter("many", "many", frozenset({1, 2, 3})),
        Matter("nobody", "nobody", frozenset()),
    )

    assert continuity.lost_without([1], [alone, pair, many, nobody]) == [alone]
    assert continuity.lost_without([1, 2], [alone, pair, many, nobody]) == [alone, pair]
    assert continuity.bus_factor([many, pair]) == 2
    assert continuity.bus_factor([]) is None
