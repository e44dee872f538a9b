"""A generation of PHP comes and goes with a line of data: in the Manager."""

import pytest
from django.test import Client as Browser

from essaim.contract.php import GENERATIONS
from essaim.manager.fleet.queries import php_rows
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Site
from tests.unit.contract_data import NEW, with_generations
from tests.unit.factories import make_machine, make_person, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    """One that has the oldest generation, after that was taken away and a new one added."""
    machine = make_machine("web1")
    machine.facts = {"php": " ".join(one.version for one in GENERATIONS)}
    machine.save()
    site = actions.change_site(make_site(), by=None, php=GENERATIONS[0].version)
    machine.facts = {"php": " ".join(one.version for one in (*GENERATIONS, NEW))}
    machine.save()
    with_generations(monkeypatch, *GENERATIONS[1:], NEW)
    return Site.objects.get(pk=site.pk)


def test_the_new_one_is_offered_and_chosen(site: Site) -> None:
    browser = Browser()
    browser.force_login(make_person(client=site.account.client))
    page = browser.get(f"/sites/{site.fqdn}/php/").content.decode()
    assert '<option value="8.5"' in page
    changed = actions.change_site(site, by=None, php="8.5")
    assert (changed.php, changed.php_before) == ("8.5", GENERATIONS[0].version)


def test_a_site_that_still_has_the_one_that_went_is_shown_so_to_the_team(site: Site) -> None:
    rows = {row.version: row for row in php_rows([site.account.machine])}
    gone = rows[GENERATIONS[0].version]
    assert (gone.generation, gone.is_supported, gone.sites) == (None, False, 1)
    assert rows["8.5"].generation == NEW
    browser = Browser()
    browser.force_login(make_person(is_team=True))
    assert browser.get(f"/sites/{site.fqdn}/").status_code == 200
    assert browser.get("/fleet/").status_code == 200
