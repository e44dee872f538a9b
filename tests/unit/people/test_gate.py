"""A flood of guesses is turned away before it costs anything; whoever belongs here is let in."""

import time
from collections.abc import Callable
from unittest import mock

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, identify_hasher, make_password
from django.core import signing
from django.test import Client as Browser
from django.test.client import Client
from pytest_django import Settings

from essaim.manager.people import gate, throttle
from essaim.manager.people.hashing import BoundedArgon2
from essaim.manager.people.models import Person
from tests.unit.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db
WRONG = "not this one at all"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it happens within one moment: a busy machine changes nothing."""
    monkeypatch.setattr(gate.time, "monotonic", lambda: 1000.0)


@pytest.fixture
def person() -> Person:
    return make_person("camille@example.test")


def guess(browser: Client, address: str, email: str = "camille@example.test", password: str = WRONG) -> int:
    """As whoever opens the page first: what it costs is theirs."""
    browser.get("/sign-in/", REMOTE_ADDR=address)
    return send(browser, address, email, password)


def send(browser: Client, address: str, email: str = "camille@example.test", password: str = WRONG) -> int:
    return browser.post("/sign-in/", {"email": email, "password": password}, REMOTE_ADDR=address).status_code


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Callable[[], int]:
    """How often a password was hashed."""
    settings.PASSWORD_HASHERS = ["essaim.manager.people.hashing.BoundedArgon2"]
    calls = []
    encode = BoundedArgon2.encode
    verify = BoundedArgon2.verify
    monkeypatch.setattr(BoundedArgon2, "encode", lambda *given: calls.append(1) or encode(*given))
    monkeypatch.setattr(BoundedArgon2, "verify", lambda *given: calls.append(1) or verify(*given))
    return lambda: len(calls)


def test_a_network_that_fails_again_and_again_is_turned_away_unread(person: Person) -> None:
    browser = Browser()
    answers = [guess(browser, "192.0.2.1", f"{n}@example.test") for n in range(40)]
    assert answers[0] == 422
    assert 429 in answers
    with mock.patch.object(throttle, "check", side_effect=AssertionError("read")):
        assert guess(browser, "192.0.2.1") == 429


def test_a_new_network_comes_in_while_another_guesses(person: Person) -> None:
    browser = Browser()
    for n in range(40):
        guess(browser, "192.0.2.1", f"{n}@example.test")
    assert guess(browser, "198.51.100.1", password=PASSWORD) == 302


def test_a_flood_from_everywhere_does_not_keep_a_known_browser_out(person: Person) -> None:
    browser, known = Browser(), Browser()
    known.post("/sign-in/", {"email": person.email, "password": PASSWORD}, REMOTE_ADDR="198.51.100.1")
    known.post("/sign-out/")
    known.handler = browser.handler  # one process
    answers = [guess(browser, f"192.0.2.{n}", f"{n}@example.test") for n in range(60)]
    assert answers.count(429) > 20

    assert guess(known, "203.0.113.9", password=PASSWORD) == 302


def test_who_guesses_by_other_networks_than_opened_the_page_leaves_room(person: Person) -> None:
    flood, new = Browser(), Browser()
    new.handler = flood.handler  # one process
    flood.get("/sign-in/", REMOTE_ADDR="192.0.2.1")
    answers = [send(flood, f"192.0.2.{n}", f"{n}@example.test") for n in range(2, 62)]
    assert answers.count(429) > 30
    assert guess(new, "198.51.100.1", password=PASSWORD) == 302


def test_in_quiet_times_nobody_needs_to_have_come_by_the_page(person: Person) -> None:
    assert send(Browser(), "198.51.100.1", password=PASSWORD) == 302


def _turned_away(address: str) -> Client:
    """A browser on a network that was turned away while a flood came from everywhere."""
    flood, late = Browser(), Browser()
    late.handler = flood.handler  # one process
    for n in range(120):  # each network twice: what is left to those that failed is used up, too
        guess(flood, f"192.0.2.{n % 60}", f"{n}@example.test")
    assert guess(late, address, password=PASSWORD) == 429
    assert guess(flood, address, password=PASSWORD) == 429, "who comes back without the cookie is one of the flood"
    return late


def test_who_was_turned_away_is_let_in_on_coming_back_as_asked(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    late = _turned_away("198.51.100.1")
    assert guess(late, "198.51.100.1", password=PASSWORD) == 429, "no sooner"

    _seconds_later(monkeypatch, gate.BACK_AFTER_S + 1)
    ticket = late.cookies[gate.TICKET].value

    assert guess(late, "203.0.113.9", password=PASSWORD) == 429, "not from elsewhere"
    late.cookies[gate.TICKET] = ticket
    assert guess(late, "198.51.100.1", password=PASSWORD) == 302


def test_a_ticket_is_good_once(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    late = _turned_away("198.51.100.1")
    _seconds_later(monkeypatch, gate.BACK_AFTER_S + 1)
    ticket = late.cookies[gate.TICKET].value

    assert guess(late, "198.51.100.1") == 422
    late.cookies[gate.TICKET] = ticket
    assert guess(late, "198.51.100.1") == 429


def test_trying_at_once_does_not_make_the_wait_longer(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    late = _turned_away("198.51.100.1")
    _seconds_later(monkeypatch, gate.BACK_AFTER_S - 1)
    assert guess(late, "198.51.100.1", password=PASSWORD) == 429
    _seconds_later(monkeypatch, gate.BACK_AFTER_S + 1)
    assert guess(late, "198.51.100.1", password=PASSWORD) == 302


@pytest.mark.parametrize("odd", ["", "x", "x" * 5000, "a:b:c"])
def test_an_odd_ticket_is_none(person: Person, monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    late = _turned_away("198.51.100.1")
    _seconds_later(monkeypatch, gate.TICKET_S + 1)
    assert guess(late, "198.51.100.1", password=PASSWORD) == 429, "too old"
    late.cookies[gate.TICKET] = odd
    assert guess(late, "198.51.100.1", password=PASSWORD) == 429


def _seconds_later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """By the clock on the wall, which dates tickets; the one that paces count by stands."""
    now = time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + seconds)


def test_a_cookie_that_was_made_up_opens_nothing(person: Person) -> None:
    browser = Browser()
    browser.cookies[gate.COOKIE] = f"{person.pk}:made-up"
    answers = [guess(browser, "192.0.2.1", f"{n}@example.test") for n in range(40)]
    assert 429 in answers


def test_guesses_from_everywhere_on_one_person_are_bounded(person: Person) -> None:
    known = Browser()
    known.post("/sign-in/", {"email": person.email, "password": PASSWORD})
    known.post("/sign-out/")
    for n in range(throttle.FAILURES_BY_PERSON):
        throttle.note_failure(address=f"2001:db8:{n}::1", email=person.email)

    assert guess(Browser(), "198.51.100.1", password=PASSWORD) == 422
    assert guess(known, "198.51.100.1", password=PASSWORD) == 302


def test_unknown_and_wrong_are_hashed_equally_often(person: Person, hashes: Callable[[], int]) -> None:
    person.set_password(PASSWORD)
    person.save()
    before = hashes()
    guess(Browser(), "192.0.2.1", person.email)
    wrong = hashes() - before
    guess(Browser(), "192.0.2.2", "nobody@example.test")
    assert (wrong, hashes() - before - wrong) == (1, 1)


def test_who_is_turned_away_costs_no_hash(person: Person, hashes: Callable[[], int]) -> None:
    for _n in range(throttle.FAILURES_BY_PAIR):
        throttle.note_failure(address="192.0.2.1", email=person.email)
    before = hashes()
    guess(Browser(), "192.0.2.1")
    assert hashes() == before


@pytest.mark.parametrize("old", ["argon2", "pbkdf2_sha256"])
def test_an_old_hash_is_replaced_when_its_person_signs_in(person: Person, settings: Settings, old: str) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    if old != "argon2":
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
        PBKDF2PasswordHasher.iterations = 1000
    person.password = make_password(PASSWORD)
    person.save()
    settings.PASSWORD_HASHERS = [
        "essaim.manager.people.hashing.BoundedArgon2",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]

    assert guess(Browser(), "192.0.2.1", password=PASSWORD) == 302

    person.refresh_from_db()
    assert person.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert isinstance(identify_hasher(person.password), BoundedArgon2)


@pytest.mark.parametrize("password", ["password1234", "123456789012", "camille@example"])
def test_common_passwords_are_refused_in_words(person: Person, password: str, client: Client) -> None:
    client.force_login(person)
    given = {"current_password": PASSWORD, "password": password, "again": password}
    answer = client.post("/password/", given, headers={"accept-language": "fr"})
    assert answer.status_code == 422
    assert "passe" in str(answer.context["form"].errors["password"])
