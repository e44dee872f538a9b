"""Every address of the Manager against everyone who may ask for it. An address that is not in the table fails the test:
who adds a page says here who may see it.
"""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from essaim.manager.hosting.actions import give_consent
from essaim.manager.hosting.models import NameConsent
from essaim.manager.people.models import Membership
from tests.unit import factories as make

WHO = ("visitor", "reader", "owner", "other", "team")
IN, FORM, NO, AWAY, POST, FIRST = 200, 302, 403, 404, 405, 409
"""Shown; sent to sign-in; seen but not allowed; absent to this person; answers to POST only; something else comes first."""
FQDN = "www.abeilles.example.test"

# What GET answers to: visitor, reader, owner, another client's owner, team.
EVERYONE = (IN, IN, IN, IN, IN)
SIGNED_IN = (FORM, IN, IN, IN, IN)
CLIENTS_OWN = (FORM, IN, IN, AWAY, IN)
CHANGING = (FORM, NO, IN, AWAY, IN)
CLOSED_FIRST = (FORM, NO, FIRST, AWAY, FIRST)
TEAM = (FORM, NO, NO, NO, IN)
MACHINE = (FORM, AWAY, AWAY, AWAY, IN)
POST_ONLY = (POST, POST, POST, POST, POST)
GET = {
    "web:home": EVERYONE,
    "web:audit": TEAM,
    "web:design": (FORM, AWAY, AWAY, AWAY, IN),
    "web:language": POST_ONLY,
    "web:scheme": POST_ONLY,
    "web:source": EVERYONE,
    "web:source_archive": EVERYONE,
    "people:sign_in": (IN, FORM, FORM, FORM, FORM),  # who signed in is sent home
    "people:sign_out": POST_ONLY,
    "people:password": SIGNED_IN,
    "people:tokens": SIGNED_IN,
    "people:token_revoke": POST_ONLY,
    "people:clients": SIGNED_IN,
    "people:client": CLIENTS_OWN,
    "people:add_client": TEAM,
    "people:add_person": TEAM,
    "fleet:machines": TEAM,
    "fleet:add": TEAM,
    "fleet:machine": MACHINE,
    "fleet:machine_live": MACHINE,
    "fleet:token": MACHINE,
    "fleet:drain": MACHINE,
    "fleet:revoke": MACHINE,
    "fleet:resume": POST_ONLY,
    "fleet:check": POST_ONLY,
    "hosting:accounts": SIGNED_IN,
    "hosting:account": CLIENTS_OWN,
    "hosting:account_change": (FORM, NO, NO, AWAY, IN),
    "hosting:account_suspend": CHANGING,
    "hosting:account_close": CHANGING,
    "hosting:account_erase": CLOSED_FIRST,
    "hosting:account_resume": POST_ONLY,
    "hosting:account_restore": POST_ONLY,
    "hosting:consents": CLIENTS_OWN,
    "hosting:consent_withdraw": POST_ONLY,
    "hosting:sites": SIGNED_IN,
    "hosting:order": (FORM, NO, IN, IN, IN),
    "hosting:order_check": POST_ONLY,
    "hosting:site": CLIENTS_OWN,
    "hosting:site_live": CLIENTS_OWN,
    "hosting:change": CHANGING,
    "hosting:php": CHANGING,
    "hosting:php_back": POST_ONLY,
    "hosting:suspend": CHANGING,
    "hosting:close": CHANGING,
    "hosting:erase": CLOSED_FIRST,
    "hosting:content": CHANGING,
    "hosting:resume": POST_ONLY,
    "hosting:restore": POST_ONLY,
    "hosting:prove": POST_ONLY,
    "hosting:undo": POST_ONLY,
}
# What POST answers to strangers and readers: never 200, and nothing is changed.
OPEN_TO_ALL = {"web:home", "web:language", "web:scheme", "people:sign_in", "people:sign_out"}
ONES_OWN = {"people:password", "people:tokens", "hosting:order_check", "hosting:order"}


def routes(patterns: list[URLPattern | URLResolver], room: str = "") -> Iterator[str]:
    """Names of all addresses outside the API, whose own test does the same."""
    for entry in patterns:
        if isinstance(entry, URLPattern):
            yield f"{room}:{entry.name}"
        elif not str(entry.pattern).startswith("api/"):
            yield from routes(entry.url_patterns, entry.app_name or room)


