"""The whole way of a sign-in, by a client that is not ours; and everything that must not lead in."""

import time
from types import SimpleNamespace

import httpx
import jwt
import pytest
from allauth.idp.oidc.models import Token
from allauth.usersessions.models import UserSession
from authlib.integrations.base_client.errors import OAuthError
from django.test import Client as Browser

from essaim.manager.core import leaving
from essaim.manager.core.models import AuditLine
from essaim.manager.openid import actions, doors, farewells
from essaim.manager.openid.models import Farewell, Visit
from essaim.manager.people.models import Person
from tests.unit import factories as make
from tests.unit.openid.conftest import BACK, HOST, ToolSide, agree, query, to_django


def signed_in(wiki: SimpleNamespace) -> dict[str, str]:
    found: dict[str, str] = wiki.side.finish(agree(wiki.browser, wiki.side.start()))
    return found


def test_the_manager_says_of_itself_what_is_open(wiki: SimpleNamespace) -> None:
    said = wiki.side.discovered()

    assert said["issuer"] == HOST
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["response_types_supported"] == ["code"]
    assert "device_authorization_endpoint" not in said
    assert wiki.browser.get("/identity/o/device").status_code == 404
    assert wiki.browser.post("/identity/o/api/device/code").status_code == 404


def test_a_person_signs_in_and_the_tool_learns_who_they_are(wiki: SimpleNamespace) -> None:
    tokens = signed_in(wiki)

    keys = jwt.PyJWKSet.from_dict(to_django(httpx.Request("GET", f"{HOST}/.well-known/jwks.json")).json())
    kid = jwt.get_unverified_header(tokens["id_token"])["kid"]
    told = jwt.decode(tokens["id_token"], keys[kid].key, algorithms=["RS256"], audience=wiki.tool.pk, issuer=HOST)
    assert (told["sub"], told["nonce"]) == (str(wiki.alix.pk), "once")
    info = wiki.side.client.get(f"{HOST}/identity/o/api/userinfo").json()
    assert info == {
        "sub": str(wiki.alix.pk),
        "name": wiki.alix.name,
        "preferred_username": "alix@example.test",
        "locale": "fr",
        "email": "alix@example.test",
        "email_verified": True,
        "groups": ["administrator", "board"],
    }
    line = AuditLine.objects.get(code="openid.signed_in")
    assert (line.who, line.about_key) == ("alix@example.test", wiki.tool.pk)
    assert Visit.objects.get().person == wiki.alix


def test_no_token_or_secret_stands_in_the_database(wiki: SimpleNamespace) -> None:
    tokens = signed_in(wiki)

    kept = str(list(Token.objects.values())) + str(wiki.tool.client.secret)
    for text in (tokens["access_token"], tokens["refresh_token"], wiki.secret):
        assert text not in kept


def test_the_question_says_what_the_tool_learns_and_lets_the_form_lead_there_alone(wiki: SimpleNamespace) -> None:
    page = wiki.browser.get(wiki.side.start())

    assert "Sign in to Wiki of the team" in page.text
    assert "your groups of the team" in page.text
    assert "form-action 'self' https://wiki.example.test;" in page["Content-Security-Policy"]
    assert "no-store" in page["Cache-Control"]


def test_who_says_no_goes_back_without_a_code(wiki: SimpleNamespace) -> None:
    location = agree(wiki.browser, wiki.side.start(), action="cancel")

    assert location.startswith(BACK)
    assert query(location)["error"] == "access_denied"
    assert not Token.objects.exists()


def test_a_stranger_signs_in_first_and_comes_back(wiki: SimpleNamespace) -> None:
    answer = Browser().get(wiki.side.start())

    assert answer["Location"].startswith("/sign-in/?next=/identity/o/authorize")


def test_a_question_without_the_forms_own_token_is_refused(wiki: SimpleNamespace) -> None:
    page = wiki.browser.get(wiki.side.start())
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = wiki.browser.cookies
    sent = {"request": page.context["form"]["request"].value(), "scopes": ["openid"], "action": "grant"}

    assert strict.post("/identity/o/authorize", sent).status_code == 403
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example.test/callback",
        "https://wiki.example.test/callback/other",
        "http://wiki.example.test/callback",
        "https://wiki.example.test.evil.example.test/callback",
        "https://wiki.example.test:8443/callback",
    ],
)
def test_nobody_is_sent_to_another_address(wiki: SimpleNamespace, address: str) -> None:
    wiki.side.client.redirect_uri = address

    page = wiki.browser.get(wiki.side.start())

    assert page.status_code == 200
    assert "This does not lead on" in page.text
    assert "Location" not in page
    assert not Token.objects.exists()


def test_a_wrong_secret_gets_nothing(wiki: SimpleNamespace) -> None:
    location = agree(wiki.browser, wiki.side.start())
    wiki.side.client.client_secret = "another secret altogether"

    with pytest.raises(OAuthError) as refused:
        wiki.side.finish(location)

    assert refused.value.error == "invalid_client"


