"""An account from its placement to its erasure."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from essaim.manager.core.errors import EssaimError, NotAllowed
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.errors import NoMachineFree
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting import actions, jobs
from essaim.manager.hosting.errors import (
    AccountNotActive,
    AccountNotClosed,
    LimitRefused,
    LoginMalformed,
    LoginTaken,
    SuspendedByTeam,
)
from essaim.manager.hosting.models import Account, Site
from tests.unit.factories import answer, make_account, make_client, make_machine, make_person, make_site
from tests.unit.hosting.wishes import prove, wish

pytestmark = pytest.mark.django_db


def account_wish(account: Account) -> Wanted:
    return Wanted.objects.get(kind="account", key=account.login)


def test_an_account_is_placed_where_there_is_most_room_and_says_why() -> None:
    make_machine("small", capacity_accounts=2)
    make_machine("large", capacity_accounts=50)

    account = make_account(make_client("atelier"))

    assert (account.machine.name, account.login, account.uid) == ("large", "atelier", 20_000)
    assert account.placed_said == "large has the most room: 0 of 50 accounts, among 2 web machines."
    with translation.override("fr"):
        assert account.placed_said == "large a le plus de place\u202f: 0 sur 50 hébergements, parmi 2 machines web."
    spec = account_wish(account).spec
    assert (spec["login"], spec["uid"], spec["quota_bytes"]) == ("atelier", 20_000, 10 * 1024**3)


def test_a_machine_that_alone_has_room_is_not_compared_with_others() -> None:
    make_machine("large", capacity_accounts=50)

    said = make_account().placed_said

    assert said == "large is the only web machine with room: 0 of 50 accounts."


def test_without_a_machine_nothing_is_created() -> None:
    with pytest.raises(NoMachineFree):
        actions.create_account(client=make_client(), by=None)

    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("slug", "logins"),
    [
        ("atelier", ["atelier", "atelier2", "atelier3"]),
        ("2-bis", ["c-2-bis", "c-2-bis2"]),
        ("a", ["a1", "a12"]),
        ("root", ["root2", "root3"]),
        ("a-very-long-name-of-an-association", ["a-very-long-name-of", "a-very-long-name-of2"]),
    ],
)
def test_a_login_is_made_from_the_clients_identifier(slug: str, logins: list[str]) -> None:
    client = make_client(slug)

    assert [make_account(client).login for _ in logins] == logins


@pytest.mark.parametrize(
    ("login", "refusal", "sentence"),
    [
        ("Été", LoginMalformed, "“Été” cannot be a login."),
        ("a--b", LoginMalformed, "“a--b” cannot be a login."),
        ("x" * 25, LoginMalformed, f"“{'x' * 25}” cannot be a login."),
        ("../etc", LoginMalformed, "“../etc” cannot be a login."),
        ("www-data", LoginTaken, "The login www-data is already taken."),
        ("present", LoginTaken, "The login present is already taken."),
    ],
)
def test_a_login_is_refused_in_words(login: str, refusal: type[EssaimError], sentence: str) -> None:
    make_account(login="present")

    with pytest.raises(refusal) as refused:
        make_account(login=login)
    assert (str(refused.value), refused.value.field) == (sentence, "login")


def test_a_user_id_is_never_given_twice() -> None:
    first, last = make_account(), make_account()
    actions.erase_account(actions.close_account(last, by=None), by=None)

    assert make_account().uid == first.uid + 2


def test_a_login_is_free_again_once_its_home_was_erased() -> None:
    account = make_account(login="atelier")
    wanted = account_wish(account)
    actions.erase_account(actions.close_account(account, by=None), by=None)
    with pytest.raises(LoginTaken):
        make_account(login="atelier")
    assert make_account(make_client("atelier")).login == "atelier2"

    wanted.refresh_from_db()
    answer(wanted)

    assert make_account(login="atelier").uid > account.uid


def test_limits_are_the_teams_to_give() -> None:
    account = make_account()
    owner, team = make_person(client=account.client), make_person(is_team=True)

    for act in (
        lambda by: actions.create_account(client=account.client, by=by, quota_bytes=20 * 1024**3),
        lambda by: actions.change_account(account, by=by, processes=128),
    ):
        with pytest.raises(NotAllowed):
            act(owner)
        assert act(team).pk

    assert account_wish(account).spec["processes"] == 128


def test_a_limit_beyond_reason_names_its_field() -> None:
    with pytest.raises(LimitRefused) as refused:
        actions.change_account(make_account(), by=None, memory_bytes=1)

    assert (refused.value.field, str(refused.value)) == ("memory_bytes", "A limit of 1 is not possible.")
    assert refused.value.advice == "Between 67108864 and 274877906944."


def test_an_owner_orders_an_account_and_a_reader_does_not() -> None:
    make_machine()
    client = make_client()

    assert actions.create_account(client=client, by=make_person(client=client, role="manager")).pk
    with pytest.raises(NotAllowed):
        actions.create_account(client=client, by=make_person(client=client, role="reader"))


def test_a_suspended_account_suspends_the_serving_of_its_sites() -> None:
    make_machine("outside1", roles=["prober"])
    site = prove(make_site())

    account = actions.suspend_account(site.account, by=None, reason="Unpaid.")

    assert account_wish(account).spec["suspended"] is True
    assert wish("site", site).spec["suspended"] is True
    site = prove(site)
    assert (site.state, site.health) == ("active", "off")

    actions.resume_account(account, by=None)
    assert "suspended" not in wish("site", site).spec
    assert prove(site).health == "live"


def test_resuming_an_account_resumes_no_site_that_was_suspended_itself() -> None:
    site = make_site()
    actions.suspend_site(site, by=None, reason="Sends spam.")
    account = actions.suspend_account(site.account, by=None, reason="Unpaid.")

    actions.resume_account(account, by=None)

    assert wish("site", site).spec["suspended"] is True


def test_what_the_team_suspended_the_client_does_not_resume_close_over_or_erase() -> None:
    account = make_account(login="atelier")
    owner = make_person(client=account.client)
    actions.suspend_account(account, by=make_person(is_team=True), reason="Abuse.")

    for act in (actions.resume_account, actions.erase_account):
        with pytest.raises(SuspendedByTeam) as refused:
            act(account, by=owner)
        assert str(refused.value) == "atelier was suspended by the team: Abuse."
    actions.close_account(account, by=owner)
    with pytest.raises(SuspendedByTeam):
        actions.erase_account(account, by=owner)
    assert actions.restore_account(account, by=owner).state == "suspended"


def test_only_a_closed_account_is_erased_whoever_asks() -> None:
    site = make_site(make_account(login="atelier"))
    team = make_person(is_team=True)
    suspended = actions.suspend_account(make_account(login="reserve"), by=None, reason="Unpaid.")

    for account, by in ((site.account, None), (site.account, team), (suspended, team)):
        with pytest.raises(AccountNotClosed) as refused:
            actions.erase_account(account, by=by)
        assert str(refused.value) == f"The account {account.login} is not closed: nothing of it is erased."
    assert "30 days" in refused.value.advice
    assert (Account.objects.count(), account_wish(site.account).erase) == (2, False)


def test_an_account_is_not_erased_over_a_site_that_the_team_suspended() -> None:
    site = make_site()
    owner = make_person(client=site.account.client)
    actions.suspend_site(site, by=make_person(is_team=True), reason="Abuse.")

    account = actions.close_account(site.account, by=owner)

    with pytest.raises(SuspendedByTeam):
        actions.erase_account(account, by=owner)

    assert Account.objects.exists()
    assert Site.objects.exists()


def test_closing_keeps_every_site_as_it_was() -> None:
    account = make_account()
    kept, suspended = make_site(account), make_site(account)
    actions.suspend_site(suspended, by=None, reason="Works.")

    account = actions.close_account(account, by=None)
    assert account_wish(account).spec["suspended"] is True
    assert {wish("site", site).spec is None for site in (kept, suspended)} == {True}
    with pytest.raises(AccountNotActive):
        actions.suspend_account(account, by=None, reason="Because.")

    actions.restore_account(account, by=None)
    assert "suspended" not in wish("site", kept).spec
    assert wish("site", suspended).spec["suspended"] is True


def test_a_closed_account_is_erased_with_its_sites_when_its_time_is_over() -> None:
    site = make_site()
    account = actions.close_account(site.account, by=None)
    assert jobs.erase_closed() == 0
    Account.objects.update(erase_after=timezone.now() - timedelta(seconds=1))

    assert jobs.erase_closed() == 1

    assert not Account.objects.exists()
    wanted = account_wish(account)
    assert (wanted.spec, wanted.erase, wish("site", site).erase) == (None, True, True)
    line = AuditLine.objects.get(code="hosting.account_erased")
    assert (line.who, line.facts["uid"]) == ("essaim", account.uid)


def test_a_draining_machine_keeps_its_accounts_and_takes_none() -> None:
    account = make_account()
    Machine.objects.update(state=Machine.State.DRAINING)

    assert make_site(account).pk
    with pytest.raises(NoMachineFree):
        actions.create_account(client=account.client, by=None)


def test_an_account_whose_number_is_anothers_on_its_machine_gets_the_next() -> None:
    account = make_account(make_client("atelier"))

    answer(account_wish(account), outcome="failed", code="account.uid_taken")

    account.refresh_from_db()
    assert account.uid == 20_001
    assert account_wish(account).spec["uid"] == 20_001
    assert AuditLine.objects.filter(code="hosting.account_renumbered", about_key="atelier").count() == 1


def test_an_account_that_was_made_once_keeps_its_number_whatever_its_machine_says() -> None:
    account = make_account(make_client("atelier"))
    answer(account_wish(account))

    answer(account_wish(account), outcome="failed", code="account.uid_taken")

    account.refresh_from_db()
    assert account.uid == 20_000


def test_a_login_whose_home_a_machine_keeps_of_a_lost_account_is_given_to_nobody() -> None:
    client = make_client("atelier")
    make_machine()
    Machine.objects.update(strangers={"account.atelier": 7, "account.atelier2": 8, "site.atelier3.example.test": 9})

    with pytest.raises(LoginTaken):
        actions.create_account(client=client, by=None, login="atelier")
    assert actions.create_account(client=client, by=None).login == "atelier3"


def test_what_a_revoked_machine_keeps_takes_no_login() -> None:
    client = make_client("atelier")
    make_machine("gone")
    Machine.objects.update(state=Machine.State.REVOKED, strangers={"account.atelier": 7})
    make_machine()

    assert actions.create_account(client=client, by=None).login == "atelier"
