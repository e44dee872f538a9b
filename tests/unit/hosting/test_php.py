"""A site's PHP: a version changed and put back, settings chosen and given up, what is refused."""

import pytest

from essaim.contract import ProbeResult
from essaim.contract.php import SETTINGS
from essaim.manager.core.errors import EssaimError, NotAllowed
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting import actions, queries
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.php_errors import PhpUnknown
from essaim.manager.people.models import Membership
from essaim.manager.web.stories import told
from tests.unit.factories import answer, make_account, make_machine, make_person, make_site, seen
from tests.unit.hosting.wishes import wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    make_machine("web1")
    return make_site(name="one.example.test")


def story(site: Site) -> str:
    """The newest line."""
    return told(queries.story_of_site(site)[0])


def test_a_changed_version_is_wished_recorded_and_told(site: Site) -> None:
    revision = wish("site", site).revision

    site = actions.change_site(site, by=None, php="8.4")

    assert (site.php, site.php_before) == ("8.4", "8.2")
    assert wish("site", site).revision > revision
    assert wish("site", site).spec["php"] == "8.4"
    assert AuditLine.objects.latest("id").facts["php_before"] == "8.2"
    assert story(site) == "Essaim changed the site: PHP 8.2 to 8.4."


def test_the_proof_asks_for_the_version_and_another_one_is_no_proof(site: Site, prober: Machine) -> None:
    actions.change_site(site, by=None, php="8.4")
    answer(wish("site", site))
    assert wish("probe", site).spec["php"] == "8.4"

    facts: dict[str, str | int | float] = {"name": site.fqdn, "php": "8.2", "wanted": "8.4"}
    other = ProbeResult(scheme="http", family="ipv4", check="php", code="probe.other_php", facts=facts)
    answer(wish("probe", site), "failed", code=other.code, facts=other.facts, probes=(*seen(), other))

    site.refresh_from_db()
    assert site.health != Site.Health.LIVE
    assert site.health_said == "PHP 8.2 answers for one.example.test, and not PHP 8.4."


def test_a_version_is_put_back_once(site: Site) -> None:
    actions.change_site(site, by=None, php="7.4")

    site = actions.put_php_back(site, by=None)
    assert (site.php, site.php_before) == ("8.2", "")
    revision, lines = wish("site", site).revision, AuditLine.objects.count()

    site = actions.put_php_back(site, by=None)
    assert (site.php, wish("site", site).revision, AuditLine.objects.count()) == ("8.2", revision, lines)


def test_what_is_put_back_is_the_version_before_the_last_change(site: Site) -> None:
    actions.change_site(site, by=None, php="7.4")
    actions.change_site(site, by=None, php="8.4", php_settings={"memory_limit": "256"})

    site = actions.put_php_back(site, by=None)

    assert (site.php, site.php_settings) == ("7.4", {"memory_limit": "256"})


def test_a_change_to_the_same_php_is_none(site: Site) -> None:
    revision = wish("site", site).revision

    site = actions.change_site(site, by=None, php="8.2", php_settings={"memory_limit": "128", "display_errors": "off"})

    assert (site.php_before, wish("site", site).revision) == ("", revision)


def test_settings_that_are_not_named_stay_and_an_empty_one_is_given_up(site: Site) -> None:
    actions.change_site(site, by=None, php_settings={"memory_limit": " 0256 ", "display_errors": "on"})
    assert story(site) == "Essaim changed the site: display_errors = on, memory_limit = 256."

    site = actions.change_site(site, by=None, php_settings={"date.timezone": "Europe/Paris", "display_errors": ""})

    assert site.php_settings == {"date.timezone": "Europe/Paris", "memory_limit": "256"}
    assert wish("site", site).spec["php_settings"] == site.php_settings
    assert story(site) == "Essaim changed the site: date.timezone = Europe/Paris, display_errors as usual."


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("memory_limit", "513", "memory_limit is at most 512 MiB in the offer “Standard”."),
        ("memory_limit", "4096", "memory_limit is at most 512 MiB."),
        ("memory_limit", "31", "memory_limit is at least 32 MiB."),
        ("max_execution_time", "1.5", "“1.5” is not a whole number."),
        ("upload_max_filesize", "-1", "“-1” is not a whole number."),
        ("display_errors", "yes", "display_errors is either on or off, not “yes”."),
        ("date.timezone", "Europe/Atlantis", "“Europe/Atlantis” is not a time zone."),
        ("date.timezone", "../../etc/passwd", "“../../etc/passwd” is not a time zone."),
        ("disable_functions", "", "disable_functions is no PHP setting that can be chosen here."),
    ],
)
def test_a_setting_beyond_what_it_may_be_is_refused_in_words(site: Site, name: str, text: str, sentence: str) -> None:
    with pytest.raises(EssaimError) as refused:
        actions.change_site(site, by=None, php="8.4", php_settings={name: text})

    assert (str(refused.value), refused.value.field) == (sentence, "php_settings")
    assert refused.value.advice
    assert Site.objects.get().php == "8.2"


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.sort == "number"])
def test_the_bounds_themselves_are_taken(site: Site, name: str) -> None:
    for bound in (SETTINGS[name].least, SETTINGS[name].most):
        assert actions.change_site(site, by=None, php_settings={name: str(bound)}).php_settings == {name: str(bound)}


def test_a_machine_offers_what_it_has(site: Site) -> None:
    Machine.objects.update(facts={"php": "8.2"})

    with pytest.raises(PhpUnknown) as refused:
        actions.change_site(site, by=None, php="8.4")

    assert refused.value.advice == "Choose one of: 8.2."


@pytest.mark.parametrize(
    ("facts", "offered"),
    [
        ({}, ["8.2"]),  # it has not said hello yet
        ({"php": "8.4 9.9 7.4"}, ["7.4", "8.4"]),
    ],
)
def test_what_can_be_ordered_is_what_machines_in_service_have(facts: dict[str, str], offered: list[str]) -> None:
    make_machine("web1")
    Machine.objects.update(facts=facts)
    make_machine("outside1", roles=["prober"])
    Machine.objects.create(name="revoked", state=Machine.State.REVOKED, roles=["web"], facts={"php": "8.2 7.4"})

    assert [one.version for one in queries.offered_to_order()[0]] == offered


def test_a_version_that_its_machine_lost_stays_until_it_is_changed(site: Site) -> None:
    Machine.objects.update(facts={"php": "8.4"})

    site = actions.change_site(site, by=None, php="8.2", php_settings={"memory_limit": "64"})

    assert (site.php, site.php_settings) == ("8.2", {"memory_limit": "64"})


def test_sites_are_found_by_their_version_unless_they_are_closed(site: Site) -> None:
    actions.change_site(site, by=None, php="7.4")
    closed = make_site(site.account, "closed.example.test")
    actions.close_site(actions.change_site(closed, by=None, php="7.4"), by=None)
    make_site(site.account, "usual.example.test")

    assert queries.find_sites(make_person(is_team=True), php="7.4").sites == [site]


def test_a_reader_puts_no_version_back(site: Site) -> None:
    actions.change_site(site, by=None, php="8.4")
    reader = make_person(client=site.account.client, role=Membership.Role.READER)

    with pytest.raises(NotAllowed):
        actions.put_php_back(site, by=reader)


def test_an_order_on_a_machine_without_that_version_is_refused_and_leaves_nothing() -> None:
    make_machine("web1", php="8.2")
    account = make_account()

    with pytest.raises(PhpUnknown):
        actions.create_site(account=account, name="one.example.test", by=None, php="8.4")

    assert not Site.objects.exists()
