"""A place at a client, offered by letter; a forgotten password; a sign-in from elsewhere."""

import re
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from essaim.manager.core.errors import NotAllowed
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people import invitations
from essaim.manager.people.errors import EmailMalformed, InvitationGone, MemberAlready
from essaim.manager.people.models import Client, Invitation, Membership, Person
from essaim.manager.web.emails import SAMPLES
from tests.unit.factories import PASSWORD, make_client, make_person

pytestmark = pytest.mark.django_db
NEW = "nouvelle@example.test"


@pytest.fixture
def client_() -> Client:
    return make_client("abeilles", name="Les Abeilles")


@pytest.fixture
def owner(client_: Client) -> Person:
    return make_person(client=client_)


def link() -> str:
    """What the newest letter leads to, as a path."""
    found = re.search(r"https?://[^/]+(/\S+)", Mail.objects.latest("id").text)
    assert found is not None
    return found[1]


def invited(client: Client, by: Person, email: str = NEW, role: str = "manager") -> str:
    invitations.invite(client, email=email, by=by, role=role)
    return link()


def test_somebody_new_takes_the_place_and_is_signed_in(client_: Client, owner: Person) -> None:
    path, browser = invited(client_, owner), Browser()
    assert "Les Abeilles" in browser.get(path).content.decode()

    answer = browser.post(path, {"name": "Nadège O’Brien", "password": "un cheval correct"})

    assert answer.headers["Location"] == reverse("people:client", args=["abeilles"])
    assert browser.get(answer.headers["Location"]).status_code == 200
    place = Membership.objects.get(person__email=NEW)
    assert (place.role, place.person.name, place.person.is_team) == ("manager", "Nadège O’Brien", False)


def test_the_same_link_opens_once(client_: Client, owner: Person) -> None:
    path = invited(client_, owner)
    Browser().post(path, {"name": "Nadège", "password": "un cheval correct"})

    again = Browser().post(path, {"name": "Somebody", "password": "another horse here"})

    assert again.status_code == 410
    assert Person.objects.get(email=NEW).name == "Nadège"


def test_who_has_a_sign_in_signs_in_and_agrees(client_: Client, owner: Person) -> None:
    person, browser = make_person(NEW), Browser()
    path = invited(client_, owner)
    asked = browser.get(path)
    assert asked.headers["Location"].startswith(reverse("people:sign_in"))
    browser.force_login(person)
    assert not Membership.objects.filter(person=person).exists()  # looking is not agreeing

    browser.post(path)

    assert Membership.objects.get(person=person).role == "manager"


def test_it_is_not_taken_by_somebody_else(client_: Client, owner: Person) -> None:
    other, browser = make_person(), Browser()
    path = invited(client_, owner)
    browser.force_login(other)

    assert browser.post(path).status_code == 409
    assert not Membership.objects.filter(person=other).exists()


def test_a_withdrawn_and_an_old_one_open_nothing(client_: Client, owner: Person) -> None:
    path, browser = invited(client_, owner), Browser()
    browser.force_login(owner)
    browser.post(reverse("people:invitation_withdraw", args=["abeilles", Invitation.objects.get().pk]))
    assert Browser().get(path).status_code == 410

    old = invited(client_, owner)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Browser().get(old).status_code == 410
    assert Browser().get(reverse("people:invitation", args=["x" * 43])).status_code == 404


def test_a_second_letter_to_the_same_address_ends_the_first(client_: Client, owner: Person) -> None:
    first = invited(client_, owner)
    second = invited(client_, owner, role="reader")
    assert (Browser().get(first).status_code, Browser().get(second).status_code) == (410, 200)


def test_only_owners_and_the_team_invite(client_: Client) -> None:
    for role in ("manager", "reader"):
        with pytest.raises(NotAllowed):
            invitations.invite(client_, email=NEW, by=make_person(client=client_, role=role))
    with pytest.raises(NotAllowed):
        invitations.invite(client_, email=NEW, by=make_person(client=make_client()))
    invitations.invite(client_, email=NEW, by=make_person(is_team=True))


