"""Signing in with more than a password."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client as Browser
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from essaim.manager.core.models import AuditLine
from essaim.manager.people.models import Person, SignInFailure
from essaim.manager.people.throttle import WRONG_CODES
from tests.unit.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db


def code_now(secret: str, *, periods: int = 0) -> str:
    """The six digits of RFC 6238, `periods` of half a minute from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def sign_in(browser: Browser, person: Person, password: str = PASSWORD) -> str:
    """What follows the password: an address."""
    given = {"email": person.email, "password": password}
    return browser.post(reverse("people:sign_in"), given).headers.get("Location", "")


def add_application(browser: Browser) -> str:
    """Its secret."""
    page = browser.get(reverse("mfa_activate_totp"))
    secret: str = page.context["form"].secret
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = browser.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    assert answer.headers["Location"] == reverse("mfa_view_recovery_codes")
    return secret


@pytest.fixture
def person() -> Person:
    return make_person()


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_without_a_second_factor_the_password_opens(browser: Browser, person: Person) -> None:
    assert sign_in(browser, person) == reverse("web:home")
    assert browser.get(reverse("web:home")).context["request"].user == person


def test_with_an_application_the_password_alone_opens_nothing(browser: Browser, person: Person) -> None:
    sign_in(browser, person)
    secret = add_application(browser)
    browser.post(reverse("people:sign_out"))

    assert sign_in(browser, person) == reverse("mfa_authenticate")
    assert not browser.get(reverse("mfa_authenticate")).context["request"].user.is_authenticated
    assert browser.get(reverse("hosting:sites")).status_code == 302

    Authenticator.objects.filter(type="totp").update(last_used_at=timezone.now() - timedelta(minutes=5))
    browser.post(reverse("mfa_authenticate"), {"code": code_now(secret, periods=1)})
    assert browser.get(reverse("hosting:sites")).status_code == 200


def test_a_code_that_is_minutes_old_does_not_open(browser: Browser, person: Person) -> None:
    sign_in(browser, person)
    secret = add_application(browser)
    browser.post(reverse("people:sign_out"))
    sign_in(browser, person)

    page = browser.post(reverse("mfa_authenticate"), {"code": code_now(secret, periods=-4)})

    assert "every 30 seconds" in page.content.decode() or "30 secondes" in page.content.decode()
    assert browser.get(reverse("hosting:sites")).status_code == 302


@pytest.mark.parametrize(("periods", "opens"), [(-1, True), (1, True), (-3, False), (3, False)])
def test_a_clock_may_be_one_step_off_and_no_more(
    browser: Browser, person: Person, periods: int, *, opens: bool
) -> None:
    sign_in(browser, person)
    secret = add_application(browser)
    browser.post(reverse("people:sign_out"))
    sign_in(browser, person)
    Authenticator.objects.filter(type="totp").update(last_used_at=timezone.now() - timedelta(minutes=5))
    cache.clear()  # allauth remembers there which codes were used
    browser.post(reverse("mfa_authenticate"), {"code": code_now(secret, periods=periods)})
    assert (browser.get(reverse("hosting:sites")).status_code == 200) is opens


def test_after_some_wrong_codes_the_clock_is_named(browser: Browser, person: Person) -> None:
    sign_in(browser, person)
    secret = add_application(browser)
    browser.post(reverse("people:sign_out"))
    sign_in(browser, person)
    old = {"code": code_now(secret, periods=-20)}
    pages = [browser.post(reverse("mfa_authenticate"), old) for _n in range(3)]
    said = ("the clock of your telephone", "l’horloge de votre téléphone")
    assert [any(words in page.text for words in said) for page in pages] == [False, False, True]


def test_codes_are_not_guessed_from_many_addresses(browser: Browser, person: Person) -> None:
    sign_in(browser, person)
    secret = add_application(browser)
    for n in range(WRONG_CODES + 1):
        guesser = Browser(REMOTE_ADDR=f"192.0.2.{n + 1}")
        sign_in(guesser, person)
        guesser.post(reverse("mfa_authenticate"), {"code": "000000"})

    last = Browser(REMOTE_ADDR="198.51.100.1")
    sign_in(last, person)
    last.post(reverse("mfa_authenticate"), {"code": code_now(secret, periods=1)})

    assert last.get(reverse("hosting:sites")).status_code == 302
    assert SignInFailure.objects.filter(origin=f"codes of {person.pk}").count() == WRONG_CODES


