"""Persons, clients, who belongs where, and tokens."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.utils import timezone

from essaim.manager.core import leaving
from essaim.manager.core.errors import EssaimError, NotAllowed
from essaim.manager.core.leaving import Door
from essaim.manager.core.models import AuditLine
from essaim.manager.people import actions, queries, rights
from essaim.manager.people.errors import (
    ClientExists,
    ClientNotFound,
    EmailMalformed,
    ExpiryPast,
    LastOwner,
    NameMissing,
    PasswordRefused,
    PasswordWrong,
    PersonExists,
    RoleUnknown,
    ScopeMissing,
    ScopeUnknown,
    SlugMalformed,
    TokenNotFound,
)
from essaim.manager.people.models import ApiToken, Client, Membership, Person
from essaim.manager.people.tokens import issue_token, revoke_token
from tests.unit.factories import PASSWORD, make_client, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Person:
    return make_person(is_team=True)


def test_the_platform_makes_its_first_administrator() -> None:
    person = actions.create_administrator(email=" Ada@Example.test ", name="Ada", password=PASSWORD)

    assert (person.email, person.is_team, person.check_password(PASSWORD)) == ("ada@example.test", True, True)
    assert set(AuditLine.objects.values_list("who", flat=True)) == {"essaim"}
    assert person.groups_in_force == ["president", "administrator"]


def test_a_person_without_a_password_cannot_sign_in(team: Person) -> None:
    person = actions.create_person(email="ada@example.test", name="Ada", by=team)

    assert not person.has_usable_password()
    assert not person.check_password("")


@pytest.mark.parametrize(
    ("given", "refusal", "sentence"),
    [
        ({"email": "ada"}, EmailMalformed, "“ada” is not an e-mail address."),
        ({"name": "  "}, NameMissing, "A name is missing."),
        ({"email": "TAKEN@example.test"}, PersonExists, "taken@example.test already has a sign-in."),
        (
            {"password": "short"},
            PasswordRefused,
            "This password cannot be used: This password is too short. It must contain at least 12 characters.",
        ),
        ({"password": "passwordpassword1"}, None, ""),
    ],
)
def test_a_person_is_refused_in_words(given: dict[str, str], refusal: type[EssaimError] | None, sentence: str) -> None:
    make_person("taken@example.test")
    details = {"email": "ada@example.test", "name": "Ada", **given}
    if refusal is None:
        assert actions.create_person(by=None, **details).pk  # type: ignore[arg-type]
        return

    with pytest.raises(refusal) as refused:
        actions.create_person(by=None, **details)  # type: ignore[arg-type]
    assert str(refused.value) == sentence
    assert Person.objects.count() == 1


def test_only_the_team_makes_persons_and_clients() -> None:
    owner = make_person(client=make_client())

    for act in (
        lambda: actions.create_person(email="a@example.test", name="A", by=owner),
        lambda: actions.create_client(name="A", by=owner),
        lambda: actions.deactivate_person(make_person(), by=owner, reason="Because."),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_clients_identifier_is_made_from_its_name(team: Person) -> None:
    slugs = [actions.create_client(name="L'Atelier d'Été -- Nord_", by=team).slug for _ in range(2)]

    assert slugs == ["latelier-dete-nord", "latelier-dete-nord-2"]
    assert actions.create_client(name="例え", by=team).slug == "client"


def test_a_client_has_its_owner_from_the_start(team: Person) -> None:
    owner = make_person()

    client = actions.create_client(name="Atelier", by=team, owner=owner)

    assert [place.role for place in queries.members_of(client)] == ["owner"]
    assert rights.may(owner, "sites.change", client)


@pytest.mark.parametrize(
    ("slug", "refusal", "sentence"),
    [
        ("atelier", ClientExists, "The identifier atelier is already a client's."),
        ("a_b", SlugMalformed, "“a_b” cannot be an identifier."),
        ("x" * 65, SlugMalformed, f"“{'x' * 65}” cannot be an identifier."),
    ],
)
def test_an_identifier_is_refused_in_words(team: Person, slug: str, refusal: type[EssaimError], sentence: str) -> None:
    make_client("atelier")

    with pytest.raises(refusal) as refused:
        actions.create_client(name="Another", by=team, slug=slug)
    assert str(refused.value) == sentence


def test_owners_say_who_belongs_to_their_client() -> None:
    client = make_client()
    owner, manager, guest = make_person(client=client), make_person(client=client, role="manager"), make_person()

    actions.add_member(client, guest, by=owner, role="reader")
    assert not rights.may(guest, "sites.change", client)
    actions.add_member(client, guest, by=owner, role="manager")
    assert rights.may(guest, "sites.change", client)
    actions.remove_member(client, guest, by=owner)
    actions.remove_member(client, guest, by=owner)

    assert list(rights.clients_seen_by(guest)) == []
    assert AuditLine.objects.filter(code="people.member_removed").count() == 1
    with pytest.raises(NotAllowed):
        actions.add_member(client, guest, by=manager)
    with pytest.raises(RoleUnknown):
        actions.add_member(client, guest, by=owner, role="king")


def test_a_client_keeps_an_owner() -> None:
    client = make_client(name="Atelier")
    owner = make_person("ada@example.test", client=client)

    for act in (
        lambda: actions.remove_member(client, owner, by=owner),
        lambda: actions.add_member(client, owner, by=owner, role="reader"),
    ):
        with pytest.raises(LastOwner) as refused:
            act()
        assert str(refused.value) == "ada@example.test is the last owner of Atelier."
    assert Membership.objects.get().role == "owner"


def test_absent_and_hidden_clients_sound_the_same() -> None:
    make_client("atelier")
    stranger = make_person(client=make_client())

    told = []
    for slug in ("atelier", "nobody"):
        with pytest.raises(ClientNotFound) as refused:
            queries.get_client(slug, seen_by=stranger)
        told.append(str(refused.value).replace(slug, "X"))
    assert told[0] == told[1] == "There is no client X among yours."


def test_the_team_sees_every_client_and_a_person_their_own(team: Person) -> None:
    client = make_client("atelier")
    make_client()

    assert list(queries.clients_visible_to(make_person(client=client, role="reader"))) == [client]
    assert queries.clients_visible_to(team).count() == Client.objects.count() == 2
    assert queries.get_client("ATELIER", seen_by=team) == client


def test_a_password_is_changed_by_who_knows_the_present_one() -> None:
    person = make_person()
    with pytest.raises(PasswordWrong) as refused:
        actions.change_password(person, password="a new long password", by=person, current_password="wrong")
    assert (str(refused.value), refused.value.field) == ("The present password is not right.", "current_password")

    person = actions.change_password(person, password="a new long password", by=person, current_password=PASSWORD)

    assert person.check_password("a new long password")
    with pytest.raises(PasswordRefused):
        actions.change_password(person, password="", by=None)


def test_another_persons_password_is_the_teams_to_set(team: Person) -> None:
    person = make_person()

    with pytest.raises(NotAllowed):
        actions.change_password(person, password="a new long password", by=make_person())
    assert actions.change_password(person, password="a new long password", by=team).pk


def test_a_token_is_shown_once_and_opens_until_it_is_revoked() -> None:
    person = make_person()
    token, text = issue_token(person, name="laptop", scopes=["sites:read", "sites:read"], by=person)

    assert text.startswith(token.prefix)
    assert text not in str(ApiToken.objects.values().get())
    assert queries.token_of(text) == token
    assert token.scopes == ["sites:read"]

    revoke_token(token, by=person)
    revoke_token(token, by=person)
    assert queries.token_of(text) is None
    assert AuditLine.objects.filter(code="people.token_revoked").count() == 1


def test_a_token_opens_no_longer_when_it_expired_or_its_person_may_not_sign_in(team: Person) -> None:
    person = make_person()
    expiring, first = issue_token(
        person, name="a", scopes=["sites:read"], by=person, expires_at=timezone.now() + timedelta(hours=1)
    )
    _other, second = issue_token(person, name="b", scopes=["sites:read"], by=person)
    assert queries.token_of(first) == expiring

    ApiToken.objects.filter(pk=expiring.pk).update(expires_at=timezone.now())
    assert queries.token_of(first) is None
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert queries.token_of(second) is None
    assert queries.token_of("") is None


def test_deactivating_a_person_ends_their_tokens(team: Person) -> None:
    person = make_person(client=make_client())
    _token, text = issue_token(person, name="a", scopes=["sites:read"], by=person)

    actions.deactivate_person(person, by=team, reason="Left.")

    assert queries.token_of(text) is None
    assert not person.api_tokens.filter(revoked_at=None).exists()
    person.refresh_from_db()
    assert not rights.may(person, "sites.change", person.clients.get())


def test_deactivating_a_person_closes_every_door_of_every_room(team: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of rooms that come later: what is registered is closed, in the same transaction, with one line that counts."""
    closed: list[str] = []
    heard = {
        name: Door(name, door.label, lambda person: 1, lambda person, by, name=name: closed.append(name))  # type: ignore[misc]
        for name, door in leaving._doors.items()
    }
    monkeypatch.setattr(leaving, "_doors", heard)
    person = make_person(client=make_client())

    actions.deactivate_person(person, by=team, reason="Left.")

    doors = ["certificates", "duties", "feeds", "groups", "openid", "rota", "sessions", "tokens", "vault"]
    assert sorted(closed) == sorted(heard)
    assert set(doors) <= set(closed)
    assert AuditLine.objects.get(code="people.person_deactivated").facts == {"closed": dict.fromkeys(sorted(heard), 1)}


