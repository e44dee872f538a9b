"""A key is given to who has just shown that it is them."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import encrypt
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.manager.keys import actions, errors
from essaim.manager.keys.models import Confirmation
from essaim.manager.people.models import Person
from essaim.manager.people.step_up import SHOWN_AT
from essaim.manager.people.throttle import TooManyTries

SECRET = "JBSWY3DPEHPK3PXP"


def code() -> str:
    return str(format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time())))))


@pytest.mark.django_db
def test_without_a_confirmation_none_is_given(team: Person) -> None:
    with pytest.raises(errors.NotConfirmed) as refused:
        actions.require_confirmed(team, "")
    assert reverse("keys:confirm") in refused.value.advice


@pytest.mark.django_db
def test_a_confirmation_counts_for_ten_minutes(team: Person) -> None:
    actions.confirm(team)
    actions.require_confirmed(team, "")
    Confirmation.objects.update(until=timezone.now())
    with pytest.raises(errors.NotConfirmed):
        actions.require_confirmed(team, "")


@pytest.mark.django_db
def test_a_code_counts_once_and_then_for_ten_minutes(team: Person) -> None:
    Authenticator.objects.create(user=team, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)})
    now = code()
    actions.require_confirmed(team, now)
    actions.require_confirmed(team, "")
    with pytest.raises(errors.CodeWrong):
        actions.require_confirmed(team, now)


@pytest.mark.django_db
def test_codes_cannot_be_guessed_for_long(team: Person) -> None:
    for _ in range(10):
        with pytest.raises(errors.CodeWrong):
            actions.require_confirmed(team, "000000")
    with pytest.raises(TooManyTries):
        actions.require_confirmed(team, "000000")


@pytest.mark.django_db
def test_the_browser_asks_again_before_it_confirms(team: Person) -> None:
    browser = Browser()
    browser.force_login(team)
    session = browser.session
    session[SHOWN_AT] -= 601
    session.save()
    answer = browser.post(reverse("keys:confirm"))
    assert answer.status_code == 302
    assert "again" in answer["Location"]
    assert not Confirmation.objects.exists()
