"""Whose address it is, behind a reverse proxy and without one."""

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory

from essaim.manager.core.models import AuditLine
from essaim.manager.people import throttle
from essaim.manager.web.proxies import ClientAddress
from tests.unit import factories as make

PROXY, VISITOR, LIAR = "127.0.0.1", "198.51.100.7", "203.0.113.9"


def asked(peer: str, **headers: str) -> HttpRequest:
    """The request as the views see it."""
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    ClientAddress(view)(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))
    return seen[0]


def address(peer: str, forwarded: str) -> str:
    return str(asked(peer, x_forwarded_for=forwarded).META["REMOTE_ADDR"])


def test_the_proxys_word_is_taken() -> None:
    assert address(PROXY, VISITOR) == VISITOR
    assert address("::1", "2001:db8::7") == "2001:db8::7"
    assert address("::ffff:127.0.0.1", VISITOR) == VISITOR


def test_a_header_of_somebody_who_is_no_proxy_is_worth_nothing() -> None:
    request = asked(LIAR, x_forwarded_for=VISITOR, x_forwarded_proto="https")

    assert request.META["REMOTE_ADDR"] == LIAR
    assert not request.is_secure()
    assert "HTTP_X_FORWARDED_FOR" not in request.META


def test_what_the_visitor_wrote_before_the_proxy_is_worth_nothing() -> None:
    assert address(PROXY, f"{VISITOR}, {LIAR}") == LIAR
    assert address(PROXY, f"127.0.0.1, {LIAR}") == LIAR


def test_proxies_behind_each_other_are_passed_over(settings: object) -> None:
    settings.PROXIES = ["127.0.0.1", "10.1.0.0/16"]  # type: ignore[attr-defined]

    assert address(PROXY, f"{LIAR}, {VISITOR}, 10.1.2.3") == VISITOR
    assert address(PROXY, "10.1.9.9, 10.1.2.3") == "10.1.9.9"


@pytest.mark.parametrize("forwarded", ["", "unknown", "nonsense, <script>", f"{VISITOR}, nonsense", "," * 50])
def test_what_cannot_be_read_leaves_the_proxys_own_address(forwarded: str) -> None:
    assert address(PROXY, forwarded) == PROXY


def test_the_connection_is_secure_when_the_proxy_says_so() -> None:
    assert asked(PROXY, x_forwarded_proto="https").is_secure()
    assert not asked(PROXY, x_forwarded_proto="http").is_secure()
    assert not asked(PROXY).is_secure()


def test_it_stands_before_all_that_asks_who_it_is() -> None:
    assert settings.MIDDLEWARE[0] == "essaim.manager.web.proxies.ClientAddress"


@pytest.mark.django_db
def test_the_trail_has_the_visitors_address() -> None:
    browser = Browser(headers={"x-forwarded-for": VISITOR})
    browser.force_login(make.make_person())

    assert browser.post("/tokens/", {"name": "laptop", "scopes": ["sites:read"], "days": "30"}).status_code == 201

    assert AuditLine.objects.get(code="people.token_issued").origin == f"web {VISITOR}"


@pytest.mark.django_db
def test_guesses_through_the_proxy_lock_nobody_else_out() -> None:
    person = make.make_person()
    for number in range(throttle.FAILURES_BY_ADDRESS):
        throttle.note_failure(address=LIAR, email=f"{number}@example.test")
    right = {"email": person.email, "password": make.PASSWORD}

    assert Browser(headers={"x-forwarded-for": f"{VISITOR}, {LIAR}"}).post("/sign-in/", right).status_code == 422
    assert Browser(headers={"x-forwarded-for": VISITOR}).post("/sign-in/", right).status_code == 302
