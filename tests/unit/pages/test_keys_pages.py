"""The pages of keys: who may come in, who was in, taking a certificate away."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim import contract
from essaim.manager.keys import actions, jobs
from essaim.manager.keys.models import Certificate, Session
from essaim.manager.people.models import Person
from tests.unit import factories as make
from tests.unit.keys.conftest import make_door, new_public_key


@pytest.fixture(autouse=True)
def _own_state(settings: object, tmp_path: Path) -> None:
    settings.STATE = tmp_path  # type: ignore[attr-defined]


@pytest.fixture
def team(db: None) -> Person:
    return make.make_person(is_team=True)


@pytest.fixture
def browser(team: Person) -> Browser:
    browser = Browser(headers={"Accept-Language": "en"})
    browser.force_login(team)
    return browser


@pytest.fixture
def certificate(team: Person) -> Certificate:
    make_door("web7")
    return actions.give_certificate(
        by=team, machines=["web7"], role="root", lifetime=timedelta(hours=1), public_key=new_public_key(), reason="full disk"
    ).certificate  # fmt: skip


def tell(certificate: Certificate, number: str = "0" * 16, **changed: Any) -> None:
    """A machine tells of a session."""
    now = timezone.now().timestamp()
    session = contract.SshSession(
        **{
            "id": number,
            "login": certificate.login,
            "role": "root",
            "serial": certificate.serial,
            "origin": "192.0.2.9",
            "opened_at": now - 30,
            "became_root": (contract.Became(at=now, reason="which disk", command="df"),),
            **changed,
        }
    )
    from essaim.manager.fleet.models import Machine

    jobs.take_sessions(Machine.objects.get(name="web7"), contract.SshSessions(sessions=(session,)))


def test_the_page_says_who_for_what_and_until_when(browser: Browser, certificate: Certificate) -> None:
    page = browser.get(reverse("keys:keys")).content.decode()
    assert certificate.person.name in page
    assert "full disk" in page
    assert "essaim ssh web7" in page


def test_sessions_say_who_why_from_where_and_how_often_they_were_root(
    browser: Browser, certificate: Certificate
) -> None:
    tell(certificate)
    page = browser.get(reverse("keys:keys")).content.decode()
    for word in ("192.0.2.9", "which disk", "df", "full disk"):
        assert word in page


def test_a_session_told_twice_is_one_and_its_end_is_noted(certificate: Certificate) -> None:
    tell(certificate)
    tell(certificate, ended_at=timezone.now().timestamp(), is_cut=True)
    assert Session.objects.get().is_cut


def test_a_session_that_no_certificate_of_ours_opened_is_shown_as_such(
    browser: Browser, certificate: Certificate
) -> None:
    tell(certificate, serial=7)
    assert "no certificate of ours" in browser.get(reverse("keys:sessions")).content.decode()


def test_revoking_asks_why(browser: Browser, certificate: Certificate) -> None:
    url = reverse("keys:revoke", args=[certificate.serial])
    assert browser.post(url, {"reason": " "}).status_code == 422
    assert browser.post(url, {"reason": "laptop lost"}).status_code == 302
    certificate.refresh_from_db()
    assert certificate.revoke_reason == "laptop lost"


@pytest.mark.django_db
def test_lists_ask_the_same_few_questions_however_long_they_are(
    browser: Browser, certificate: Certificate, django_assert_num_queries: Any
) -> None:
    for n in range(20):
        tell(certificate, f"{n:016x}")
    with django_assert_num_queries(7):
        browser.get(reverse("keys:keys"))
