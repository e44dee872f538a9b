"""Extensions of an account's PHP: chosen among what its offer and its machine have, left out when they have them no more."""

from typing import Any

import pytest

from essaim.manager.core.errors import EssaimError
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting import actions
from essaim.manager.hosting.actions.offers import follow_offers
from essaim.manager.hosting.extensions import of_account
from essaim.manager.hosting.models import Account
from essaim.manager.hosting.offered import usual_offer
from essaim.manager.people.models import Membership
from tests.unit.factories import answer, make_account, make_machine, make_person, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    """Of an offer that has two extensions."""
    account = make_account()
    actions.change_offer(usual_offer(), by=None, php_extensions=["apcu", "redis"])
    follow_offers()
    return Account.objects.select_related("machine", "offer", "client").get(pk=account.pk)


def wish(account: Account) -> Wanted:
    return Wanted.objects.get(kind="account", key=account.login)


def wished(account: Account) -> Any:
    spec = wish(account).spec
    assert spec is not None
    return spec.get("php_extensions", {})


def refused(account: Account, *names: str, **given: Any) -> EssaimError:
    with pytest.raises(EssaimError) as found:
        actions.choose_extensions(account, **{"version": "8.2", "names": names, "by": None, **given})
    return found.value


def test_what_is_chosen_reaches_the_machine_and_the_trail(account: Account) -> None:
    owner = make_person(client=account.client)
    account = actions.choose_extensions(account, version="8.2", names=["redis", "apcu", "apcu"], by=owner)
    assert wished(account) == {"8.2": ["apcu", "redis"]}
    line = AuditLine.objects.get(code="hosting.extensions_chosen")
    assert (line.person, line.facts["extensions"]) == (owner, "apcu, redis")
    account = actions.choose_extensions(account, version="8.4", names=["apcu"], by=owner)
    account = actions.choose_extensions(account, version="8.2", names=[], by=owner)
    assert wished(account) == {"8.4": ["apcu"]}


@pytest.mark.parametrize(
    ("names", "given", "code", "said"),
    [
        (["none"], {}, "hosting.extension_unknown", "none is no PHP extension that can be chosen here."),
        (["xdebug"], {}, "hosting.extension_not_offered", "The offer “Standard” does not have the PHP extension xdebug."),
        (["redis"], {"version": "8.4"}, "hosting.extension_not_here", "PHP 8.4 on {machine} does not have the extension redis."),
        (["apcu"], {"version": "5.6"}, "hosting.php_unknown", "PHP 5.6 is not offered."),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_refused_in_words(
    account: Account, names: list[str], given: Any, code: str, said: str
) -> None:
    refusal = refused(account, *names, **given)
    assert (refusal.code, str(refusal)) == (code, said.format(machine=account.machine.name))
    assert wished(account) == {}


def test_a_reader_chooses_nothing(account: Account) -> None:
    reader = make_person(client=account.client, role=Membership.Role.READER)
    assert refused(account, "apcu", by=reader).http_status == 403


def test_a_closed_account_chooses_nothing(account: Account) -> None:
    actions.close_account(account, by=None)
    assert refused(account, "apcu").code == "hosting.account_not_active"


def test_what_is_no_longer_offered_is_left_out_and_said(account: Account) -> None:
    account = actions.choose_extensions(account, version="8.2", names=["apcu", "redis"], by=None)
    actions.change_offer(usual_offer(), by=None, php_extensions=["apcu"])
    assert follow_offers() == 1
    assert wished(account) == {"8.2": ["apcu"]}
    account.offer.refresh_from_db()
    (row,) = of_account(account, [])
    assert (row.loaded, row.left_out, row.choices) == (["apcu"], ["redis"], ["apcu"])


def test_what_its_machine_has_no_more_is_said_too(account: Account) -> None:
    account = actions.choose_extensions(account, version="8.2", names=["redis"], by=None)
    account.machine.facts["php_extensions"] = "8.2:apcu"
    (row,) = of_account(account, [make_site(account)])
    assert (row.loaded, row.left_out, row.sites) == ([], ["redis"], 1)


def test_the_same_once_more_has_them_tried_again(account: Account) -> None:
    account = actions.choose_extensions(account, version="8.2", names=["apcu"], by=None)
    before = wish(account).revision
    account = actions.choose_extensions(account, version="8.2", names=["apcu"], by=None)
    spec = wish(account).spec or {}
    assert (wish(account).revision > before, spec["php_extensions_again"]) == (True, 1)
    actions.choose_extensions(account, version="8.4", names=[], by=None)
    assert (wish(account).spec or {}) == spec


def test_php_that_did_not_stay_up_with_them_is_shown_where_they_are_chosen(account: Account) -> None:
    account = actions.choose_extensions(account, version="8.2", names=["redis"], by=None)
    facts = {"version": "8.2", "login": account.login, "names": "redis"}
    answer(wish(account), "failed", code="account.extensions_crash", sentence="It crashed.", facts=facts)
    (row,) = of_account(account, [])
    assert row.trouble is not None
    assert row.trouble.said == f"PHP 8.2 of {account.login} did not stay up with redis: it was started without."


def test_reads_cost_one_query_where_something_was_chosen(account: Account, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        of_account(account, [])
    account = actions.choose_extensions(account, version="8.2", names=["redis"], by=None)
    with django_assert_num_queries(1):
        of_account(account, [])


def test_an_offer_has_what_there_is_and_nothing_else() -> None:
    make_machine()
    with pytest.raises(EssaimError) as found:
        actions.change_offer(usual_offer(), by=None, php_extensions=["apcu", "imap"])
    assert str(found.value) == "imap is no PHP extension that an offer could have."
    offer = actions.create_offer(slug="large", name="Large", by=None, php_extensions=[" XDEBUG", "apcu"])
    assert offer.php_extensions == ["apcu", "xdebug"]
