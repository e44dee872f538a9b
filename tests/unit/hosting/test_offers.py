"""Offers: what accounts get by them, how far they let sites set PHP, and how a change of one reaches its accounts."""

from typing import Any

import pytest

from essaim.manager.core.errors import EssaimError, NotAllowed
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting import actions
from essaim.manager.hosting.actions.offers import AT_ONCE, follow_offers
from essaim.manager.hosting.models import Account, Offer
from essaim.manager.hosting.offer_queries import offer_rows
from essaim.manager.hosting.offered import usual_offer
from tests.unit.factories import make_account, make_client, make_machine, make_person, make_site

pytestmark = pytest.mark.django_db
GIB, MIB = 1024**3, 1024**2


def large(**given: Any) -> Offer:
    fields = {"slug": "large", "name": "Large", "quota_bytes": 50 * GIB, "memory_bytes": 2 * GIB, **given}
    return actions.create_offer(by=None, **fields)


def account_wish(account: Account) -> Wanted:
    return Wanted.objects.get(kind="account", key=account.login)


def spec(account: Account) -> dict[str, Any]:
    wished = account_wish(account).spec
    assert wished is not None
    return wished


def refused(call: Any) -> EssaimError:
    with pytest.raises(EssaimError) as found:
        call()
    return found.value


def test_a_new_account_has_the_usual_offer_and_what_it_gives() -> None:
    usual = usual_offer()
    account = make_account()
    assert (account.offer, account.own_limits) == (usual, [])
    assert (usual.slug, usual.is_warm, usual.php_ceilings) == ("standard", False, {})
    assert "warm" not in spec(account)
    actions.create_offer(slug="small", name="Small", quota_bytes=GIB, is_usual=True, by=None)
    assert Offer.objects.get(is_usual=True).slug == "small"
    assert make_account(login="later").quota_bytes == GIB


def test_an_emptied_table_has_the_usual_offer_again() -> None:
    Offer.objects.all().delete()
    assert make_account().offer.slug == "standard"


def test_an_account_that_is_given_an_offer_gets_all_of_it_at_once() -> None:
    account = make_account()
    actions.change_account(account, by=None, processes=128)
    offer = large(is_warm=True, php_ceilings={"memory_limit": 1024})
    actions.give_offer(account, offer, by=make_person(is_team=True))
    account.refresh_from_db()
    assert (account.quota_bytes, account.processes, account.own_limits) == (50 * GIB, 64, [])
    wished = spec(account)
    assert (wished["memory_bytes"], wished["warm"]) == (2 * GIB, True)
    assert wished["php_ceilings"] == {"memory_limit": 1024}
    assert AuditLine.objects.filter(code="hosting.account_offer_given", about_key=account.login).count() == 1


def test_giving_the_offer_it_has_changes_nothing() -> None:
    account = make_account()
    before = account_wish(account).revision
    actions.give_offer(account, account.offer, by=None)
    assert account_wish(account).revision == before


def test_what_an_offer_says_anew_reaches_its_accounts_and_spares_limits_of_their_own() -> None:
    plain, own = make_account(), make_account(login="own")
    actions.change_account(own, by=None, quota_bytes=99 * GIB)
    actions.change_offer(usual_offer(), by=None, quota_bytes=20 * GIB, processes=80)
    assert follow_offers() == 2
    assert follow_offers() == 0
    assert (spec(plain)["quota_bytes"], spec(plain)["processes"]) == (20 * GIB, 80)
    assert (spec(own)["quota_bytes"], spec(own)["processes"]) == (99 * GIB, 80)


def test_many_accounts_follow_some_at_a_time() -> None:
    machine = make_machine(capacity_accounts=10_000)
    client, usual = make_client(), usual_offer()
    Account.objects.bulk_create(
        Account(client=client, login=f"a{n}", uid=30_000 + n, machine=machine, offer=usual, offer_revision=1)
        for n in range(AT_ONCE + 5)
    )
    actions.change_offer(usual, by=None, processes=80)
    assert [follow_offers() for _ in range(3)] == [AT_ONCE, 5, 0]
    assert Wanted.objects.filter(kind="account").count() == AT_ONCE + 5


def test_limits_of_its_own_that_are_the_offers_again_are_its_own_no_more() -> None:
    account = make_account()
    actions.change_account(account, by=None, processes=128)
    account = actions.change_account(account, by=None, processes=64)
    assert account.own_limits == []


