"""Acts that erase, touch keys or rights ask again who it is; what was typed outlives the question."""

import re
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from essaim.manager.hosting.actions import close_site
from essaim.manager.hosting.models import Site
from essaim.manager.people.models import ApiToken, Client, Invitation, Person
from essaim.manager.people.step_up import KEPT_BYTES, MARK, SHOWN_AT
from tests.unit.factories import PASSWORD, make_account, make_client, make_person, make_site

pytestmark = pytest.mark.django_db
BEHIND = {
    "fleet:revoke": "acts",
    "fleet:token": "acts",
    "hosting:account_erase": "all",
    "hosting:certificate_off": "acts",
    "hosting:erase": "all",
    "hosting:site_certificate": "acts",
    "people:add_person": "all",
    "people:email": "all",
    "people:lost_factor_ask": "acts",
    "people:lost_factor_confirm": "acts",
    "people:lost_factor_approve": "all",
    "people:lost_factor_refuse": "acts",
    "people:end_sign_in": "acts",
    "people:hand_over": "all",
    "people:leave": "all",
    "people:place": "all",
    "people:place_remove": "acts",
    "privacy:download": "all",
    "privacy:erase": "all",
    "privacy:erase_client": "acts",
    "privacy:export": "acts",
    "privacy:export_client": "acts",
    "people:invitation_withdraw": "acts",
    "people:invite": "all",
    "hosting:technician": "acts",
    "people:merge": "acts",
    "people:merge_undo": "acts",
    "people:ending": "acts",
    "people:handover": "acts",
    "people:session_end": "acts",
    "people:sessions_end_others": "acts",
    "people:token_revoke": "acts",
    "people:tokens": "acts",
    "team:agreement": "acts",
    "team:candidate_accept": "acts",
    "team:in_force": "acts",
    "team:leave": "acts",
    "openid:add": "all",
    "openid:change": "all",
    "openid:close": "all",
    "openid:secret_renew": "acts",
    "vault:change": "all",
    "vault:close": "all",
    "vault:key": "all",
}
GRAVE = re.compile(
    "erase|token|revoke|certificate|session|invit|add_person|remove|grant|right|role|owner|owned|vault|secret|ssh|export|merge"
    "|leave|deactivate|agreement|client|signing_key|board"
)
"""Words of addresses that erase, or are about keys, money or rights."""
HARMLESS = {
    "privacy:erase_client_stop": "nothing is erased",
    "hosting:certificate_reissue": "replaced by the same authority; no key is seen or lost",
    "team:absence_remove": "one is there after all",
    "team:duty_remove": "a row of what somebody must be able to do; the trail keeps it",
    "team:feed_revoke": "closes one's own calendar",
    "hosting:certificates": "replaced by the same authority; no key is seen or lost",
    "hosting:certificate_tls": "who may come over HTTPS",
    "hosting:php_leave": "a trial of PHP ends",
    "people:rights": "read",
    "people:grants": "read",
    "people:see_as_leave": "one sees as oneself again",
    "people:clients": "read",
    "people:client_change": "name, address, numbers",
    "people:client_contacts": "whom to call",
    "people:client_history": "read",
    "people:note_erase": "a remark of the team, not a client's",
    "people:client": "read",
    "people:add_client": "gives nobody a right",
    "people:invitation": "taken by who has the letter",
    "keys:sessions": "read",
    "people:sessions": "read",
    "oidc:token": "tools ask there with their secret",
    "oidc:revoke": "tools give their own tokens back",
    "vault:add": "a value is not kept over the question",
    "vault:put": "a value is not kept over the question",
    "vault:open": "asks for the passphrase of one's key",
    "vault:seal_anew": "asks for the passphrase of one's key",
    "vault:secret": "read; the value stays sealed",
    "vault:secrets": "read; values stay sealed",
    "vault:key_make": "its page asks; a passphrase is not kept over the question",
    "vault:key_passphrase": "its page asks; a passphrase is not kept over the question",
    "vault:key_register": "its page asks",
    "vault:key_end": "its page asks",
}


@pytest.fixture
def bees() -> Client:
    return make_client("bees")


@pytest.fixture
def owner(bees: Client) -> Person:
    return make_person(client=bees)


@pytest.fixture
def browser(owner: Person) -> Browser:
    """Signed in more than ten minutes ago."""
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(owner)
    grow_old(browser)
    return browser


def grow_old(browser: Browser) -> None:
    session = browser.session
    session[SHOWN_AT] -= 601
    session.save()


def routes(patterns: list[URLPattern | URLResolver], room: str = "") -> Iterator[tuple[str, str]]:
    for entry in patterns:
        if isinstance(entry, URLPattern):
            yield f"{room}:{entry.name}", getattr(entry.callback, MARK, "")
        elif not str(entry.pattern).startswith("api/"):
            yield from routes(entry.url_patterns, entry.app_name or room)


def show_again(browser: Browser, asked: str, target: str) -> object:
    return browser.post(asked, {"password": PASSWORD, "next": target})


def test_every_address_that_erases_or_touches_keys_or_rights_is_behind_the_door() -> None:
    found = dict(routes(get_resolver().url_patterns))
    behind = {name: how for name, how in found.items() if how}
    open_ = {name for name in found if GRAVE.search(name) and name not in behind and not name.startswith(":")}

    assert BEHIND.items() <= behind.items()
    assert open_ == set(HARMLESS) & set(found)  # allauth's own pages, without a room, have its own door


