"""The vault's pages: a value is shown once, to who opened it, and no cache keeps it."""

from types import SimpleNamespace

import pytest
from django.test import Client as Browser

from essaim.manager.core.models import AuditLine
from essaim.manager.people.models import Person
from essaim.manager.people.step_up import SHOWN_AT
from essaim.manager.vault import actions
from essaim.manager.vault.models import Key, Secret
from tests.unit import factories as make
from tests.unit.vault.conftest import PASSPHRASE

HERE = "/vault/secrets/registrar.example/"


@pytest.fixture
def alix(vault: SimpleNamespace) -> Browser:
    """A browser that has shown a moment ago who it is."""
    Person.objects.update(language="en")
    browser = Browser(headers={"accept-language": "en"})
    browser.post("/sign-in/", {"email": "alix@example.test", "password": make.PASSWORD})
    session = browser.session
    session.pop("enrol_first", None)
    session.save()
    return browser


def test_the_value_is_shown_to_who_opens_it_and_not_kept_by_the_browser(alix: Browser) -> None:
    closed = alix.get(HERE)
    opened = alix.post(f"{HERE}open/", {"passphrase": PASSPHRASE})

    assert "s3same" not in closed.text
    assert "s3same-Street" in opened.text
    assert "no-store" in opened["Cache-Control"]
    assert "s3same" not in alix.get(HERE).text
    assert "read on a page" in alix.get(HERE).text


def test_a_wrong_passphrase_is_told_at_its_field(alix: Browser) -> None:
    answer = alix.post(f"{HERE}open/", {"passphrase": "not it at all"})

    assert answer.status_code == 422
    assert "This is not the passphrase of your key." in answer.text
    assert "not it at all" not in answer.text


def test_a_secret_is_added_with_its_value(alix: Browser, vault: SimpleNamespace) -> None:
    form = {"name": "wiki", "value": "abc\r\n", "people": [vault.alix.email], "kind": "password", "rotate_days": "90"}

    answer = alix.post("/vault/add/", form, follow=True)

    assert "wiki is in the vault." in answer.text
    made = Secret.objects.get(name="wiki")
    assert made.rotate_days == 90
    assert actions.open_value(made, passphrase=PASSPHRASE, by=vault.alix).value == "abc"


def test_a_secret_that_nobody_can_open_is_refused_and_none_is_made(alix: Browser, vault: SimpleNamespace) -> None:
    Key.objects.filter(is_break_glass=True).delete()
    form = {"name": "wiki", "value": "abc", "people": [vault.robin.email], "kind": "password"}

    answer = alix.post("/vault/add/", form)

    assert answer.status_code == 409
    assert "None of those who may read wiki has a key yet." in answer.text
    assert not Secret.objects.filter(name="wiki").exists()


def test_readers_are_changed_and_others_are_told_to_seal_anew(alix: Browser, vault: SimpleNamespace) -> None:
    actions.make_key(vault.robin, passphrase=PASSPHRASE)
    form = {"people": [vault.alix.email, vault.robin.email], "kind": "password"}

    assert alix.post(f"{HERE}change/", form).status_code == 302
    assert "Others wait for you to seal secrets for them" in alix.get("/vault/").text
    answer = alix.post("/vault/seal-anew/", {"passphrase": PASSPHRASE}, follow=True)

    assert "1 secret is sealed anew." in answer.text
    assert actions.open_value(vault.secret, passphrase=PASSPHRASE, by=vault.robin).value == "s3same-Street"


def test_a_key_is_made_and_its_passphrase_changed_and_it_is_ended(alix: Browser, vault: SimpleNamespace) -> None:
    assert alix.post("/vault/key/end/").status_code == 302
    made = alix.post("/vault/key/make/", {"make-passphrase": PASSPHRASE, "make-again": PASSPHRASE}, follow=True)
    assert "You have a key." in made.text
    other = {"old": PASSPHRASE, "passphrase": "grey heron over the lake", "again": "grey heron over the lake"}
    assert "Your key has another passphrase." in alix.post("/vault/key/passphrase/", other, follow=True).text
    assert alix.post("/vault/key/passphrase/", other).status_code == 422


def test_who_it_is_is_asked_again_where_keys_and_readers_change(vault: SimpleNamespace) -> None:
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(vault.alix)
    session = browser.session
    session[SHOWN_AT] -= 601
    session.save()

    for page in ("/vault/key/", f"{HERE}change/"):
        assert browser.get(page)["Location"].startswith("/security/again/")
    answer = browser.post("/vault/key/make/", {"make-passphrase": PASSPHRASE, "make-again": PASSPHRASE})

    assert answer["Location"] == "/vault/key/"
    assert PASSPHRASE not in str(dict(browser.session.items()))


def test_a_value_is_replaced_and_a_secret_closed(alix: Browser, vault: SimpleNamespace) -> None:
    assert "has a new value" in alix.post(f"{HERE}put/", {"value": "next"}, follow=True).text
    assert alix.post(f"{HERE}close/", {"reason": ""}).status_code == 422
    assert "is closed" in alix.post(f"{HERE}close/", {"reason": "We left them."}, follow=True).text
    assert "registrar.example" in alix.get("/vault/?only=closed").text
    assert AuditLine.objects.filter(code="vault.secret_closed", reason="We left them.").exists()


def test_the_list_is_searched_and_says_what_is_to_be_replaced(alix: Browser) -> None:
    assert "registrar.example" in alix.get("/vault/?q=REGISTRAR").text
    assert "registrar.example" not in alix.get("/vault/?q=nothing").text
    assert "registrar.example" not in alix.get("/vault/?only=rotate").text
    assert "registrar.example" in alix.get("/vault/?folder=domains&only=mine").text