def test_a_site_sets_php_as_far_as_the_offer_lets_it_and_is_told_which_offer() -> None:
    site = make_site()
    refusal = refused(lambda: actions.change_site(site, by=None, php_settings={"memory_limit": "1024"}))
    assert (refusal.code, str(refusal)) == (
        "hosting.php_setting_above_offer",
        "memory_limit is at most 512 MiB in the offer “Standard”.",
    )
    actions.give_offer(site.account, large(php_ceilings={"memory_limit": 1024}), by=None)
    assert actions.change_site(site, by=None, php_settings={"memory_limit": "1024"}).php_settings == {
        "memory_limit": "1024"
    }


@pytest.mark.parametrize("way", ["lower the ceiling", "give a smaller offer"])
def test_no_offer_falls_below_what_a_site_has_set(way: str) -> None:
    site = make_site(name="shop.example.test")
    offer = large(php_ceilings={"memory_limit": 1024})
    account = actions.give_offer(site.account, offer, by=None)
    actions.change_site(site, by=None, php_settings={"memory_limit": "1024"})
    if way == "lower the ceiling":
        refusal = refused(lambda: actions.change_offer(offer, by=None, php_ceilings={"memory_limit": None}))
    else:
        refusal = refused(lambda: actions.give_offer(account, usual_offer(), by=None))
    assert refusal.code == "hosting.offer_below_site"
    assert str(refusal).startswith("shop.example.test has memory_limit = 1024, and the offer")
    assert Offer.objects.get(slug="large").php_ceilings == {"memory_limit": 1024}


def test_an_account_has_as_many_sites_as_its_offer_gives() -> None:
    account = make_account()
    actions.change_offer(usual_offer(), by=None, sites_max=2)
    first = make_site(account)
    make_site(account)
    refusal = refused(lambda: make_site(account, "third.example.test"))
    assert str(refusal) == f"The offer “Standard” gives at most 2 sites, and {account.login} has as many."
    actions.close_site(first, by=None)
    make_site(account, "third.example.test")
    actions.change_offer(usual_offer(), by=None, sites_max=0)
    assert usual_offer().sites_max is None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"slug": "Ä"}, "hosting.offer_malformed"),
        ({"slug": "standard"}, "hosting.offer_exists"),
        ({"name": "  "}, "hosting.offer_name_missing"),
        ({"quota_bytes": 1}, "hosting.limit_refused"),
        ({"php_ceilings": {"memory_limit": 64}}, "hosting.ceiling_refused"),
        ({"php_ceilings": {"memory_limit": 4096}}, "hosting.ceiling_refused"),
        ({"php_ceilings": {"max_execution_time": 300}}, "hosting.ceiling_refused"),
        ({"php_ceilings": {"display_errors": 1}}, "hosting.ceiling_unknown"),
    ],
)
def test_what_cannot_be_offered_is_refused_in_words_and_nothing_is_made(given: dict[str, Any], code: str) -> None:
    usual_offer()
    refusal = refused(lambda: large(**given))
    assert (refusal.code, bool(refusal.advice)) == (code, True)
    assert Offer.objects.count() == 1


def test_the_usual_offer_gives_way_to_another_and_to_none() -> None:
    usual = usual_offer()
    actions.change_offer(usual, by=None, is_usual=False)
    assert usual_offer() == usual
    other = actions.change_offer(large(), by=None, is_usual=True)
    assert usual_offer() == other


def test_offers_are_the_teams() -> None:
    account = make_account()
    owner = make_person(client=account.client)
    for call in (
        lambda: actions.create_offer(slug="mine", name="Mine", by=owner),
        lambda: actions.change_offer(account.offer, by=owner, processes=999),
        lambda: actions.give_offer(account, account.offer, by=owner),
        lambda: actions.create_account(client=account.client, by=owner, offer=account.offer),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_the_list_is_one_query_and_counts_accounts_that_are_not_closed(django_assert_num_queries: Any) -> None:
    actions.close_account(make_account(), by=None)
    make_account(login="open")
    large()
    with django_assert_num_queries(1):
        rows = offer_rows()
    assert [(row.offer.slug, row.accounts) for row in rows] == [("large", 0), ("standard", 1)]
