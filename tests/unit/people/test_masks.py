"""An observer reads states, not people: every way round that somebody might try."""

import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from essaim.manager.core import mail, masks
from essaim.manager.core.mail import Letter
from essaim.manager.core.models import AuditLine
from essaim.manager.hosting.actions import suspend_site
from essaim.manager.people import invitations
from essaim.manager.people.models import Client, Person
from tests.unit.api.calling import Caller, token_for
from tests.unit.factories import make_account, make_client, make_machine, make_person, make_site

pytestmark = pytest.mark.django_db
NAME, EMAIL, INVITED = "Camille Unmistakable", "camille.unmistakable@example.test", "sacha.invited@example.test"
HIDDEN = re.compile("unmistakable|sacha|camille|203\\.0\\.113\\.77|0612345678", re.IGNORECASE)
FQDN = "www.bees.example.test"


@pytest.fixture
def client() -> Client:
    make_machine("web1")
    client = make_client("bees", name="Bees of the lake")
    owner = make_person(EMAIL, client=client)
    owner.name = NAME
    owner.save()
    site = make_site(make_account(client, login="bees", by=owner), FQDN, by=owner)
    suspend_site(site, by=owner, reason=f"Write to {EMAIL} or call 06 12 34 56 78, from 203.0.113.77.")
    invitations.invite(client, email=INVITED, role="reader", language="en", by=owner)
    with transaction.atomic():
        mail.write("test", to=EMAIL, language="en", letter=lambda: Letter(f"For {NAME}", [f"Dear {NAME}"]))
    return client


@pytest.fixture
def observer(client: Client) -> Person:
    return make_person("observer@example.test", groups=["observer"])


@pytest.fixture
def browser(observer: Person) -> Browser:
    browser = Browser()
    browser.force_login(observer)
    return browser


def pages() -> Iterator[str]:
    yield reverse("people:client", args=["bees"])
    yield reverse("hosting:site", args=[FQDN])
    yield reverse("hosting:account", args=["bees"])
    yield reverse("web:home")
    yield reverse("web:audit")
    yield reverse("web:audit") + f"?about=site/{FQDN}"
    yield reverse("web:audit") + "?client=bees"
    yield reverse("web:mail_queue")
    yield reverse("fleet:machine", args=["web1"])
    yield reverse("people:clients") + "?q=bees"
    yield reverse("hosting:sites") + "?text=bees"
    yield reverse("people:grants")
    yield reverse("people:client", args=["no-such-client"])
    yield reverse("people:add_person", args=["bees"])


@pytest.mark.parametrize("page", list(pages()))
def test_no_page_names_anybody(page: str, browser: Browser) -> None:
    answer = browser.get(page)
    assert answer.status_code in (200, 403, 404)
    assert HIDDEN.findall(answer.content.decode()) == []


@pytest.mark.parametrize(
    "path",
    [
        "/clients/bees",
        "/clients/bees/people",
        f"/sites/{FQDN}",
        f"/sites/{FQDN}/story",
        "/accounts/bees",
        "/accounts/bees/story",
        "/audit?client=bees",
        f"/audit?about_kind=person&about_key={EMAIL}",
        "/audit/head",
    ],
)
def test_no_answer_of_the_api_names_anybody(path: str, observer: Person) -> None:
    answer = Caller(token_for(observer)).get(path)
    assert answer.status_code == 200
    assert HIDDEN.findall(answer.content.decode()) == []


def test_asking_the_trail_for_an_address_tells_nothing(browser: Browser, observer: Person) -> None:
    for asked in ({"who": EMAIL}, {"about": f"person/{EMAIL}"}, {"about": EMAIL}):
        page = browser.get(reverse("web:audit"), asked, headers={"HX-Request": "true", "Accept-Language": "en"})
        assert "<tr" not in page.content.decode()
    assert Caller(token_for(observer)).get(f"/audit?about_key={EMAIL}").json()["items"] == []


