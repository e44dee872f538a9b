"""Another e-mail address: proved at both, stopped by either, over after a day."""

import re
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people import email_changes, errors
from essaim.manager.people.email_change_model import EmailChange
from essaim.manager.people.models import Person
from tests.unit.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db
NEW = "camille@elsewhere.example.test"


@pytest.fixture
def person() -> Person:
    return make_person("camille@example.test")


def link(kind: str) -> str:
    """The path in the newest letter of that kind."""
    found = re.search(r"https?://[^/\s]+(/email/\S+/)", Mail.objects.filter(kind=kind).latest("id").text)
    assert found is not None
    return found[1]


def ask(person: Person, email: str = NEW) -> tuple[str, str]:
    email_changes.ask(person, email=email, by=person)
    return link("e-mail change, old"), link("e-mail change, new")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_nothing_changes_before_both_have_said_yes(person: Person, client: Browser, order: tuple[int, int]) -> None:
    links = ask(person)
    client.post(links[order[0]], {"answer": "agree"})
    client.post(links[order[0]], {"answer": "agree"})
    person.refresh_from_db()
    assert person.email == "camille@example.test"

    answer = client.post(links[order[1]], {"answer": "agree"}, headers={"accept-language": "en"})
    assert "from now on" in answer.text

    person.refresh_from_db()
    assert person.email == NEW
    assert client.post("/sign-in/", {"email": NEW, "password": PASSWORD}).status_code == 302
    assert Mail.objects.get(kind="e-mail changed").to == "camille@example.test"
    assert AuditLine.objects.get(code="people.email_changed").facts["old"] == "camille@example.test"


def test_opening_a_link_says_nothing_yet(person: Person, client: Browser) -> None:
    for path in ask(person):
        assert client.get(path).status_code == 200
    assert EmailChange.objects.get().old_agreed_at is None


def test_the_old_address_stops_it(person: Person, client: Browser) -> None:
    old, new = ask(person)
    client.post(new, {"answer": "agree"})
    client.post(old, {"answer": "stop"})
    assert client.post(new, {"answer": "agree"}).status_code == 410
    person.refresh_from_db()
    assert person.email == "camille@example.test"


def test_after_a_day_the_links_are_gone(person: Person, client: Browser) -> None:
    old, _new = ask(person)
    EmailChange.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(old).status_code == 410


def test_asked_again_the_former_links_are_gone(person: Person, client: Browser) -> None:
    old, _new = ask(person)
    ask(person, "third@example.test")
    assert client.post(old, {"answer": "agree"}).status_code == 410


def test_an_address_of_somebody_else_is_not_told_to_whoever_asks(person: Person) -> None:
    make_person(NEW)
    email_changes.ask(person, email=NEW, by=person)
    assert Mail.objects.get(to=NEW).kind == "e-mail taken"
    assert not Mail.objects.filter(kind="e-mail change, new").exists()


def test_one_that_was_taken_meanwhile_is_refused(person: Person) -> None:
    old, new = ask(person)
    email_changes.agree(old.split("/")[-2])
    make_person(NEW)
    with pytest.raises(errors.PersonExists):
        email_changes.agree(new.split("/")[-2])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Camille+Essaim@Example.test", "camille+essaim@example.test"),
        ("camille@bücher.example", "camille@xn--bcher-kva.example"),
        (" camille@abeilles.example.test ", "camille@abeilles.example.test"),
    ],
)
def test_plus_and_accents_are_taken(person: Person, typed: str, kept: str) -> None:
    assert email_changes.ask(person, email=typed, by=person).new == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a" * 306 + "@example.test", "This e-mail address has 319 characters; none has more than 254."),
        ("not an address", "is not an e-mail address"),
        ("camille@example.test", "already"),
    ],
)
def test_what_cannot_be_one_is_refused_in_words_and_stays_in_the_form(
    person: Person, client: Browser, typed: str, said: str
) -> None:
    client.force_login(person)
    answer = client.post(reverse("people:email"), {"email": typed}, headers={"accept-language": "en"})
    assert answer.status_code == 422
    assert said in str(answer.context["form"].errors["email"])
    assert typed in answer.text