def test_a_code_is_good_once_and_a_second_use_takes_all_back(wiki: SimpleNamespace) -> None:
    location = agree(wiki.browser, wiki.side.start())
    wiki.side.finish(location)

    with pytest.raises(OAuthError) as refused:
        wiki.side.finish(location)

    assert refused.value.error == "invalid_grant"


def test_a_code_without_its_verifier_is_nothing(wiki: SimpleNamespace) -> None:
    location = agree(wiki.browser, wiki.side.start())

    with pytest.raises(OAuthError) as refused:
        wiki.side.finish(location, verifier="w" * 64)

    assert refused.value.error == "invalid_grant"


def test_another_tools_code_is_nothing(wiki: SimpleNamespace) -> None:
    other, secret = actions.create_tool(name="Other", redirect_uris=[BACK], groups=["administrator"], by=wiki.alix)
    location = agree(wiki.browser, wiki.side.start())
    thief = ToolSide(other.pk, secret)
    thief.state = wiki.side.state

    with pytest.raises(OAuthError):
        thief.finish(location)


def test_a_refresh_token_gets_others_and_is_then_used_up(wiki: SimpleNamespace) -> None:
    tokens = signed_in(wiki)
    url = f"{HOST}/identity/o/api/token"

    fresh = wiki.side.client.refresh_token(url, refresh_token=tokens["refresh_token"])

    assert fresh["access_token"] != tokens["access_token"]
    with pytest.raises(OAuthError):
        wiki.side.client.refresh_token(url, refresh_token=tokens["refresh_token"])


def test_who_is_of_no_group_of_it_is_told_for_whom_it_is(wiki: SimpleNamespace) -> None:
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(wiki.sacha)

    page = browser.get(wiki.side.start())

    assert page.status_code == 403
    assert "Wiki of the team is not open to you." in page.text
    assert not Token.objects.exists()


def test_a_client_of_the_house_signs_in_to_no_tool(wiki: SimpleNamespace) -> None:
    browser = Browser()
    browser.force_login(make.make_person(client=make.make_client()))

    assert browser.get(wiki.side.start()).status_code == 403


def test_a_question_that_was_opened_before_the_group_was_lost_leads_nowhere(wiki: SimpleNamespace) -> None:
    page = wiki.browser.get(wiki.side.start())
    actions.change_tool(wiki.tool, groups=["communication"], by=wiki.alix)
    sent = {"request": page.context["form"]["request"].value(), "scopes": ["openid"], "action": "grant"}

    assert wiki.browser.post("/identity/o/authorize", sent).status_code == 403


@pytest.mark.parametrize("way", ["code", "refresh", "access"])
def test_a_disabled_persons_codes_and_tokens_are_nothing(wiki: SimpleNamespace, way: str) -> None:
    location = agree(wiki.browser, wiki.side.start())
    tokens = {} if way == "code" else wiki.side.finish(location)
    Person.objects.filter(pk=wiki.alix.pk).update(is_active=False)

    if way == "code":
        with pytest.raises(OAuthError):
            wiki.side.finish(location)
    elif way == "refresh":
        with pytest.raises(OAuthError):
            wiki.side.client.refresh_token(f"{HOST}/identity/o/api/token", refresh_token=tokens["refresh_token"])
    else:
        assert wiki.side.client.get(f"{HOST}/identity/o/api/userinfo").status_code == 401


def test_who_leaves_is_signed_out_of_every_tool_and_the_tool_is_told(wiki: SimpleNamespace) -> None:
    make.make_person(groups=["president"])  # somebody who may grant stays
    signed_in(wiki)
    assert {door.name: number for door, number in leaving.open_doors(wiki.alix)}["openid"] == 1

    leaving.close_all(wiki.alix, None)

    assert not Token.objects.exists()
    assert wiki.side.client.get(f"{HOST}/identity/o/api/userinfo").status_code == 401
    letters = []

    def tool(request: httpx.Request) -> httpx.Response:
        letters.append((str(request.url), request.read().decode().removeprefix("logout_token=")))
        return httpx.Response(200)

    assert farewells.send_due(transport=httpx.MockTransport(tool)) == 1
    [(url, text)] = letters
    keys = jwt.PyJWKSet.from_dict(to_django(httpx.Request("GET", f"{HOST}/.well-known/jwks.json")).json())
    header = jwt.get_unverified_header(text)
    told = jwt.decode(text, keys[header["kid"]].key, algorithms=["RS256"], audience=wiki.tool.pk, issuer=HOST)
    assert url == "https://wiki.example.test/logout"
    assert header["typ"] == "logout+jwt"
    assert told["sub"] == str(wiki.alix.pk)
    assert told["events"] == {farewells.EVENT: {}}
    assert "nonce" not in told
    assert told["exp"] - time.time() < 130
    assert not Farewell.objects.exists()


def heard(*, answers: int = 1) -> list[dict[str, object]]:
    """What tools are told now, as they read it."""
    told: list[dict[str, object]] = []

    def tool(request: httpx.Request) -> httpx.Response:
        text = request.read().decode().removeprefix("logout_token=")
        told.append(jwt.decode(text, options={"verify_signature": False}))
        return httpx.Response(200)

    assert farewells.send_due(transport=httpx.MockTransport(tool)) == answers
    return told


