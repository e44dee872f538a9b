"""Registration by oneself: only where it is open, only with a proved address, and slowly for robots."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people import registration
from essaim.manager.people.models import Client, Membership, Person, Registration
from tests.unit.factories import make_person

pytestmark = pytest.mark.django_db
GIVEN = {"email": "ada@example.test", "name": "Ada", "client_name": "Les abeilles", "kind": "person", "more": ""}


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> None:
    settings.REGISTRATION = "open"


def mark(seconds: int = 10) -> str:
    """A form's mark from so long ago."""
    with pytest.MonkeyPatch.context() as patched:
        before = signing.time.time() - seconds
        patched.setattr(signing.time, "time", lambda: before)
        return registration.new_form()


def send(address: str = "192.0.2.7", **given: str) -> object:
    browser = Browser(headers={"Accept-Language": "en"})
    return browser.post("/register/", {**GIVEN, "signed": mark(), **given}, REMOTE_ADDR=address)


def link() -> str:
    found = re.search(r"https?://[^/]+(/register/\S+)", Mail.objects.latest("id").text)
    assert found is not None
    return found[1]


def test_nothing_is_made_before_the_address_is_proved_and_then_all_of_it() -> None:
    assert send().status_code == 200  # type: ignore[attr-defined]
    assert not Person.objects.exists()
    assert not Client.objects.exists()

    browser = Browser()
    assert browser.get(link()).status_code == 200
    words = {"password": "un cheval correct", "again": "un cheval correct"}
    answer = browser.post(link(), words)

    client = Client.objects.get()
    assert answer["Location"] == f"/clients/{client.slug}/"
    assert browser.get(answer["Location"]).status_code == 200
    assert (client.name, client.kind, Membership.objects.get().role) == ("Les abeilles", "person", "owner")
    assert AuditLine.objects.filter(code="people.registered").exists()
    assert Browser().post(link(), words).status_code == 410


def test_where_it_is_closed_nobody_registers(settings: Settings) -> None:
    settings.REGISTRATION = "invitation"
    assert send().status_code == 403  # type: ignore[attr-defined]
    assert "invitation" in Browser(headers={"Accept-Language": "en"}).get("/register/").content.decode()
    assert not Mail.objects.exists()


def test_who_signs_in_already_gets_a_letter_that_says_so_and_the_page_the_same() -> None:
    new = send()
    make_person("known@example.test")
    known = send(email="KNOWN@example.test")
    assert Mail.objects.latest("id").kind == "sign-in there"
    same = [
        answer.content.decode().replace(email, "")
        for answer, email in ((new, "ada@example.test"), (known, "KNOWN@example.test"))
    ]  # type: ignore[attr-defined]
    assert len(same[0]) == len(same[1])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"more": "https://spam.example.test"}, "it is there for robots"),
        ({"signed": ""}, "open for too long"),
        ({"signed": "forged:mark"}, "open for too long"),
        ({"email": "nobody"}, "is not an e-mail address"),
        ({"email": "x" * 310 + "@example.test"}, "has 323 characters"),
        ({"name": " "}, "required"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(given: dict[str, str], said: str) -> None:
    answer = send(**given)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    page = answer.content.decode()  # type: ignore[attr-defined]
    assert said in page
    assert "Les abeilles" in page
    assert not Mail.objects.exists()


def test_quicker_than_a_person_and_too_late_are_told() -> None:
    assert "quicker than a person" in send(signed=mark(0)).content.decode()  # type: ignore[attr-defined]
    assert "open for too long" in send(signed=mark(7201)).content.decode()  # type: ignore[attr-defined]


def test_a_form_is_good_once() -> None:
    signed = mark()
    for _ in range(2):
        assert send(signed=signed).status_code == 200  # type: ignore[attr-defined]
    assert (Registration.objects.count(), Mail.objects.count()) == (1, 1)


def test_one_address_asks_a_few_times_and_one_network_a_few_more() -> None:
    answers = [send(email=f"a{n}@example.test").status_code for n in range(12)]  # type: ignore[attr-defined]
    assert answers == [200] * 10 + [422] * 2
    network = [send(address=f"198.51.100.{n}", email=f"b{n}@example.test").status_code for n in range(22)]  # type: ignore[attr-defined]
    assert network == [200] * 20 + [422] * 2
    sixes = [send(address=f"2001:db8:7:{n:x}::1", email=f"c{n}@example.test").status_code for n in range(21)]  # type: ignore[attr-defined]
    assert sixes[-1] == 422


def test_one_mailbox_gets_few_letters() -> None:
    answers = [send(address=f"203.0.113.{n}").status_code for n in range(5)]  # type: ignore[attr-defined]
    assert answers == [200] * 3 + [422] * 2


def test_a_day_later_the_link_is_gone() -> None:
    send()
    Registration.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Browser().get(link()).status_code == 410
