"""Who comes in, how, and where they are sent."""

import pytest
from django.test import Client as Browser

from essaim.manager.people import throttle
from tests.unit import factories as make

pytestmark = pytest.mark.django_db


def sign_in(browser: Browser, email: str, password: str = make.PASSWORD, **more: str):
    return browser.post("/sign-in/", {"email": email, "password": password, **more})


def test_the_right_password_leads_home_whatever_the_case_of_the_email(client: Browser) -> None:
    make.make_person("camille@example.test")
    answer = sign_in(client, "Camille@Example.Test")
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_an_unknown_email_and_a_wrong_password_get_the_same_answer(client: Browser) -> None:
    make.make_person("camille@example.test")
    wrong = sign_in(client, "camille@example.test", "not this one at all")
    unknown = sign_in(client, "nobody-yet@example.test", "not this one at all")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()


def test_a_person_who_may_no_longer_sign_in_is_answered_as_if_unknown(client: Browser) -> None:
    person = make.make_person()
    person.is_active = False
    person.save()
    assert sign_in(client, person.email).status_code == 422


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example.org/", "//elsewhere.example.org/", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_host(client: Browser, target: str) -> None:
    person = make.make_person()
    assert sign_in(client, person.email, next=target)["Location"] == "/"


def test_the_page_that_was_asked_for_comes_after_sign_in(client: Browser) -> None:
    person = make.make_person()
    asked = client.get("/sites/")
    assert asked["Location"] == "/sign-in/?next=/sites/"
    assert sign_in(client, person.email, next="/sites/")["Location"] == "/sites/"


def test_a_session_planted_before_sign_in_is_worth_nothing(client: Browser) -> None:
    person = make.make_person()
    session = client.session
    session["planted"] = True
    session.save()
    before = client.cookies["sessionid"].value
    sign_in(client, person.email)
    assert client.cookies["sessionid"].value != before


def test_the_pages_speak_the_persons_language_after_sign_in(client: Browser) -> None:
    person = make.make_person()
    assert client.get("/")["Content-Language"] == "en"  # what the browser asks for
    sign_in(client, person.email)
    assert client.get("/")["Content-Language"] == "fr"


def test_a_chosen_language_is_kept_with_the_person(client: Browser) -> None:
    person = make.make_person()
    client.force_login(person)
    client.post("/language/", {"language": "en", "next": "/sites/"})
    person.refresh_from_db()
    assert person.language == "en"


def test_guessing_is_slowed_down_even_with_the_right_password_at_last(client: Browser) -> None:
    person = make.make_person()
    for _ in range(throttle.FAILURES_BY_PAIR):
        sign_in(client, person.email, "not this one at all")
    answer = sign_in(client, person.email)
    assert answer.status_code == 422
    assert "Too many tries" in answer.content.decode()


def test_another_address_is_not_locked_out_by_somebody_elses_guesses(client: Browser) -> None:
    person = make.make_person()
    for _ in range(throttle.FAILURES_BY_PAIR):
        sign_in(client, person.email, "not this one at all")
    elsewhere = Browser(REMOTE_ADDR="198.51.100.7")
    assert sign_in(elsewhere, person.email).status_code == 302


def test_signing_in_forgets_ones_own_slips(client: Browser) -> None:
    person = make.make_person()
    for _ in range(throttle.FAILURES_BY_PAIR - 1):
        sign_in(client, person.email, "not this one at all")
    sign_in(client, person.email)
    client.post("/sign-out/")
    sign_in(client, person.email, "not this one at all")
    assert sign_in(client, person.email).status_code == 302


def test_signing_out_ends_the_session(client: Browser) -> None:
    client.force_login(make.make_person())
    client.post("/sign-out/")
    assert client.get("/sites/").status_code == 302


def test_a_new_password_ends_other_sessions_and_keeps_this_one(client: Browser) -> None:
    person = make.make_person()
    other = Browser()
    client.force_login(person)
    other.force_login(person)
    new = "a lake full of stars"
    given = {"current_password": make.PASSWORD, "password": new, "again": new}
    assert client.post("/password/", given).status_code == 302
    assert client.get("/sites/").status_code == 200
    assert other.get("/sites/").status_code == 302


def test_the_present_password_must_be_right_to_change_it(client: Browser) -> None:
    client.force_login(make.make_person())
    new = "a lake full of stars"
    answer = client.post("/password/", {"current_password": "no", "password": new, "again": new})
    assert answer.status_code == 422
    assert "current_password" in answer.context["form"].errors


def test_a_token_is_shown_once(client: Browser) -> None:
    client.force_login(make.make_person())
    answer = client.post("/tokens/", {"name": "laptop", "scopes": ["sites:read"], "days": "30"})
    text = answer.context["token_text"]
    assert answer.status_code == 201
    assert text in answer.content.decode()
    assert text not in client.get("/tokens/").content.decode()


def test_a_client_is_not_offered_the_teams_scopes(client: Browser) -> None:
    client.force_login(make.make_person())
    answer = client.post("/tokens/", {"name": "laptop", "scopes": ["fleet:write"], "days": "30"})
    assert answer.status_code == 422


def test_one_persons_token_is_not_anothers_to_revoke(client: Browser) -> None:
    owner = make.make_person()
    client.force_login(owner)
    client.post("/tokens/", {"name": "laptop", "scopes": ["sites:read"], "days": "30"})
    stranger = Browser()
    stranger.force_login(make.make_person(is_team=True))
    assert stranger.post(f"/tokens/{owner.api_tokens.get().pk}/revoke/").status_code == 404
