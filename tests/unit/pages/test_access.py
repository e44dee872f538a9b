"""Every address of the Manager against everyone who may ask for it. An address that is not in the table fails the test."""

import pytest
from django.test import Client as Browser
from django.urls import get_resolver, reverse

from essaim.manager.hosting.actions import give_consent
from essaim.manager.openid.actions import create_tool
from essaim.manager.people.models import Membership
from essaim.manager.vault.actions import create_secret
from tests.unit import factories as make
from tests.unit.pages.addresses import FOR_PROGRAMS, FORMS, FQDN, GET, ONES_OWN, OPEN_TO_ALL, WHO, routes
from tests.unit.pages.asked_about import address


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
    create_tool(name="Wiki", redirect_uris=["https://wiki.example.test/cb"], groups=["administrator"], by=who["team"])
    create_secret(name="registrar", people=[who["team"].email], by=who["team"])
    browsers = {"visitor": Browser()}
    for name, person in who.items():
        browsers[name] = Browser()
        browsers[name].force_login(person)
    return browsers


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


@pytest.mark.parametrize("route", sorted(set(GET) - OPEN_TO_ALL - FOR_PROGRAMS))
def test_a_visitor_posts_nowhere_and_is_sent_to_sign_in(route: str, people: dict[str, Browser]) -> None:
    answer = people["visitor"].post(address(route))
    assert answer.status_code in (302, 405)
    if answer.status_code == 302:
        assert answer["Location"].startswith(reverse("people:sign_in"))


@pytest.mark.parametrize("who", ["reader", "other"])
@pytest.mark.parametrize("route", sorted(set(GET) - OPEN_TO_ALL - ONES_OWN - FOR_PROGRAMS))
def test_nobody_changes_what_is_not_theirs_to_change(who: str, route: str, people: dict[str, Browser]) -> None:
    answer = people[who].post(address(route), {"reason": "because", "confirm": FQDN})
    assert answer.status_code in (403, 404, 405)


@pytest.mark.parametrize("route", sorted(FORMS))
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