@pytest.fixture
def people(db: None) -> dict[str, Browser]:
    """A browser of each, and the client's things under fixed names."""
    client, stranger = make.make_client("abeilles"), make.make_client("voisins")
    make.make_machine("web1")
    make.make_site(make.make_account(client, login="abeilles"), FQDN)
    make.make_account(stranger, login="voisins")
    give_consent(fqdn=FQDN, owner=client, guest=stranger, by=None)
    who = {
        "reader": make.make_person(client=client, role=Membership.Role.READER),
        "owner": make.make_person(client=client),
        "other": make.make_person(client=stranger),
        "team": make.make_person(is_team=True),
    }
    browsers = {"visitor": Browser()}
    for name, person in who.items():
        browsers[name] = Browser()
        browsers[name].force_login(person)
    return browsers


ABOUT = {
    "people:client": ["abeilles"],
    "people:add_person": ["abeilles"],
    "people:token_revoke": [1],
    "hosting:consents": ["abeilles"],
    "hosting:order": [],
    "hosting:order_check": [],
    "hosting:sites": [],
    "hosting:accounts": [],
    "fleet:machines": [],
    "fleet:add": [],
}
"""What an address is about, where its name does not tell."""


def address(route: str) -> str:
    """The route's address, about the client's own things."""
    room, _colon, name = route.partition(":")
    if route == "hosting:consent_withdraw":
        return reverse(route, args=["abeilles", NameConsent.objects.get().pk])
    if route in ABOUT:
        return reverse(route, args=ABOUT[route])
    if name.startswith("account"):
        return reverse(route, args=["abeilles"])
    return reverse(route, args={"fleet": ["web1"], "hosting": [FQDN]}.get(room, []))


def test_every_address_is_in_the_table() -> None:
    assert sorted(routes(get_resolver().url_patterns)) == sorted(GET)


@pytest.mark.parametrize("route", sorted(GET))
def test_each_person_gets_what_the_table_says(route: str, people: dict[str, Browser]) -> None:
    answers = {}
    for who in WHO:
        answer = people[who].get(address(route))
        answer.close()  # one of them is a file
        answers[who] = answer.status_code
    assert answers == dict(zip(WHO, GET[route], strict=True))


@pytest.mark.parametrize("route", sorted(set(GET) - OPEN_TO_ALL))
def test_a_visitor_posts_nowhere_and_is_sent_to_sign_in(route: str, people: dict[str, Browser]) -> None:
    answer = people["visitor"].post(address(route))
    assert answer.status_code in (302, 405)
    if answer.status_code == 302:
        assert answer["Location"].startswith(reverse("people:sign_in"))


@pytest.mark.parametrize("who", ["reader", "other"])
@pytest.mark.parametrize("route", sorted(set(GET) - OPEN_TO_ALL - ONES_OWN))
def test_nobody_changes_what_is_not_theirs_to_change(who: str, route: str, people: dict[str, Browser]) -> None:
    answer = people[who].post(address(route), {"reason": "because", "confirm": FQDN})
    assert answer.status_code in (403, 404, 405)


@pytest.mark.parametrize("route", sorted(name for name, row in GET.items() if row != EVERYONE or name == "web:home"))
def test_a_post_without_the_forms_token_is_refused(route: str, people: dict[str, Browser]) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = people["team"].cookies
    assert strict.post(address(route)).status_code in (403, 405)


def test_htmx_and_plain_requests_are_refused_alike(people: dict[str, Browser]) -> None:
    whole = people["other"].get(address("hosting:site"))
    part = people["other"].get(address("hosting:site"), headers={"HX-Request": "true"})
    assert (whole.status_code, part.status_code) == (404, 404)
    assert b"<html" in whole.content
    assert b"<html" not in part.content


def test_absent_and_hidden_sites_sound_the_same(people: dict[str, Browser]) -> None:
    hidden = people["other"].get(reverse("hosting:site", args=[FQDN])).content.decode()
    absent = people["other"].get(reverse("hosting:site", args=["no-such.example.test"])).content.decode()
    assert "hosting.site_not_found" in hidden
    assert "hosting.site_not_found" in absent
