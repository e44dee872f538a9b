"""What is seen by whom, in how many queries."""

from datetime import timedelta

import pytest
from django.db import connection

from essaim.manager.fleet.models import StoryLine
from essaim.manager.hosting import actions, queries
from essaim.manager.hosting.errors import AccountNotFound, SiteNotFound, StateUnknown
from essaim.manager.hosting.models import Site
from essaim.manager.people.models import Person
from tests.unit.factories import answer, make_account, make_client, make_machine, make_person, make_site, seen
from tests.unit.hosting.wishes import prove, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Person:
    return make_person(is_team=True)


def names(page: queries.Page) -> list[str]:
    return [site.fqdn for site in page.sites]


def test_absent_and_hidden_sound_the_same() -> None:
    site = make_site(name="one.example.test")
    stranger = make_person(client=make_client())

    told = []
    for fqdn in ("one.example.test", "two.example.test"):
        with pytest.raises(SiteNotFound) as refused:
            queries.get_site(fqdn, seen_by=stranger)
        told.append(str(refused.value).replace(fqdn, "X") + refused.value.advice)
    assert told[0] == told[1]
    told = []
    for login in (site.account.login, "nobody"):
        with pytest.raises(AccountNotFound) as refused_account:
            queries.get_account(login, seen_by=stranger)
        told.append(str(refused_account.value).replace(login, "X") + refused_account.value.advice)
    assert told[0] == told[1]


def test_people_see_their_clients_own_and_the_team_sees_all(team: Person) -> None:
    site = make_site(name="one.example.test")
    make_site(name="two.example.test")
    reader = make_person(client=site.account.client, role="reader")

    assert names(queries.find_sites(reader)) == ["one.example.test"]
    assert names(queries.find_sites(team)) == ["one.example.test", "two.example.test"]
    assert [account.login for account in queries.accounts_visible_to(reader)] == [site.account.login]


def test_a_person_of_two_clients_sees_each_site_once() -> None:
    first, second = make_site(name="one.example.test"), make_site(name="two.example.test")
    person = make_person(client=first.account.client)
    person.clients.add(second.account.client)

    assert names(queries.find_sites(person)) == ["one.example.test", "two.example.test"]


def test_who_may_no_longer_sign_in_sees_nothing(team: Person) -> None:
    make_site()
    team.is_active = False

    assert names(queries.find_sites(team)) == []
    assert queries.story_of_name("one.example.test", seen_by=team) == []


def test_a_site_is_found_by_its_name_in_any_spelling(team: Person) -> None:
    make_site(name="café.one.example.test")

    for spelling in ("café.one.example.test", "xn--caf-dma.one.example.test", "XN--caf-dma.One.example.test."):
        assert queries.get_site(spelling, seen_by=team).name_unicode == "café.one.example.test"


def test_sites_are_found_by_name_client_login_state_and_health(team: Person) -> None:
    site = make_site(make_account(make_client("atelier", name="Atelier du Nord"), login="nord"), "one.example.test")
    closed = actions.close_site(make_site(name="two.example.test"), by=None)

    for asked in ({"text": "NE.ex"}, {"text": "du nord"}, {"text": "nor"}, {"client": "atelier"}, {"state": "active"}):
        assert names(queries.find_sites(team, **asked)) == [site.fqdn], asked  # type: ignore[arg-type]
    assert names(queries.find_sites(team, state="closed")) == [closed.fqdn]
    assert len(queries.find_sites(team, state="waiting").sites) == 2
    assert names(queries.find_sites(team, text="100%")) == []


def test_pages_follow_each_other_without_a_gap(team: Person) -> None:
    account = make_account()
    every = sorted(make_site(account, f"{number}.one.example.test").fqdn for number in range(7))

    got: list[str] = []
    cursor, pages = "", 0
    while True:
        page = queries.find_sites(team, after=cursor, limit=3)
        got += names(page)
        pages += 1
        cursor = page.next_cursor
        if not cursor:
            break

    assert (got, pages) == (every, 3)


@pytest.mark.parametrize("count", [1, 8])
def test_a_page_of_sites_takes_one_query_however_many(
    team: Person, count: int, django_assert_num_queries: object
) -> None:
    for _ in range(count):
        make_site()
    asker = Person.objects.get(pk=team.pk)

    with django_assert_num_queries(1):  # type: ignore[operator]
        page = queries.find_sites(asker, text="example")
        assert all(site.account.client.name and site.account.machine.name for site in page.sites)
    assert len(page.sites) == count


def test_a_clients_page_of_sites_takes_one_query(django_assert_num_queries: object) -> None:
    person = make_person(client=make_site().account.client)

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len(queries.find_sites(person).sites) == 1


def test_a_story_takes_one_query_and_says_who_asked(django_assert_num_queries: object) -> None:
    site = make_site()
    person = make_person(client=site.account.client)
    answer(wish("site", site), seconds=0.02)
    actions.change_site(site, by=person, docroot="public")

    with django_assert_num_queries(1):  # type: ignore[operator]
        story = queries.story_of_site(site)
        who = [line.audit.who for line in story if line.audit]

    assert [line.what for line in story] == ["decided", "applied", "decided"]
    assert who == [person.email, "essaim"]
    assert [line.what for line in queries.story_of_account(site.account)] == ["decided"]