def sid_in(tokens: dict[str, str]) -> object:
    return jwt.decode(tokens["id_token"], options={"verify_signature": False})["sid"]


def test_who_signs_out_of_the_manager_is_signed_out_of_the_tools_of_that_browser_alone(wiki: SimpleNamespace) -> None:
    phone = Browser(headers={"accept-language": "en"})
    phone.force_login(wiki.alix)
    laptops = signed_in(wiki)
    other = ToolSide(wiki.tool.pk, wiki.secret)
    phones = other.finish(agree(phone, other.start()))
    assert sid_in(laptops) != sid_in(phones)

    wiki.browser.post("/sign-out/")

    [told] = heard()
    assert (told["sub"], told["sid"]) == (str(wiki.alix.pk), sid_in(laptops))
    assert wiki.side.client.get(f"{HOST}/identity/o/api/userinfo").status_code == 401
    assert other.client.get(f"{HOST}/identity/o/api/userinfo").status_code == 200
    assert AuditLine.objects.get(code="openid.signed_out").facts == {"tools": ["Wiki of the team"]}


def test_a_session_ended_from_the_list_ends_at_the_tools_too(wiki: SimpleNamespace) -> None:
    laptops = signed_in(wiki)
    phone = Browser()
    phone.force_login(wiki.alix)
    key = wiki.browser.session.session_key
    UserSession.objects.create(user=wiki.alix, ip="192.0.2.7", user_agent="laptop", session_key=key)

    assert phone.post("/security/sessions/end-others/").status_code == 302

    assert [told["sid"] for told in heard()] == [sid_in(laptops)]
    assert not Token.objects.exclude(type=Token.Type.AUTHORIZATION_CODE).exists()


def test_signing_out_at_a_tool_with_the_manager_tells_the_others(wiki: SimpleNamespace) -> None:
    tokens = signed_in(wiki)

    wiki.browser.post(
        "/identity/o/logout", {"id_token_hint": tokens["id_token"], "action": "logout", "csrfmiddlewaretoken": "x"}
    )

    assert len(heard()) == 1
    assert wiki.browser.get("/tokens/").status_code == 302


def test_a_refreshed_sign_in_is_of_the_same_session_and_a_silent_one_is_noted(wiki: SimpleNamespace) -> None:
    first = signed_in(wiki)
    url = f"{HOST}/identity/o/api/token"
    assert sid_in(wiki.side.client.refresh_token(url, refresh_token=first["refresh_token"])) == sid_in(first)
    phone = Browser()
    phone.force_login(wiki.alix)

    silent = ToolSide(wiki.tool.pk, wiki.secret)
    location = str(phone.get(silent.start(prompt="none"))["Location"])

    assert sid_in(silent.finish(location)) != sid_in(first)
    assert Visit.objects.count() == 2
    assert doors.count_open(wiki.alix) == 1


def test_who_went_on_to_no_tool_signs_out_as_before(wiki: SimpleNamespace) -> None:
    wiki.browser.post("/sign-out/")
    assert not Farewell.objects.exists()
    assert not AuditLine.objects.filter(code="openid.signed_out").exists()


def test_a_tool_that_does_not_listen_is_told_again_later(wiki: SimpleNamespace) -> None:
    signed_in(wiki)
    doors.close_for(wiki.alix, None)

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    assert farewells.send_due(transport=httpx.MockTransport(away)) == 0
    assert farewells.send_due(transport=httpx.MockTransport(away)) == 0
    assert Farewell.objects.get().tries == 1
    for _try in range(12):
        Farewell.objects.update(due_at="2026-01-01T00:00Z")
        farewells.send_due(transport=httpx.MockTransport(away))
    assert not Farewell.objects.exists()


def test_whoever_lost_the_group_is_signed_out_by_the_worker(wiki: SimpleNamespace) -> None:
    signed_in(wiki)
    assert doors.close_where_over() == 0
    Person.objects.filter(pk=wiki.alix.pk).update(is_active=False)

    assert doors.close_where_over() == 1
    assert Farewell.objects.count() == 1


def test_a_closed_tool_lets_nobody_in_and_everybody_out(wiki: SimpleNamespace) -> None:
    tokens = signed_in(wiki)
    actions.close_tool(wiki.tool, reason="Another one came.", by=wiki.alix)

    assert wiki.browser.get(wiki.side.start()).status_code == 403
    with pytest.raises(OAuthError):
        wiki.side.client.refresh_token(f"{HOST}/identity/o/api/token", refresh_token=tokens["refresh_token"])


def test_another_secret_closes_the_one_before(wiki: SimpleNamespace) -> None:
    secret = actions.renew_secret(wiki.tool, by=wiki.alix)
    with pytest.raises(OAuthError):
        signed_in(wiki)

    wiki.side = ToolSide(wiki.tool.pk, secret)
    assert signed_in(wiki)["access_token"]
