"""A sign-in is ended by one of the team and given back: every door closes, the person hears of it, and nothing else opens again."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.urls import reverse

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine, Mail
from essaim.manager.people import actions, queries, sign_ins
from essaim.manager.people.grant_errors import PersonUnknown
from essaim.manager.people.models import Client, Membership, Person
from essaim.manager.people.rights import RightMissing
from essaim.manager.people.sign_in_errors import PersonErased, PersonNotFound, SignInOfTeam, SignInOwn
from essaim.manager.people.tokens import issue_token
from tests.unit.factories import PASSWORD, make_client, make_person

pytestmark = pytest.mark.django_db
WHY = "Works there no more."


@pytest.fixture
def bees() -> Client:
    return make_client("bees", name="The Bees")


@pytest.fixture
def sacha(bees: Client) -> Person:
    """The only owner of a client."""
    return make_person("sacha@example.test", client=bees)


@pytest.fixture
def admin() -> Person:
    return make_person("admin@example.test", groups=["administrator"])


def again(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


def codes() -> list[str]:
    return list(AuditLine.objects.filter(code__contains="activated").order_by("id").values_list("code", flat=True))


def signed_in(person: Person) -> Browser:
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(person)
    return browser


def page_about(person: Person) -> str:
    return reverse("people:end_sign_in", args=[person.pk])


def test_every_door_closes_and_the_place_stays(sacha: Person, bees: Client, admin: Person) -> None:
    browser = signed_in(sacha)
    _token, text = issue_token(sacha, name="a", scopes=["sites:read"], by=sacha)

    for _twice in range(2):
        sign_ins.end(sacha, by=admin, reason=WHY)

    assert not again(sacha).is_active
    assert (Session.objects.count(), queries.token_of(text)) == (0, None)
    assert browser.get(reverse("hosting:sites")).status_code == 302
    assert Membership.objects.filter(client=bees, person=sacha).exists()
    assert codes() == ["people.person_deactivated"]
    assert AuditLine.objects.get(code="people.person_deactivated").facts["closed"] == {"sessions": 1, "tokens": 1}
    assert WHY in Mail.objects.get(to=sacha.email, kind="sign-in ended").text


def test_it_is_given_back_with_a_new_password_and_nothing_else(sacha: Person, admin: Person) -> None:
    _token, text = issue_token(sacha, name="a", scopes=["sites:read"], by=sacha)
    sign_ins.end(sacha, by=admin, reason=WHY)

    for _twice in range(2):
        actions.reactivate_person(sacha, by=admin, reason="Back from leave.")

    assert codes() == ["people.person_deactivated", "people.person_reactivated"]
    assert (again(sacha).is_active, again(sacha).check_password(PASSWORD)) == (True, False)
    assert queries.token_of(text) is None
    link = re.search(r"/sign-in/password/([^/]+)/([^/\s]+)/", Mail.objects.get(kind="sign-in back").text)
    assert link is not None
    actions.replace_password(link[1], link[2], password="another correct horse")
    assert again(sacha).check_password("another correct horse")


def test_it_takes_the_right_and_a_reason(sacha: Person, admin: Person) -> None:
    for stranger in (make_person(groups=["supporter"]), make_person(groups=["observer"]), make_person()):
        with pytest.raises(RightMissing):
            sign_ins.end(sacha, by=stranger, reason=WHY)
        with pytest.raises(RightMissing):
            actions.reactivate_person(sacha, by=stranger, reason=WHY)
        with pytest.raises(RightMissing):
            sign_ins.get_person(sacha.pk, seen_by=stranger)
    with pytest.raises(ReasonMissing):
        sign_ins.end(sacha, by=admin, reason=" ")
    with pytest.raises(ReasonMissing):
        actions.reactivate_person(sacha, by=admin, reason=" ")
    assert again(sacha).is_active
    assert not codes()


def test_oneself_one_of_the_team_and_who_was_erased_are_refused(sacha: Person, admin: Person) -> None:
    with pytest.raises(SignInOwn):
        sign_ins.end(admin, by=admin, reason=WHY)
    with pytest.raises(SignInOfTeam):
        sign_ins.end(make_person(groups=["observer"]), by=admin, reason=WHY)
    with pytest.raises(PersonNotFound):
        sign_ins.get_person(0, seen_by=admin)
    Person.objects.filter(pk=sacha.pk).update(is_active=False, email=f"erased-{sacha.pk}@erased.invalid")
    with pytest.raises(PersonErased):
        actions.reactivate_person(sacha, by=admin, reason=WHY)
    with pytest.raises(PersonErased):
        sign_ins.get_person(sacha.pk, seen_by=admin)
    with pytest.raises(PersonUnknown):
        sign_ins.find_person(f"erased-{sacha.pk}@erased.invalid", seen_by=admin)
    assert not codes()


def test_clients_that_nobody_could_sign_in_for_are_told(sacha: Person, bees: Client) -> None:
    shared = make_client("shared", name="The Choir")
    ended = Client.objects.create(slug="ended", name="Ended", state=Client.State.CLOSED)
    other = make_person(client=shared)
    for client in (shared, ended):
        Membership.objects.create(client=client, person=sacha, role=Membership.Role.OWNER)
    assert sign_ins.without_owner(sacha) == [bees]

    Person.objects.filter(pk=other.pk).update(is_active=False)

    assert sign_ins.without_owner(sacha) == [bees, shared]


def test_the_page_shows_what_would_close_and_does_it(sacha: Person, admin: Person) -> None:
    issue_token(sacha, name="a", scopes=["sites:read"], by=sacha)
    browser, address = signed_in(admin), page_about(sacha)
    page = browser.get(address).text
    assert all(words in page for words in ("API tokens", "The Bees", "Nobody could sign in as an owner any more"))
    assert browser.post(address, {"verb": "end", "reason": ""}).status_code == 422

    page = browser.post(address, {"verb": "end", "reason": WHY}, follow=True).text

    assert "signs in no more, and has a letter" in page
    assert 'value="give-back"' in page
    browser.post(address, {"verb": "end", "reason": WHY})  # of a page that was open since before
    assert not again(sacha).is_active
    found = browser.get(reverse("people:search"), {"q": sacha.email}).text
    assert "signs in no more" in found
    assert address in found
    assert "signs in no more" in browser.get(reverse("people:client", args=["bees"])).text
    browser.post(address, {"verb": "give-back", "reason": "Back."})
    assert again(sacha).is_active


def test_the_page_says_where_one_of_the_team_leaves_and_refuses_oneself(admin: Person) -> None:
    observer, president = make_person(groups=["observer"]), make_person(groups=["president"])
    leave = reverse("team:leave", args=[observer.pk])
    page = signed_in(admin).get(page_about(observer)).text
    assert "The board and the presidency may do that." in page
    assert leave not in page
    assert leave in signed_in(president).get(page_about(observer)).text
    assert "This is your own sign-in." in signed_in(admin).get(page_about(admin)).text
    assert signed_in(admin).post(page_about(observer), {"verb": "end", "reason": WHY}).status_code == 409
    assert again(observer).is_active


def test_who_may_not_end_sign_ins_is_not_shown_the_way(sacha: Person) -> None:
    helper = make_person(groups=["supporter"])

    page = signed_in(helper).get(reverse("people:search"), {"q": sacha.email}).text

    assert sacha.email in page
    assert page_about(sacha) not in page
