"""A technician sees and changes the accounts that were given to them, and no others; who is there for billing sees none."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from essaim.manager.core.models import AuditLine
from essaim.manager.hosting import access, actions, queries
from essaim.manager.hosting.errors import AccountNotFound, SiteNotFound
from essaim.manager.hosting.models import Account
from essaim.manager.people.models import Client, Membership, Person
from essaim.manager.people.rights import RightMissing
from tests.unit import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def bees() -> Client:
    return make.make_client("bees")


@pytest.fixture
def mine(bees: Client) -> Account:
    account = make.make_account(bees, login="mine")
    make.make_site(account, "mine.example.test")
    return account


@pytest.fixture
def theirs(bees: Client) -> Account:
    account = make.make_account(bees, login="theirs")
    make.make_site(account, "theirs.example.test")
    return account


@pytest.fixture
def technician(bees: Client, mine: Account, theirs: Account) -> Person:
    person = make.make_person(client=bees, role=Membership.Role.TECHNICIAN)
    access.give_accounts(Membership.objects.get(person=person), ["mine"], by=None)
    return person


def browser_of(person: Person) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def test_a_technician_sees_what_was_given_and_no_more(technician: Person, theirs: Account) -> None:
    assert [account.login for account in queries.accounts_visible_to(technician)] == ["mine"]
    assert [site.fqdn for site in queries.find_sites(technician).sites] == ["mine.example.test"]
    with pytest.raises(AccountNotFound):
        queries.get_account("theirs", seen_by=technician)
    with pytest.raises(SiteNotFound):
        queries.get_site("theirs.example.test", seen_by=technician)


def test_a_technician_changes_what_was_given_and_no_more(
    technician: Person, mine: Account, theirs: Account, bees: Client
) -> None:
    make.make_site(mine, "new.example.test", by=technician)
    for act in (
        lambda: make.make_site(theirs, "other.example.test", by=technician),
        lambda: actions.suspend_account(theirs, by=technician, reason="because"),
        lambda: actions.create_account(client=bees, by=technician),
        lambda: access.give_accounts(Membership.objects.get(person=technician), ["theirs"], by=technician),
    ):
        with pytest.raises(RightMissing):
            act()


def test_pages_are_cut_alike(technician: Person) -> None:
    browser = browser_of(technician)
    page = browser.get("/clients/bees/").content.decode()
    assert "/accounts/mine/" in page
    assert "/accounts/theirs/" not in page
    assert browser.get("/accounts/mine/").status_code == 200
    assert browser.get("/sites/theirs.example.test/").status_code == 404
    assert browser.get("/sites/order/?account=mine").status_code == 200


def test_who_is_there_for_billing_sees_no_site_and_keeps_the_address(bees: Client, mine: Account) -> None:
    browser = browser_of(make.make_person(client=bees, role=Membership.Role.BILLING))
    assert b"mine.example.test" not in browser.get("/sites/").content
    assert browser.get("/accounts/mine/").status_code == 404
    assert browser.get("/clients/bees/change/").status_code == 200
    assert browser.get("/clients/bees/invite/").status_code == 403


def test_another_role_ends_what_was_given(technician: Person, bees: Client) -> None:
    Membership.objects.update(role=Membership.Role.BILLING)
    assert not queries.accounts_visible_to(technician).exists()


def test_who_signs_in_no_more_sees_nothing(technician: Person) -> None:
    technician.is_active = False
    technician.save()
    assert not queries.sites_visible_to(technician).exists()


def test_an_owner_gives_accounts_on_a_page(technician: Person, bees: Client) -> None:
    place = Membership.objects.get(person=technician)
    browser = browser_of(make.make_person(client=bees))
    assert browser.get(f"/clients/bees/people/{place.pk}/accounts/").status_code == 200
    browser.post(f"/clients/bees/people/{place.pk}/accounts/", {"logins": ["theirs", "mine"]})

    assert access.accounts_of(place) == ["mine", "theirs"]
    line = AuditLine.objects.filter(code="hosting.technician_accounts").latest("id")
    assert (line.facts["before"], line.facts["after"]) == (["mine"], ["mine", "theirs"])


def test_an_account_of_another_client_is_not_given(technician: Person) -> None:
    make.make_account(make.make_client(), login="elsewhere")
    with pytest.raises(AccountNotFound):
        access.give_accounts(Membership.objects.get(person=technician), ["elsewhere"], by=None)


@pytest.mark.parametrize("role", Membership.Role.values)
def test_each_roles_list_costs_the_same_queries_however_long(role: str, bees: Client, mine: Account) -> None:
    person = make.make_person(client=bees, role=role)
    counts = []
    for number in range(2):
        make.make_site(mine, f"one-more-{number}.example.test")
        with CaptureQueriesContext(connection) as seen:
            list(queries.sites_visible_to(person))
        counts.append(len(seen))
    assert counts == [1, 1]
