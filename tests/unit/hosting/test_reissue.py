"""Certificates ordered anew before their time, and which clients may come over HTTPS."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from essaim.manager.core.errors import NotAllowed, ReasonMissing
from essaim.manager.fleet.models import Machine, Wanted
from essaim.manager.hosting import actions, certificate_errors, certificate_jobs, certificate_reads
from essaim.manager.hosting.models import Reissue, Site
from essaim.manager.people.models import Person
from tests.unit import factories as make
from tests.unit.hosting.wishes import wish

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def team(db: None) -> Person:
    return make.make_person(is_team=True)


def served(
    name: str, *, ends_in: int = 60, directory: str = "acme.example.test", machine: Machine | None = None
) -> Site:
    """A site with a certificate in place."""
    account = make.make_account()
    if machine is not None:
        account.machine = machine
        account.save()
    site = make.make_site(account, name)
    make.answer(wish("certificate", site), facts={"directory": directory, "issuer": "Test", "not_after": 1.0})
    ends = timezone.now() + dt.timedelta(days=ends_in)
    Site.objects.filter(pk=site.pk).update(https=Site.Https.LIVE, certificate_not_after=ends)
    return Site.objects.select_related("account__machine").get(pk=site.pk)


def number_of(site: Site) -> int:
    return int((wish("certificate", site).spec or {}).get("reissue", 0))


def test_all_of_an_authority_are_wished_anew_and_https_stays_live(team: Person) -> None:
    ours, others = served("a.example.test"), served("b.example.test", directory="other.example.test")
    order = actions.reissue(by=team, reason="revoked", authority="acme.example.test")

    assert certificate_jobs.advance_reissues() == 1
    assert isinstance(order, Reissue)
    assert (number_of(ours), number_of(others)) == (order.number, 0)
    assert Site.objects.get(pk=ours.pk).https == Site.Https.LIVE
    assert certificate_jobs.advance_reissues() == 0


def test_those_that_end_first_go_first_and_the_rest_follows(team: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_jobs, "AT_ONCE", 1)
    late, soon = served("late.example.test", ends_in=80), served("soon.example.test", ends_in=5)
    actions.reissue(by=team, reason="revoked")
    certificate_jobs.advance_reissues()
    assert (bool(number_of(soon)), bool(number_of(late))) == (True, False)
    certificate_jobs.advance_reissues()
    assert number_of(late)


def test_how_far_it_is_and_when_the_last_turn_comes(team: Person) -> None:
    sites = [served(f"s{n}.example.test") for n in range(4)]
    actions.reissue(by=team, reason="revoked")
    certificate_jobs.advance_reissues()
    turn = timezone.now() + dt.timedelta(hours=2)
    make.answer(wish("certificate", sites[0]), facts={"directory": "acme.example.test"})
    make.answer(
        wish("certificate", sites[1]), "failed", code="certificate.queued", sentence="q", retry_at=turn.timestamp()
    )
    make.answer(wish("certificate", sites[2]), "failed", code="certificate.ca_slow", sentence="s")

    found = certificate_reads.last_reissue()
    assert found is not None
    assert (found.total, found.done, found.queued, found.failing) == (4, 1, 1, 1)
    assert found.last_turn == turn
    assert not found.is_over
    assert Site.objects.get(pk=sites[1].pk).https == Site.Https.LIVE


def test_one_machines_alone(team: Person) -> None:
    here = served("here.example.test", machine=make.make_machine("web8"))
    there = served("there.example.test", machine=make.make_machine("web9"))
    actions.reissue(by=team, reason="its key may be known", machine=there.account.machine)
    certificate_jobs.advance_reissues()
    assert (number_of(here), bool(number_of(there))) == (0, True)


def test_one_site_alone(team: Person) -> None:
    site = served("one.example.test")
    actions.reissue(by=team, reason="its key may be known", site=site)
    assert number_of(site)
    assert not Reissue.objects.exists()


def test_it_is_the_teams_needs_a_reason_something_to_do_and_comes_one_at_a_time(team: Person) -> None:
    with pytest.raises(NotAllowed):
        actions.reissue(by=make.make_person(), reason="because")
    with pytest.raises(ReasonMissing):
        actions.reissue(by=team, reason=" ")
    with pytest.raises(certificate_errors.NothingToReissue):
        actions.reissue(by=team, reason="revoked")
    served("x.example.test")
    actions.reissue(by=team, reason="revoked")
    with pytest.raises(certificate_errors.ReissueUnderWay):
        actions.reissue(by=team, reason="revoked")


def test_old_clients_come_where_the_site_or_the_house_lets_them(db: None, settings: Any) -> None:
    site = make.make_site()

    def told() -> str:
        return str((wish("site", site).spec or {}).get("tls", "modern"))

    assert told() == "modern"
    actions.change_site(site, by=None, tls="intermediate")
    assert told() == "intermediate"
    actions.change_site(site, by=None, tls="")
    assert told() == "modern"
    settings.TLS_PROFILE = "intermediate"
    actions.change_site(site, by=None, https_only=False)
    assert told() == "intermediate"
    actions.change_site(site, by=None, tls="modern")
    assert told() == "modern"
    with pytest.raises(certificate_errors.TlsProfileUnknown):
        actions.change_site(site, by=None, tls="ancient")


def test_machines_share_what_one_contract_with_an_authority_allows(db: None, settings: Any) -> None:
    settings.ACME_DIRECTORY = "https://bound.example.test/dir#kid, https://free.example.test/dir"
    settings.ACME_ORDERS = 300
    for number in range(3):
        make.make_machine(f"web{number + 2}")
    make.make_machine("eye1", roles=["prober"])
    site = make.make_site()
    orders = [one["orders_per_3h"] for one in (wish("certificate", site).spec or {})["directories"]]
    assert orders == [100, 300]
    assert Wanted.objects.filter(kind="certificate").count() == 1
