"""Keys to the API: how long they last, what is told before, and what an address must not hold."""

import logging
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from essaim.manager.core.models import Mail
from essaim.manager.people.errors import ExpiryFar
from essaim.manager.people.models import ApiToken, Person
from essaim.manager.people.tokens import TOKEN_LASTS, TOLD_BEFORE, issue_token, tell_of_ending_tokens
from tests.unit.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    return make_person()


def make(person: Person, *, ends: timedelta, old: timedelta = timedelta(days=60)) -> ApiToken:
    token, _text = issue_token(person, name="robot", scopes=["sites:read"], by=person)
    now = timezone.now()
    ApiToken.objects.filter(pk=token.pk).update(expires_at=now + ends, created_at=now - old)
    return token


def test_without_a_wish_a_token_lasts_for_90_days_and_never_for_more_than_a_year(person: Person) -> None:
    token, _text = issue_token(person, name="robot", scopes=["sites:read"], by=person)
    assert token.expires_at is not None
    assert abs(token.expires_at - timezone.now() - TOKEN_LASTS) < timedelta(minutes=5)
    with pytest.raises(ExpiryFar):
        issue_token(person, name="t", scopes=["sites:read"], by=person, expires_at=timezone.now() + timedelta(days=400))


def test_a_letter_tells_once_of_a_token_that_ends_soon(person: Person) -> None:
    make(person, ends=TOLD_BEFORE - timedelta(hours=1))
    make(person, ends=TOLD_BEFORE + timedelta(hours=1))
    make(person, ends=timedelta(hours=-1))
    make(person, ends=timedelta(days=2), old=timedelta(days=1))
    assert (tell_of_ending_tokens(), tell_of_ending_tokens()) == (1, 0)
    assert Mail.objects.get(kind="token ends").to == person.email


def test_ended_ones_are_folded_away(person: Person, client: Browser) -> None:
    make(person, ends=timedelta(hours=-1))
    make(person, ends=timedelta(days=9))
    client.force_login(person)
    page = client.get("/tokens/", headers={"accept-language": "en"})
    assert [token.is_over for token in page.context["ended"]] == [True]
    assert "1 token that has ended" in page.text


def test_a_token_in_an_address_is_refused_with_what_to_do_and_written_nowhere(
    person: Person, client: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    _token, text = issue_token(person, name="robot", scopes=["sites:read"], by=person)
    caplog.set_level(logging.INFO)
    for headers in ({}, {"authorization": f"Bearer {text}"}):
        answer = client.get(f"/api/v1/sites?token={text}", headers={"accept-language": "en", **headers})
        assert (answer.status_code, answer.json()["code"]) == (400, "api.token_in_address")
        assert "Revoke this token" in answer.json()["detail"]
        assert text not in answer.text
    assert text not in caplog.text
