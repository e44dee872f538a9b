"""What machines held back: sums taken in whatever order they come, and a flood that people are told of."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from essaim.contract import Defence as Said
from essaim.contract import Fqdn, HeldBack, encode
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import Machine, StoryLine
from essaim.manager.hosting import defence
from essaim.manager.hosting.models import Defence, DefenceSample, Site
from essaim.manager.web.stories import told
from tests.unit.factories import make_account, make_machine, make_site

pytestmark = pytest.mark.django_db
NAME = "one.example.test"
START = datetime.now(UTC) - timedelta(minutes=4)


@pytest.fixture
def site() -> Site:
    make_machine("web1")
    return make_site(make_account(), NAME, aliases=[f"www.{NAME}"])


def said(*held: HeldBack, started: str = "one", after: float = 0) -> Said:
    return Said(started=started, at=(START + timedelta(seconds=after)).timestamp(), sites=held)


def of(name: str = NAME, *, limited: int = 0, held: int = 0, networks: int = 0) -> HeldBack:
    return HeldBack(name=Fqdn(name), limited=limited, held=held, networks=networks)


def hear(*messages: Said) -> Defence:
    machine = Machine.objects.get(name="web1")
    for message in messages:
        defence.take_in(machine, message)
    return Defence.objects.get()


def test_sums_that_are_said_twice_count_once(site: Site) -> None:
    row = hear(
        said(of(limited=5, networks=2)), said(of(limited=5, networks=2)), said(of(limited=8, held=3, networks=3))
    )
    assert (row.limited, row.held, row.networks) == (8, 3, 3)
    assert DefenceSample.objects.count() == 2


def test_a_machine_that_counts_anew_begins_at_nought(site: Site) -> None:
    row = hear(said(of(limited=50)), said(of(limited=7), started="two"), said(of(limited=9), started="two"))
    assert row.limited == 59


def test_an_alias_counts_for_its_site_beside_its_name(site: Site) -> None:
    both = said(of(limited=5), of(f"www.{NAME}", limited=4))
    row = hear(both, said(of(f"www.{NAME}", limited=6)))
    assert row.limited == 11


def test_a_name_that_is_no_site_of_the_machine_changes_nothing(site: Site) -> None:
    make_machine("web2")
    defence.take_in(Machine.objects.get(name="web2"), said(of(limited=5)))
    defence.take_in(Machine.objects.get(name="web1"), said(of("other.example.test", limited=5)))
    assert not Defence.objects.exists()


def test_the_worker_takes_in_what_a_machine_says(site: Site) -> None:
    jobs.take_in("web1", [(1, encode(said(of(limited=5))))])
    jobs.take_in("web1", [(1, encode(said(of(limited=9))))])  # late: what came after it is newer
    assert Defence.objects.get().limited == 5


def flood(seconds: int, each: int = 2_000) -> list[Said]:
    """Every twenty seconds, so many requests a second."""
    return [said(of(limited=each * n, networks=40), after=n) for n in range(20, seconds + 1, 20)]


def test_a_flood_is_told_once_after_two_minutes(site: Site) -> None:
    row = hear(*flood(80))
    assert not defence.is_flooded(row)
    row = hear(*flood(200))
    assert defence.is_flooded(row)
    lines = StoryLine.objects.filter(about_key=NAME, code=defence.FLOODED)
    assert [told(line).partition(",")[0] for line in lines] == ["The site is being flooded: about 2"]


def test_a_crowd_is_no_flood_and_a_flood_that_ended_is_over(site: Site) -> None:
    assert not defence.is_flooded(hear(*flood(200, each=5)))
    row = hear(*flood(200, each=3_000))
    Defence.objects.update(told_at=START - timedelta(minutes=10))
    row.refresh_from_db()
    assert not defence.is_flooded(row)


def test_the_shield_goes_up_by_itself_only_where_the_operator_chose_so(site: Site, settings: Settings) -> None:
    hear(*flood(200))
    site.refresh_from_db()
    assert site.shield == ""
    Defence.objects.all().delete()
    settings.SHIELD_AUTOMATIC = "calm"
    hear(*flood(200))
    site.refresh_from_db()
    assert site.shield == "calm"
    assert site.shield_until is not None


def test_what_was_held_back_long_ago_is_forgotten(site: Site) -> None:
    hear(*flood(60))
    DefenceSample.objects.filter(at__lt=START + timedelta(seconds=30)).update(at=START - timedelta(days=3))
    defence.forget_old()
    assert DefenceSample.objects.count() == 2
    assert defence.held_from(site).requests == 120_000
