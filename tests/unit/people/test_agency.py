"""An agency that looks after forty clients sees them on one page: their states, how many sites, what is failing."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from essaim.manager.hosting.models import Site
from essaim.manager.people.models import Client, Membership, Person
from essaim.manager.people.search import find_clients
from tests.unit import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Person:
    person = make.make_person()
    clients = Client.objects.bulk_create(Client(slug=f"c{n:02d}", name=f"Client {n:02d}") for n in range(40))
    Membership.objects.bulk_create(Membership(person=person, client=one, role="manager") for one in clients)
    make.make_client("somebody-else")
    account = make.make_account(clients[3], login="c03")
    for name in ("one.example.test", "two.example.test", "three.example.test"):
        make.make_site(account, name)
    Site.objects.filter(fqdn="one.example.test").update(health="failed")
    Site.objects.filter(fqdn="three.example.test").update(state="closed")
    return person


def test_each_client_says_how_many_sites_and_what_fails(agency: Person) -> None:
    page = find_clients(agency)
    assert len(page.rows) == 40
    row = page.rows[3]
    assert (row.client.slug, row.role, row.accounts, row.sites, row.failing) == ("c03", "manager", 1, 2, 1)
    assert page.rows[4][2:] == (0, 0, 0)


def test_those_that_fail_are_found_at_once(agency: Person) -> None:
    assert [one.slug for one in find_clients(agency, failing=True).clients] == ["c03"]
    browser = Browser(headers={"Accept-Language": "en"})
    browser.force_login(agency)
    page = browser.get("/clients/?failing=1").content.decode()
    assert "Client 03" in page
    assert "Client 04" not in page
    assert 'href="/clients/"' in browser.get("/").content.decode()  # in the menu


def test_numbers_of_sites_that_one_does_not_see_are_not_told(agency: Person) -> None:
    Membership.objects.filter(client__slug="c03").update(role=Membership.Role.BILLING)
    assert find_clients(agency).rows[3][2:] == (None, None, None)
    assert find_clients(agency, failing=True).clients == []


def test_it_costs_the_same_queries_however_many(agency: Person) -> None:
    counts = []
    for limit in (2, 40):
        with CaptureQueriesContext(connection) as seen:
            find_clients(agency, limit=limit)
        counts.append(len(seen))
    assert counts == [3, 3]
