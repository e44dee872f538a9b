"""What machines counted: taken in whole, whoever says it, in constant queries; shown by hour, day and week; forgotten in time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from essaim import contract
from essaim.contract.numbers import DAY_S, HOUR_S, step_of
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.numbers import numbers_of
from essaim.manager.hosting.numbers_jobs import forget_old_numbers
from essaim.manager.hosting.numbers_models import SiteDay, SiteHour, SiteTop
from tests.unit import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make.make_site(name="a.example.test")


def hour(*, ago: int = 0, requests: int = 10, **changed: object) -> contract.Sum:
    now = int(timezone.now().timestamp())
    said = {
        "start": now - now % HOUR_S - ago * HOUR_S,
        "requests": requests,
        "statuses": {"2": requests},
        "times": {step_of(0.02): requests},
    }
    return contract.Sum(**(said | changed))


def day(*, ago: int = 0, requests: int = 10, **changed: object) -> contract.Sum:
    now = int(timezone.now().timestamp())
    return hour(start=now - now % DAY_S - ago * DAY_S, requests=requests, **changed)


def say(site: Site, *, machine: Machine | None = None, **numbers: object) -> None:
    """A machine's message through the worker's own way in."""
    machine = Machine.objects.get(pk=(machine or site.account.machine).pk)
    one = contract.SiteNumbers(fqdn=site.fqdn, **numbers)
    sequence = machine.report_sequence + 1
    message = contract.Numbers(id=f"{machine.pk}-{sequence}", sites=(one,))
    jobs.take_in(machine.name, [(sequence, contract.encode(message))])


def test_sums_are_kept_and_a_later_whole_takes_the_place_of_the_former(site: Site) -> None:
    say(site, hours=(hour(requests=3),), days=(day(requests=3),))
    say(site, hours=(hour(requests=8),), days=(day(requests=8),))
    assert SiteHour.objects.get().requests == 8
    assert SiteDay.objects.get().requests == 8


def test_an_older_whole_that_comes_late_changes_nothing(site: Site) -> None:
    say(
        site,
        hours=(hour(requests=8),),
        days=(day(requests=8),),
        tops=(contract.Tops(start=day().start, paths={"/new": 8}),),
    )
    say(
        site,
        hours=(hour(requests=3),),
        days=(day(requests=3),),
        tops=(contract.Tops(start=day().start, paths={"/old": 3}),),
    )
    assert SiteHour.objects.get().requests == 8
    assert SiteTop.objects.get().paths == {"/new": 8}


def test_a_machine_says_nothing_of_anothers_sites(site: Site) -> None:
    say(site, machine=make.make_machine("elsewhere"), hours=(hour(),))
    assert not SiteHour.objects.exists()


@pytest.mark.parametrize("start", [0, -1, 10**18, int(datetime(2099, 1, 1, tzinfo=UTC).timestamp())])
def test_times_that_cannot_be_are_not_believed(site: Site, start: int) -> None:
    say(site, hours=(hour(start=start),), days=(hour(start=start),))
    assert not SiteHour.objects.exists()
    assert not SiteDay.objects.exists()


def test_a_machine_takes_no_more_room_than_it_may(site: Site) -> None:
    odd = {
        "statuses": {"2": 1, "x" * 1000: 1},
        "times": {5: 1, 10**6: 1, -1: 1},
        "states": {"A" * 100: 1, "limited": 10**30},
    }
    tops = contract.Tops(start=day().start, paths={f"/{n}\0" + "x" * 5000: n for n in range(500)})
    say(site, hours=(hour(requests=-4, **odd),), days=(day(**odd),), tops=(tops,))
    row = SiteHour.objects.get()
    assert (row.requests, row.statuses, row.times, row.states) == (0, {"2": 1}, {"5": 1}, {"limited": 2**53})
    kept = SiteTop.objects.get().paths
    assert len(kept) == 10
    assert max(map(len, kept)) <= 200


def test_queries_do_not_grow_with_sites(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    account = make.make_account()
    sites = [make.make_site(account) for _ in range(30)]
    machine = account.machine
    told = tuple(
        contract.SiteNumbers(
            fqdn=one.fqdn,
            hours=(hour(), hour(ago=1)),
            days=(day(),),
            tops=(contract.Tops(start=day().start, paths={"/": 1}),),
        )
        for one in sites
    )
    data = contract.encode(contract.Numbers(id="x", sites=told))
    with django_assert_num_queries(10):  # three of them the transaction's own
        jobs.take_in(machine.name, [(1, data)])
    assert SiteHour.objects.count() == 60


def test_numbers_travel_in_portions_of_their_own() -> None:
    numbers = contract.encode(contract.Numbers(id="x", sites=()))
    batch = contract.encode(contract.Batch(id="y", reports=()))
    assert [len(some) for some in jobs.portions([(1, batch), (2, numbers), (3, batch)])] == [2, 1]


def test_a_day_is_shown_by_hour_a_month_by_day_and_a_year_by_week(site: Site) -> None:
    say(site, hours=(hour(requests=4),), days=(day(requests=4), day(ago=20, requests=6), day(ago=300, requests=5)))
    today, month, year = (numbers_of(site, days=days) for days in (1, 30, 365))
    assert (today.part_hours, today.total.requests) == (1, 4)
    assert (month.part_hours, len(month.parts), month.total.requests) == (24, 30, 10)
    assert (year.part_hours, len(year.parts), year.total.requests) == (168, 53, 15)
    assert sum(part.requests for part in year.parts) == 15
    assert year.parts[-1].requests == 4


def test_a_page_of_numbers_asks_twice_however_much_there_is(
    site: Site, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    say(site, hours=tuple(hour(ago=n) for n in range(100)), days=tuple(day(ago=n) for n in range(100)))
    for days in (1, 7, 30, 365):
        with django_assert_num_queries(2):
            numbers_of(site, days=days)


def test_figures_add_up(site: Site) -> None:
    slow = hour(ago=1, requests=1, statuses={"5": 1}, times={step_of(4): 1}, sent_bytes=7, states={"limited": 1})
    say(site, hours=(hour(requests=9, statuses={"2": 6, "3": 1, "4": 1, "0": 1}, sent_bytes=5), slow))
    total = numbers_of(site, days=7).total
    assert (total.requests, total.served, total.refused, total.failed, total.unanswered, total.sent_bytes) == (
        10,
        7,
        1,
        1,
        1,
        12,
    )
    assert total.p50 == pytest.approx(0.02, rel=0.1)
    assert total.p95 == pytest.approx(4, rel=0.1)
    assert total.states == {"limited": 1}


def test_the_busiest_of_several_days_are_added_up(site: Site) -> None:
    tops = (
        contract.Tops(start=day().start, paths={"/a": 5, "/b": 4}),
        contract.Tops(start=day(ago=1).start, paths={"/b": 3}),
    )
    say(site, days=(day(), day(ago=1)), tops=tops)
    assert numbers_of(site, days=7).paths == [("/b", 7), ("/a", 5)]
    assert numbers_of(site, days=1).paths == [("/a", 5), ("/b", 4)]


def test_nobody_is_nothing(site: Site) -> None:
    found = numbers_of(site, days=30)
    assert (found.total.requests, found.total.p95, found.paths) == (0, None, [])


def test_numbers_are_forgotten_in_time(site: Site) -> None:
    now = timezone.now()
    for days in (7, 9):
        SiteHour.objects.create(site=site, start=now - timedelta(days=days))
    for days in (30, 36, 759, 762):
        SiteDay.objects.create(site=site, day=(now - timedelta(days=days)).date())
        SiteTop.objects.create(site=site, day=(now - timedelta(days=days)).date())
    forget_old_numbers()
    assert (SiteHour.objects.count(), SiteDay.objects.count(), SiteTop.objects.count()) == (1, 3, 1)