def test_a_recovery_code_opens_once(browser: Browser, person: Person) -> None:
    sign_in(browser, person)
    add_application(browser)
    code = browser.get(reverse("mfa_view_recovery_codes")).context["unused_codes"][0]
    for _opens in (True, False):
        browser.post(reverse("people:sign_out"))
        sign_in(browser, person)
        browser.post(reverse("mfa_authenticate"), {"code": code})
        assert (browser.get(reverse("hosting:sites")).status_code == 200) is _opens


def test_the_secrets_are_not_readable_in_the_database(browser: Browser, person: Person) -> None:
    sign_in(browser, person)
    secret = add_application(browser)
    codes = browser.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]

    kept = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in kept
    assert not any(code in kept for code in codes)


def test_the_team_gets_a_second_factor_before_anything_else(browser: Browser, settings: Settings) -> None:
    settings.SECOND_FACTOR = "team"
    volunteer = make_person(is_team=True)
    sign_in(browser, volunteer)

    for route in ("web:home", "hosting:sites", "fleet:machines", "people:tokens"):
        assert browser.get(reverse(route)).headers.get("Location") == reverse("mfa_index"), route
    assert browser.get(reverse("mfa_index")).status_code == 200

    add_application(browser)
    assert browser.get(reverse("fleet:machines")).status_code == 200
    browser.post(reverse("mfa_deactivate_totp"))
    assert browser.get(reverse("fleet:machines")).headers.get("Location") == reverse("mfa_index")


def test_a_client_is_not_made_to(browser: Browser, person: Person, settings: Settings) -> None:
    settings.SECOND_FACTOR = "team"
    sign_in(browser, person)
    assert browser.get(reverse("web:home")).status_code == 200


def test_one_who_left_the_screen_is_asked_again(browser: Browser, person: Person) -> None:
    sign_in(browser, person)
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 601
    session["account_authentication_methods"] = list(session["account_authentication_methods"])
    session.save()

    asked = browser.get(reverse("mfa_activate_totp"))
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    wrong = browser.post(asked.headers["Location"], {"password": "not this one", "next": reverse("mfa_activate_totp")})
    assert wrong.status_code == 200
    right = browser.post(asked.headers["Location"], {"password": PASSWORD, "next": reverse("mfa_activate_totp")})
    assert right.headers["Location"] == reverse("mfa_activate_totp")


def test_the_trail_keeps_what_was_added_and_taken_away(browser: Browser, person: Person) -> None:
    sign_in(browser, person)
    add_application(browser)
    browser.post(reverse("mfa_deactivate_totp"))

    codes = list(AuditLine.objects.order_by("id").values_list("code", "who"))

    assert ("people.factor_added", person.email) in codes
    assert ("people.factor_removed", person.email) in codes


def test_sessions_are_listed_and_ended_one_by_one(browser: Browser, person: Person) -> None:
    elsewhere = Browser(REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Telephone")
    sign_in(elsewhere, person)
    sign_in(browser, person)
    page = browser.get(reverse("people:sessions"))
    assert "192.0.2.7" in page.content.decode()
    other = next(session for session in page.context["sessions"] if session.ip == "192.0.2.7")

    browser.post(reverse("people:session_end", args=[other.pk]))

    assert elsewhere.get(reverse("hosting:sites")).status_code == 302
    assert browser.get(reverse("hosting:sites")).status_code == 200


def test_nobody_ends_the_session_of_another(browser: Browser, person: Person) -> None:
    other = Browser()
    somebody = make_person()
    sign_in(other, somebody)
    session = other.get(reverse("people:sessions")).context["sessions"][0]
    sign_in(browser, person)

    browser.post(reverse("people:session_end", args=[session.pk]))

    assert other.get(reverse("hosting:sites")).status_code == 200


def test_nobody_signs_up_by_allauths_own_pages(browser: Browser) -> None:
    for page in ("signup/", "security/signup/", "security/webauthn/signup/"):
        assert browser.get(f"/{page}").status_code == 404
