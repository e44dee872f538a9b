"""Every way that a page offers is open to who is offered it: links are followed, buttons are compared with who may press."""

import re
from html import unescape

import pytest
from django.test import Client as Browser
from django.urls import reverse

from essaim.manager.hosting import actions
from essaim.manager.people.models import Membership, Person
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|hx-get)="(/[^"]*)"')
BUTTON = re.compile(r'<form[^>]*method="post"[^>]*action="(/[^"]*)"')
NOT_PAGES = ("/static/", "/api/", "/source/archive/")
ONES_OWN = {
    "/language/",
    "/scheme/",
    "/sign-out/",
    "/tokens/",
    "/password/",
    "/email/",
    "/privacy/export/",
    "/privacy/erase/",
}
ONES_OWN |= {f"/privacy/consents/{purpose}/give/" for purpose in ("questions", "news")}
ONES_OWN |= {f"/clients/{client}/leave/" for client in ("abeilles", "voisins")}
MOST = 200
AMBIGUOUS = re.compile(r"\b\d{1,2}/\d{1,2}/\d{2,4}\b|\d [ap]\.m\.")


@pytest.fixture
def who() -> dict[str, Person]:
    """People of a client that has something in every state, and of one that has nothing."""
    client, empty = make.make_client("abeilles"), make.make_client("voisins")
    account = make.make_account(client, login="abeilles")
    make.make_site(account, "www.abeilles.example.test")
    actions.suspend_site(make.make_site(account, "blog.abeilles.example.test"), by=None, reason="Unpaid.")
    actions.close_site(make.make_site(account, "old.abeilles.example.test"), by=None)
    gone = actions.close_site(make.make_site(account, "gone.abeilles.example.test"), by=None)
    actions.erase_site(gone, by=None)
    actions.close_account(make.make_account(client, login="ancien"), by=None)
    actions.give_consent(fqdn="www.abeilles.example.test", owner=client, guest=empty, by=None)
    reader = Membership.Role.READER
    return {
        "reader": make.make_person(client=client, role=reader),
        "reader of nothing": make.make_person(client=empty, role=reader),
        "owner": make.make_person(client=client),
        "team": make.make_person(is_team=True),
    }


def test_no_page_says_a_moment_that_can_be_read_two_ways(who: dict[str, Person], client: Browser) -> None:
    """11/12/2026 is in November for one reader and in December for another; a day has one form (`figures.day`)."""
    client.force_login(who["team"])
    for address in walk(who["team"])[0]:
        answer = client.get(address)
        if "html" in answer.headers.get("Content-Type", ""):
            assert AMBIGUOUS.findall(answer.content.decode()) == [], address


def walk(person: Person) -> tuple[dict[str, int], set[str]]:
    """Every page that is reached from the start by links, with its status, and every address that a button posts to."""
    browser = Browser(headers={"accept-language": "en"})
    browser.force_login(person)
    seen: dict[str, int] = {}
    buttons: set[str] = set()
    ahead = ["/"]
    while ahead and len(seen) < MOST:
        address = ahead.pop()
        if address in seen or address.startswith(NOT_PAGES):
            continue
        answer = browser.get(address)
        if answer.headers.get("Location", "").startswith(reverse("account_reauthenticate")):
            continue  # who it is is asked again first
        seen[address] = answer.status_code
        words = answer.content.decode()
        ahead += [unescape(link).partition("#")[0] for link in LINK.findall(words)]
        buttons |= set(BUTTON.findall(words))
    return seen, buttons


@pytest.mark.parametrize("name", ["reader", "reader of nothing", "owner", "team"])
def test_no_link_leads_to_a_refusal(name: str, who: dict[str, Person]) -> None:
    seen, _buttons = walk(who[name])
    refused = {address: status for address, status in seen.items() if status not in (200, 204, 410)}
    assert len(seen) >= 5
    assert refused == {}


@pytest.mark.parametrize("name", ["reader", "reader of nothing"])
def test_a_reader_is_offered_no_button_of_what_is_the_clients(name: str, who: dict[str, Person]) -> None:
    seen, buttons = walk(who[name])
    assert buttons - ONES_OWN == set()
    assert [address for address in seen if "order" in address] == []


def test_an_owner_is_offered_the_order(who: dict[str, Person]) -> None:
    seen, buttons = walk(who["owner"])
    assert seen["/sites/order/"] == 200
    assert "/sites/order/" in buttons
