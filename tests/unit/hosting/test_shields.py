"""A site's shield: raised, changed, taken down, ended; what is refused of it; limits that the team widens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from essaim.manager.core.errors import EssaimError, NotAllowed
from essaim.manager.core.models import AuditLine
from essaim.manager.hosting import actions, queries
from essaim.manager.hosting.actions.shields import end_shields
from essaim.manager.hosting.errors import SiteNotActive
from essaim.manager.hosting.models import Defence, Site
from essaim.manager.people.models import Membership
from essaim.manager.web.stories import told
from tests.unit.factories import make_machine, make_person, make_site
from tests.unit.hosting.wishes import wish

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def site() -> Site:
    make_machine("web1")
    return make_site(name="one.example.test")


def story(site: Site) -> str:
    """The newest line."""
    return told(queries.story_of_site(site)[0])


def test_a_raised_shield_is_wished_recorded_and_told(site: Site) -> None:
    site = actions.raise_shield(site, by=None, level="checked", lasts=HOUR, ways=["/api/", "post /hook", "/api/", " "])
    assert site.shield_until is not None
    assert wish("site", site).spec["shield"] == {
        "level": "checked",
        "until": site.shield_until.timestamp(),
        "except": [{"path": "/api/"}, {"path": "/hook", "methods": ["POST"]}],
    }
    assert AuditLine.objects.latest("id").code == "hosting.shield_raised"
    assert story(site).startswith("Essaim raised the shield: checked, until ")
    assert story(site).endswith("without /api/ · POST /hook.")


def test_taking_it_down_tells_what_it_held_back_and_counts_anew(site: Site) -> None:
    actions.raise_shield(site, by=None, level="calm")
    Defence.objects.update(limited=431, held=12_000, networks=312)
    site = actions.lower_shield(site, by=None)
    assert "shield" not in wish("site", site).spec
    assert story(site) == ("Essaim took the shield down: it had held back 12,431 requests, of about 312 networks.")
    assert Defence.objects.get().held == 0


def test_what_is_down_stays_down_and_raising_it_the_same_changes_nothing(site: Site) -> None:
    before = wish("site", site).revision
    actions.lower_shield(site, by=None)
    assert wish("site", site).revision == before
    site = actions.raise_shield(site, by=None, level="calm")
    raised = wish("site", site).revision
    Defence.objects.update(held=5)
    actions.raise_shield(site, by=None, level="calm")
    assert wish("site", site).revision == raised
    actions.raise_shield(site, by=None, level="checked")
    assert wish("site", site).revision > raised
    assert Defence.objects.get().held == 5


def test_a_shield_whose_time_is_over_is_noted_as_down_once(site: Site) -> None:
    actions.raise_shield(site, by=None, level="checked", lasts=HOUR)
    assert end_shields() == 0
    Site.objects.update(shield_until=timezone.now() - timedelta(seconds=1))
    assert end_shields() == 1
    assert end_shields() == 0
    site.refresh_from_db()
    assert site.shield == ""
    assert story(site) == "Essaim took the shield down, for its time was over: it had held nothing back."


def test_ways_are_kept_for_the_next_time_and_given_up_by_an_empty_list(site: Site) -> None:
    actions.raise_shield(site, by=None, level="calm", ways=["/api/"])
    actions.lower_shield(site, by=None)
    assert actions.raise_shield(site, by=None, level="calm").shield_ways == ["/api/"]
    assert actions.raise_shield(site, by=None, level="calm", ways=[]).shield_ways == []


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("api", "hosting.shield_way_malformed"),
        ("/../x", "hosting.shield_way_malformed"),
        ("/a/./b", "hosting.shield_way_malformed"),
        ("FETCH /x", "hosting.shield_way_malformed"),
        ("/x\\y", "hosting.shield_way_malformed"),
        ("/" + "x" * 300, "hosting.shield_way_malformed"),
        ("\n".join(f"/{n}" for n in range(21)), "hosting.shield_ways_too_many"),
    ],
)
def test_a_way_that_is_none_is_refused_and_nothing_is_changed(site: Site, way: str, code: str) -> None:
    with pytest.raises(EssaimError) as refused:
        actions.raise_shield(site, by=None, level="calm", ways=way.splitlines())
    assert refused.value.code == code
    assert refused.value.field == "ways"
    site.refresh_from_db()
    assert site.shield == ""


@pytest.mark.parametrize("seconds", [0, 59, 91 * 86_400])
def test_a_time_that_nobody_means_is_refused(site: Site, seconds: int) -> None:
    with pytest.raises(EssaimError) as refused:
        actions.raise_shield(site, by=None, level="calm", lasts=timedelta(seconds=seconds))
    assert refused.value.code == "hosting.shield_time_odd"


def test_a_reader_raises_none_and_a_suspended_site_needs_none(site: Site) -> None:
    reader = make_person(client=site.account.client, role=Membership.Role.READER)
    with pytest.raises(NotAllowed):
        actions.raise_shield(site, by=reader, level="calm")
    actions.suspend_site(site, by=None, reason="unpaid")
    with pytest.raises(SiteNotActive):
        actions.raise_shield(site, by=None, level="calm")


def test_the_team_widens_limits_and_a_client_does_not(site: Site) -> None:
    owner = make_person(client=site.account.client)
    with pytest.raises(NotAllowed):
        actions.widen_limits(site, by=owner, times=5)
    site = actions.widen_limits(site, by=make_person(is_team=True), times=5)
    assert wish("site", site).spec["limits"] == 5
    assert story(site).endswith("changed the site's limits: 5 times the usual.")
    site = actions.widen_limits(site, by=None, times=1)
    assert "limits" not in wish("site", site).spec
    assert story(site).endswith("changed the site's limits: as usual.")


@pytest.mark.parametrize("times", [0, 1001, -1])
def test_limits_out_of_range_are_refused(site: Site, times: int) -> None:
    with pytest.raises(EssaimError) as refused:
        actions.widen_limits(site, by=None, times=times)
    assert refused.value.code == "hosting.limits_out_of_range"