def test_lately_signed_in_is_not_asked(browser: Browser, owner: Person) -> None:
    browser.force_login(owner)
    assert browser.get(reverse("people:invite", args=["bees"])).status_code == 200


def test_reading_is_not_asked_and_acting_is(browser: Browser) -> None:
    assert browser.get(reverse("people:tokens")).status_code == 200
    answer = browser.post(reverse("people:tokens"), {"name": "robot", "scopes": ["sites:read"], "days": "30"})
    assert answer["Location"] == f"{reverse('account_reauthenticate')}?{urlencode({'next': '/tokens/'})}"
    assert ApiToken.objects.count() == 0


def test_what_was_typed_is_done_after_the_question(browser: Browser) -> None:
    sent = {"name": "robot", "scopes": ["sites:read", "sites:write"], "days": "30"}
    asked = browser.post(reverse("people:tokens"), sent)["Location"]
    assert "What you sent is kept" in browser.get(asked).text

    answer = show_again(browser, asked, reverse("people:tokens"))

    assert answer.status_code == 201  # type: ignore[attr-defined]
    assert "Copy the token now" in answer.text  # type: ignore[attr-defined]
    assert ApiToken.objects.get().scopes == ["sites:read", "sites:write"]


def test_a_form_with_a_mistake_comes_back_filled_in(browser: Browser) -> None:
    path = reverse("people:invite", args=["bees"])
    sent = {"email": "not an address", "role": "reader", "language": "en"}
    asked = browser.post(path, sent)["Location"]

    answer = show_again(browser, asked, path)

    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "not an address" in answer.text  # type: ignore[attr-defined]
    assert f'action="{path}"' in answer.text  # type: ignore[attr-defined]


def test_a_wrong_password_does_nothing_and_the_form_is_still_kept(browser: Browser) -> None:
    path = reverse("people:invite", args=["bees"])
    asked = browser.post(path, {"email": "a@example.test", "role": "reader", "language": "en"})["Location"]
    browser.post(asked, {"password": "not this one", "next": path})
    assert Invitation.objects.count() == 0

    show_again(browser, asked, path)
    assert Invitation.objects.get().email == "a@example.test"


def test_a_page_about_erasing_is_asked_before_it_is_shown(browser: Browser, bees: Client) -> None:
    site = make_site(make_account(bees))
    close_site(site, by=None, reason="test")
    path = reverse("hosting:erase", args=[site.fqdn])
    asked = browser.get(path)["Location"]

    assert show_again(browser, asked, path)["Location"] == path  # type: ignore[index]
    browser.post(path, {"confirm": site.fqdn})
    assert not Site.objects.exists()


def test_a_dialog_leads_the_whole_page_to_the_question(browser: Browser) -> None:
    answer = browser.get(reverse("people:invite", args=["bees"]), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(reverse("account_reauthenticate"))


def test_a_form_is_not_done_by_a_question_about_something_else(browser: Browser) -> None:
    path = reverse("people:invite", args=["bees"])
    asked = browser.post(path, {"email": "a@example.test", "role": "reader", "language": "en"})["Location"]

    answer = show_again(browser, asked.partition("?")[0], reverse("mfa_activate_totp"))

    assert answer["Location"] == reverse("mfa_activate_totp")  # type: ignore[index]
    assert Invitation.objects.count() == 0


def test_a_kept_form_is_forgotten_after_a_while(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    path = reverse("people:invite", args=["bees"])
    asked = browser.post(path, {"email": "a@example.test", "role": "reader", "language": "en"})["Location"]
    monkeypatch.setattr("essaim.manager.people.step_up.KEPT_S", 0)

    assert show_again(browser, asked, path)["Location"] == path  # type: ignore[index]
    assert Invitation.objects.count() == 0


def test_files_outlive_the_question_and_stand_nowhere_in_clear(browser: Browser, bees: Client) -> None:
    site = make_site(make_account(bees))
    path = reverse("hosting:site_certificate", args=[site.fqdn])
    chain = SimpleUploadedFile("chain.pem", b"-----BEGIN NOTHING-----", "application/x-pem-file")
    asked = browser.post(path, {"chain": chain, "passphrase": "very secret words"})["Location"]
    kept = str(dict(browser.session))
    assert "very secret" not in kept
    assert "NOTHING" not in kept

    answer = show_again(browser, asked, path)

    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert list(answer.context["form"].errors) == ["chain"]  # type: ignore[attr-defined]


def test_more_than_is_kept_is_refused_in_words(browser: Browser, bees: Client) -> None:
    site = make_site(make_account(bees))
    large = SimpleUploadedFile("chain.pem", b"x" * (KEPT_BYTES + 1))
    answer = browser.post(reverse("hosting:site_certificate", args=[site.fqdn]), {"chain": large})
    assert answer.status_code == 413
    assert "people.show_first" in answer.text


def test_who_has_nothing_to_show_is_told(browser: Browser, owner: Person) -> None:
    owner.set_unusable_password()
    owner.save()
    browser.force_login(owner)
    grow_old(browser)
    answer = browser.get(reverse("people:invite", args=["bees"]))
    assert answer.status_code == 403
    assert "people.no_way_to_show" in answer.text
