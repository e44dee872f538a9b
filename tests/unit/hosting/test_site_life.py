"""A site from its order to its erasure, told by wishes and answers."""

import pytest

from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Site
from tests.unit.factories import answer, make_machine, make_person, make_site, seen

pytestmark = pytest.mark.django_db


def wish(kind: str, site: Site) -> Wanted:
    return Wanted.objects.get(kind=kind, key=site.fqdn)


def prove(site: Site, **details: object) -> Site:
    answer(wish("site", site))
    answer(wish("probe", site), probes=seen(), **details)
    site.refresh_from_db()
    return site


@pytest.fixture
def prober() -> object:
    return make_machine("outside1", roles=["prober"])


def test_an_order_waits_for_its_machine() -> None:
    site = make_site()

    assert (site.state, site.health) == ("active", "waiting")
    assert wish("site", site).spec["fqdn"] == site.fqdn


def test_a_site_is_live_once_it_was_proved_from_outside(prober: object) -> None:
    site = make_site()

    answer(wish("site", site))
    site.refresh_from_db()
    assert site.health == "proving"

    answer(wish("probe", site), probes=seen())
    site.refresh_from_db()
    assert site.health == "live"
    assert site.proved_revision == wish("site", site).revision
    assert site.live_seconds is not None


def test_closing_erases_nothing_and_restoring_brings_all_back(prober: object) -> None:
    site = prove(make_site(aliases=["www.again.example.test"]))
    team = make_person(is_team=True)

    site = actions.close_site(site, by=team)
    assert wish("site", site).spec is None
    assert not wish("site", site).erase
    assert prove(site).health == "off"

    site = actions.restore_site(site, by=team)
    assert wish("site", site).spec["aliases"] == ["www.again.example.test"]
    assert prove(site).health == "live"
