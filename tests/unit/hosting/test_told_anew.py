"""A database that was restored: what was proved yesterday is not called live until it was proved again."""

import pytest

from essaim.contract import Inventory, encode
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting.models import Site
from tests.unit.factories import answer, make_site, seen
from tests.unit.hosting.wishes import prove, wish

pytestmark = pytest.mark.django_db
AHEAD = 10_000_000


@pytest.fixture
def site(prober: Machine, acme: None) -> Site:
    """Live over HTTPS, as this database knows."""
    site = prove(make_site())
    answer(wish("certificate", site), facts={"not_after": 1_900_000_000.0})
    answer(wish("probe", site), probes=seen(https=True))
    jobs.mark_sent(jobs.due())
    return site


def machine_is_ahead(site: Site, kind: str) -> None:
    """An inventory says so."""
    held = {f"{kind}.{site.fqdn}": wish(kind, site).revision + AHEAD}
    jobs.take_in(site.account.machine.name, [(1, encode(Inventory(revisions=held)))])
    site.refresh_from_db()


def test_a_site_that_its_machine_knows_newer_is_applied_and_proved_again(site: Site) -> None:
    site.refresh_from_db()
    assert (site.health, site.https) == ("live", "live")
    machine_is_ahead(site, "site")
    assert site.health == "waiting"

    answer(wish("site", site))
    site.refresh_from_db()
    assert site.health == "proving"
    probe = wish("probe", site)
    assert probe.spec is not None
    assert probe.spec["site_revision"] == wish("site", site).revision

    answer(probe, probes=seen(https=True))
    site.refresh_from_db()
    assert (site.health, site.proved_revision) == ("live", wish("site", site).revision)


def test_a_certificate_that_its_machine_knows_newer_is_proved_again(site: Site) -> None:
    machine_is_ahead(site, "certificate")
    assert site.https == "pending"

    answer(wish("certificate", site), facts={"not_after": 1_900_000_000.0})
    answer(wish("probe", site), probes=seen(https=True))
    site.refresh_from_db()
    assert site.https == "live"


def test_a_site_without_https_stays_without(site: Site) -> None:
    Site.objects.update(https="none")
    machine_is_ahead(site, "certificate")

    assert site.https == "none"