def test_what_is_no_address_and_who_is_there_already_are_refused(client_: Client, owner: Person) -> None:
    with pytest.raises(EmailMalformed):
        invitations.invite(client_, email="nobody", by=owner)
    with pytest.raises(MemberAlready):
        invitations.invite(client_, email=owner.email.upper(), by=owner)


def test_the_link_is_not_in_the_database_once_the_letter_is_gone(client_: Client, owner: Person) -> None:
    text = invited(client_, owner).split("/")[-2]
    assert text not in str(list(Invitation.objects.values())) + str(list(AuditLine.objects.values()))
    invitations.accept_anew(text, name="A", password="un cheval correct")
    with pytest.raises(InvitationGone):
        invitations.accept_anew(text, name="B", password="un cheval correct")


def test_a_forgotten_password_is_replaced_by_letter() -> None:
    person, browser = make_person("camille@example.test"), Browser()
    browser.post(reverse("people:forgotten"), {"email": "Camille@Example.test"})
    path = link()
    assert browser.get(path).status_code == 200

    wrong = browser.post(path, {"password": "short", "again": "short"})
    assert wrong.status_code == 422
    browser.post(path, {"password": "encore un cheval", "again": "encore un cheval"})

    person.refresh_from_db()
    assert person.check_password("encore un cheval")
    assert browser.post(path, {"password": "a third horse now", "again": "a third horse now"}).status_code == 410
    assert Mail.objects.latest("id").kind == "password changed"


def test_a_new_password_ends_the_sessions_that_were(settings: object) -> None:
    person, thief = make_person(), Browser()
    thief.force_login(person)
    Browser().post(reverse("people:forgotten"), {"email": person.email})
    Browser().post(link(), {"password": "encore un cheval", "again": "encore un cheval"})
    assert thief.get(reverse("hosting:sites")).status_code == 302


def test_who_asks_does_not_learn_who_signs_in_here() -> None:
    make_person("camille@example.test")
    known = Browser().post(reverse("people:forgotten"), {"email": "camille@example.test"}).content.decode()
    unknown = Browser().post(reverse("people:forgotten"), {"email": "nobody@example.test"}).content.decode()
    without_tokens = [re.sub(r'"[A-Za-z0-9]{64}"', "", page) for page in (known, unknown)]
    assert without_tokens[0].replace("camille@", "nobody@") == without_tokens[1]
    assert Mail.objects.latest("id").kind == "no sign-in"


def test_nobody_is_flooded_with_letters() -> None:
    person = make_person()
    for n in range(6):
        Browser(REMOTE_ADDR=f"192.0.2.{n + 1}").post(reverse("people:forgotten"), {"email": person.email})
    assert Mail.objects.filter(kind="new password").count() == 3


def test_a_sign_in_from_another_browser_is_told_and_the_first_one_is_not() -> None:
    person = make_person()
    given = {"email": person.email, "password": PASSWORD}
    at_home = {"HTTP_USER_AGENT": "Desk", "REMOTE_ADDR": "192.0.2.1"}
    Browser(**at_home).post(reverse("people:sign_in"), given)
    Browser(**at_home).post(reverse("people:sign_in"), given)
    assert not Mail.objects.exists()

    Browser(HTTP_USER_AGENT="Elsewhere", REMOTE_ADDR="198.51.100.9").post(reverse("people:sign_in"), given)

    letter = Mail.objects.get()
    assert letter.kind == "new device"
    assert "198.51.100.9" in letter.text
    assert "Elsewhere" in letter.text


def test_every_kind_that_is_written_can_be_looked_at(client_: Client, owner: Person) -> None:
    team = Browser()
    team.force_login(make_person(is_team=True))
    for kind in SAMPLES:
        for language in ("fr", "en"):
            assert team.get(reverse("web:email", args=[kind, language])).status_code == 200
    invited(client_, owner)
    Browser().post(reverse("people:forgotten"), {"email": owner.email})
    Browser().post(reverse("people:forgotten"), {"email": "nobody@example.test"})
    Browser().post(link().replace("/sign-in/forgotten/", "/"), {})
    assert set(Mail.objects.values_list("kind", flat=True)) <= set(SAMPLES)