def test_a_former_site_of_the_same_name_is_another_story(team: Person) -> None:
    former = make_site(name="one.example.test")
    actions.erase_site(actions.close_site(former, by=None), by=None, reason="Moved away.")
    answer(wish("site", former))

    site = make_site(name="one.example.test")

    assert [line.what for line in queries.story_of_site(site)] == ["decided"]
    assert len(queries.story_of_name("one.example.test", seen_by=team)) == 5
    assert queries.story_of_name("one.example.test", seen_by=make_person(client=site.account.client)) == []


def test_the_steps_of_a_site_say_how_far_it_has_come(settings: object, django_assert_num_queries: object) -> None:
    settings.ACME_DIRECTORY = "https://acme.example.test/dir"  # type: ignore[attr-defined]
    make_machine("outside1", roles=["prober"])
    site = make_site()

    def states() -> str:
        site.refresh_from_db()
        return " ".join(step.state for step in queries.steps_of_site(site))

    assert states() == "done doing waiting waiting waiting"
    wanted = wish("site", site)
    wanted.sent_revision, wanted.sent_at = wanted.revision, wanted.changed_at
    wanted.save()
    assert states() == "done done doing waiting waiting"
    answer(wish("site", site))
    assert states() == "done done done doing waiting"
    answer(wish("probe", site), probes=seen())
    assert states() == "done done done done doing"
    answer(wish("certificate", site), facts={"not_after": 1_900_000_000})
    answer(wish("probe", site), probes=seen(https=True))
    assert states() == "done done done done done"
    with django_assert_num_queries(1):  # type: ignore[operator]
        steps = queries.steps_of_site(site)
    assert all(step.seconds is not None and step.seconds >= 0 for step in steps[1:])


def test_steps_never_run_backwards_where_two_clocks_differ() -> None:
    site = make_site()
    answer(wish("site", site))
    wanted = wish("site", site)
    asked = wanted.changed_at
    wanted.sent_revision, wanted.sent_at = wanted.revision, asked + timedelta(milliseconds=20)
    wanted.applied_at = asked + timedelta(milliseconds=10)
    wanted.save()

    steps = {step.name: step for step in queries.steps_of_site(site)}

    assert (steps["sent"].seconds, steps["applied"].seconds) == (0.02, 0.02)
    assert steps["applied"].at == steps["sent"].at


def test_a_filter_that_is_misspelt_is_told_so(team: Person) -> None:
    with pytest.raises(StateUnknown) as refused:
        queries.find_sites(team, state="foo")
    assert str(refused.value) == "“foo” is no state of a site."
    assert "suspended" in refused.value.advice
    assert "live" in refused.value.advice


def test_a_step_that_failed_says_why() -> None:
    site = make_site()
    wanted = wish("site", site)
    wanted.sent_revision, wanted.sent_at = wanted.revision, wanted.changed_at
    wanted.save()
    answer(wish("site", site), "failed", sentence="The disk is full.")
    site.refresh_from_db()

    steps = queries.steps_of_site(site)

    assert [step.state for step in steps] == ["done", "done", "failed", "waiting", "none"]
    assert steps[2].sentence == "The disk is full."


def test_the_public_count_is_of_served_sites_and_is_kept_a_while(django_assert_num_queries: object) -> None:
    make_site()
    actions.suspend_site(make_site(), by=None, reason="Because.")
    actions.close_account(make_site().account, by=None)

    assert queries.public_site_count() == 1
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert queries.public_site_count() == 1


def test_proofs_aliases_and_consents_take_one_query_each(django_assert_num_queries: object) -> None:
    make_machine("outside1", roles=["prober"])
    site = prove(make_site(name="one.example.test", aliases=["www.one.example.test"]))
    guest = make_client()
    actions.give_consent(fqdn="shop.one.example.test", owner=site.account.client, guest=guest, by=None)

    with django_assert_num_queries(4):  # type: ignore[operator]
        assert len(queries.proofs_of(site)) == 2
        assert queries.aliases_of(site) == ["www.one.example.test"]
        assert [consent.owner.name for consent in queries.consents_of(guest)] == [site.account.client.name]
        assert [row.fqdn for row in queries.sites_of(site.account)] == [site.fqdn]


def test_an_accounts_sites_stand_in_the_order_of_a_dictionary() -> None:
    account = make_account()
    for name in ("wiki.example.test", "écoute.example.test", "farine.example.test", "eau.example.test"):
        make_site(account, name)

    assert [str(site).partition(".")[0] for site in queries.sites_of(account)] == ["eau", "écoute", "farine", "wiki"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a plan's words are the database's own")
def test_a_story_is_found_by_index() -> None:
    site = make_site()
    plan = StoryLine.objects.filter(about_kind="site", about_key=site.fqdn).explain()

    assert "USING INDEX story_about" in plan
    assert "SCAN" not in Site.objects.filter(fqdn__gt="a").order_by("fqdn")[:50].explain()