def test_deactivating_again_closes_what_was_left_open(team: Person) -> None:
    person = make_person()
    browser = Browser()
    browser.force_login(person)
    Person.objects.filter(pk=person.pk).update(is_active=False)

    actions.deactivate_person(person, by=team, reason="Left.")
    actions.deactivate_person(person, by=team, reason="Left.")

    assert not Session.objects.exists()
    assert AuditLine.objects.filter(code="people.person_deactivated").count() == 1


def test_a_tokens_use_is_noted_at_most_once_a_minute(django_assert_num_queries: object) -> None:
    person = make_person()
    token, text = issue_token(person, name="a", scopes=["sites:read"], by=person)

    with django_assert_num_queries(2):  # type: ignore[operator]
        queries.token_of(text)
    with django_assert_num_queries(1):  # type: ignore[operator]
        queries.token_of(text)

    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now() - timedelta(seconds=61))
    with django_assert_num_queries(2):  # type: ignore[operator]
        queries.token_of(text)


@pytest.mark.parametrize(
    ("given", "refusal", "sentence"),
    [
        ({"scopes": ["sites:eat"]}, ScopeUnknown, "“sites:eat” is not something a token can be allowed."),
        ({"scopes": []}, ScopeUnknown, "“” is not something a token can be allowed."),
        (
            {"scopes": ["fleet:write"]},
            NotAllowed,
            "You may not do this. It takes the right “fleet.change”: add, check, drain and revoke machines.",
        ),
        ({"name": " "}, NameMissing, "A name is missing."),
        ({"expires_at": timezone.now() - timedelta(days=1)}, ExpiryPast, "The date of expiry is already past."),
    ],
)
def test_a_token_is_refused_in_words(given: dict[str, object], refusal: type[EssaimError], sentence: str) -> None:
    person = make_person()

    with pytest.raises(refusal) as refused:
        issue_token(person, by=person, **{"name": "a", "scopes": ["sites:read"], **given})  # type: ignore[arg-type]
    assert str(refused.value) == sentence
    assert not ApiToken.objects.exists()


def test_the_team_gives_tokens_for_the_fleet(team: Person) -> None:
    token, _text = issue_token(team, name="a", scopes=["fleet:write"], by=team)

    rights.require_scope(token, "fleet:write")
    with pytest.raises(ScopeMissing) as refused:
        rights.require_scope(token, "sites:read")
    assert str(refused.value) == "This token is not allowed sites:read."


def test_another_persons_tokens_are_not_there(team: Person) -> None:
    person = make_person()
    token, _text = issue_token(person, name="a", scopes=["sites:read"], by=person)

    with pytest.raises(TokenNotFound):
        queries.get_token(token.pk, seen_by=make_person())
    with pytest.raises(NotAllowed):
        revoke_token(token, by=make_person())
    assert revoke_token(token, by=team).revoked_at
