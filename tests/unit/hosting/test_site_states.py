"""A site suspended, closed, restored and erased."""

from datetime import timedelta

import pytest
from django.utils import timezone

from essaim.manager.core.errors import ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Machine, StoryLine, Wanted
from essaim.manager.hosting import actions, jobs
from essaim.manager.hosting.errors import (
    SiteNotActive,
    SiteNotClosed,
    SiteNotFound,
    SuspendedByTeam,
)
from essaim.manager.hosting.models import Site
from tests.unit.factories import answer, make_person, make_site, seen
from tests.unit.hosting.wishes import prove, wish

pytestmark = pytest.mark.django_db


def test_suspending_needs_a_reason_and_is_proved_off(prober: Machine) -> None:
    site = prove(make_site())
    with pytest.raises(ReasonMissing):
        actions.suspend_site(site, by=None, reason="  ")

    site = actions.suspend_site(site, by=None, reason="Sends spam.")

    assert (site.state, site.suspended_reason) == ("suspended", "Sends spam.")
    assert wish("site", site).spec["suspended"] is True
    answer(wish("site", site))
    assert wish("probe", site).spec["expect"] == "suspended"
    answer(wish("probe", site), probes=seen())
    site.refresh_from_db()
    assert site.health == "off"
    assert prove(actions.resume_site(site, by=None)).health == "live"


def test_suspending_twice_is_suspending_once() -> None:
    site = make_site()
    actions.suspend_site(site, by=None, reason="First.")

    actions.suspend_site(site, by=None, reason="Second.")

    assert AuditLine.objects.filter(code="hosting.site_suspended").count() == 1


def test_what_the_team_suspended_a_client_neither_resumes_nor_erases() -> None:
    site = make_site(name="one.example.test")
    owner, team = make_person(client=site.account.client), make_person(is_team=True)
    actions.suspend_site(site, by=owner, reason="Works.")
    site = actions.suspend_site(site, by=team, reason="Sends spam.")

    for act in (actions.resume_site, actions.erase_site):
        with pytest.raises(SuspendedByTeam) as refused:
            act(site, by=owner)
        assert str(refused.value) == "one.example.test was suspended by the team: Sends spam."

    assert actions.resume_site(site, by=team).state == "active"


def test_closing_and_restoring_does_not_lift_a_suspension() -> None:
    site = make_site()
    owner = make_person(client=site.account.client)
    actions.suspend_site(site, by=None, reason="Sends spam.")

    actions.close_site(site, by=owner)
    site = actions.restore_site(site, by=owner)

    assert (site.state, site.suspended_reason) == ("suspended", "Sends spam.")
    assert wish("site", site).spec["suspended"] is True


def test_closing_erases_nothing_and_restoring_brings_all_back(prober: Machine, acme: None) -> None:
    site = prove(make_site(name="one.example.test", aliases=["www.one.example.test"]))

    site = actions.close_site(site, by=None)
    assert (wish("site", site).spec, wish("site", site).erase) == (None, False)
    assert wish("certificate", site).spec is None
    assert 29 <= (site.erase_after - timezone.now()).days <= 30
    answer(wish("site", site))
    assert wish("probe", site).spec["expect"] == "gone"
    assert prove(site).health == "off"

    site = actions.restore_site(site, by=None)
    assert (site.state, site.closed_at, site.erase_after) == ("active", None, None)
    assert wish("site", site).spec["aliases"] == ["www.one.example.test"]
    assert prove(site).health == "live"


def test_a_closed_site_is_erased_when_its_time_is_over() -> None:
    young, old = make_site(), make_site()
    for site in (young, old):
        actions.close_site(site, by=None)
    Site.objects.filter(pk=old.pk).update(erase_after=timezone.now() - timedelta(seconds=1))

    assert jobs.erase_closed() == 1

    assert list(Site.objects.values_list("pk", flat=True)) == [young.pk]
    assert (wish("site", old).spec, wish("site", old).erase) == (None, True)


def test_what_was_restored_in_time_is_not_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    site, other = make_site(), make_site()
    for closed in (site, other):
        actions.close_site(closed, by=None)
    Site.objects.update(erase_after=timezone.now() - timedelta(seconds=1))
    erase = jobs.erase_site

    def restoring_the_other(row: Site, **details: object) -> None:
        actions.restore_site(other, by=None)
        erase(row, **details)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "erase_site", restoring_the_other)

    assert jobs.erase_closed() == 1
    assert list(Site.objects.values_list("pk", "state")) == [(other.pk, "active")]


def test_one_that_cannot_be_erased_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for site in (make_site(), make_site()):
        actions.close_site(site, by=None)
    Site.objects.update(erase_after=timezone.now() - timedelta(seconds=1))
    erase, tried = jobs.erase_site, []

    def failing_once(row: Site, **details: object) -> None:
        tried.append(row.pk)
        if len(tried) == 1:
            raise RuntimeError("a bug")
        erase(row, **details)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "erase_site", failing_once)

    assert jobs.erase_closed() == 1
    assert list(Site.objects.values_list("pk", flat=True)) == tried[:1]


def test_only_a_closed_site_is_erased_whoever_asks() -> None:
    site = make_site(name="one.example.test")
    team = make_person(is_team=True)
    suspended = actions.suspend_site(make_site(name="two.example.test"), by=None, reason="Unpaid.")

    for each, by in ((site, None), (site, team), (suspended, team)):
        with pytest.raises(SiteNotClosed) as refused:
            actions.erase_site(each, by=by)
        assert str(refused.value) == f"The site {each.fqdn} is not closed: nothing of it is erased."
    assert "30 days" in refused.value.advice
    assert (Site.objects.count(), wish("site", site).erase) == (2, False)


def test_erasing_leaves_the_trail_and_the_story(prober: Machine, acme: None) -> None:
    site = prove(make_site(name="one.example.test"))
    person = make_person(client=site.account.client)

    actions.erase_site(actions.close_site(site, by=person), by=person)

    assert not Site.objects.exists()
    assert wish("site", site).erase
    assert {w.kind: w.spec for w in Wanted.objects.filter(key=site.fqdn)} == {
        "site": None,
        "certificate": None,
        "probe": None,
    }
    assert AuditLine.objects.get(code="hosting.site_erased").who == person.email
    assert StoryLine.objects.filter(about_key=site.fqdn, what="decided").count() == 3
    with pytest.raises(SiteNotFound):
        actions.close_site(site, by=None)


def test_a_closed_site_is_neither_changed_nor_suspended() -> None:
    site = actions.close_site(make_site(name="one.example.test"), by=None)

    for act in (
        lambda: actions.change_site(site, by=None, docroot="x"),
        lambda: actions.suspend_site(site, by=None, reason="x"),
        lambda: actions.resume_site(site, by=None),
    ):
        with pytest.raises(SiteNotActive) as refused:
            act()
        assert str(refused.value) == "The site one.example.test is closed."