def test_searching_by_a_name_of_somebody_finds_nothing(browser: Browser) -> None:
    page = browser.get(reverse("people:clients"), {"q": "unmistakable"}, headers={"HX-Request": "true"})
    assert "bees" not in page.content.decode()


def test_hashes_are_hidden_for_guesses_could_be_tried_on_them(observer: Person) -> None:
    line = Caller(token_for(observer)).get("/audit?client=bees").json()["items"][0]
    assert (line["hash"], line["previous_hash"]) == ("…", "…")
    assert Caller(token_for(observer)).get("/audit/verify").json()["holds"] is True


def test_who_has_the_right_and_the_client_s_own_people_see_all(client: Client) -> None:
    for reader in (make_person(groups=["supporter"]), Person.objects.get(email=EMAIL)):
        browser = Browser()
        browser.force_login(reader)
        page = browser.get(reverse("people:client", args=["bees"])).content.decode()
        assert (NAME in page, EMAIL in page) == (True, True)


def test_an_observer_sees_the_people_of_their_own_client(client: Client) -> None:
    observer = make_person(groups=["observer"], client=client, role="reader")
    browser = Browser()
    browser.force_login(observer)
    assert EMAIL in browser.get(reverse("people:client", args=["bees"])).content.decode()


def test_the_team_knows_the_team(browser: Browser, client: Client) -> None:
    make_person("board@example.test", groups=["board"])
    assert "board@example.test" in browser.get(reverse("people:grants")).content.decode()


def test_a_masked_row_is_never_stored_nor_written_to(client: Client, observer: Person) -> None:
    with masks.read_by(masks.Reader(observer.pk, observer.email)):
        person = Person.objects.get(email=EMAIL)
        assert (person.email, person.name) == ("c…@…", "C… U…")
        with pytest.raises(masks.MaskedRowStored):
            person.save()
        with pytest.raises(masks.MaskedRowStored), transaction.atomic():
            mail.write("test", to=person.email, language="en", letter=lambda: Letter("x", ["x"]))
        assert Person.objects.get(pk=observer.pk).email == observer.email
    assert Person.objects.get(pk=person.pk).name == NAME


def test_deferred_fields_come_masked_too(client: Client, observer: Person) -> None:
    with masks.read_by(masks.Reader(observer.pk, observer.email)):
        person = Person.objects.defer("email").get(email=EMAIL)
        assert person.email == "c…@…"
        assert (
            AuditLine.objects.filter(code="hosting.site_suspended").get().reason == "Write to c…@… or call …, from …."
        )


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("see 2001:db8::7 at 10:30", "see … at 10:30"),
        ("call +33 6 12 34 56 78.", "call …."),
        ("ada@example.org, bo@example.org", "a…@…, b…@…"),
        ("7 sites on 3 machines, PHP 8.2", "7 sites on 3 machines, PHP 8.2"),
        ("2026-11-26", "2026-11-26"),
    ],
)
def test_what_is_about_somebody_goes_out_of_words(text: str, masked: str) -> None:
    assert masks.words(text) == masked


def test_a_client_who_is_a_person_is_masked_and_not_found_by_name(client: Client, browser: Browser) -> None:
    person = make_client("k-unmistakable", name="Camille Unmistakable")
    person.kind, person.city = Client.Kind.PERSON, "Sacha-les-Bains"
    person.save()
    make_site(make_account(person, login="kamille"), "kamille.example.test")
    page = browser.get(reverse("people:client", args=["k-unmistakable"])).content.decode()
    assert HIDDEN.findall(page.replace("k-unmistakable", "")) == []
    for place in ("hosting:sites", "hosting:accounts", "people:clients"):
        asked = {"text": "Unmistakable", "q": "Unmistakable"}
        found = browser.get(reverse(place), asked, headers={"HX-Request": "true"}).content.decode()
        assert "kamille" not in found
