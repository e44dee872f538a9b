"""What the team still reads of a site or an account that was erased, and nobody else."""

import pytest
from django.test import Client as Browser

from essaim.manager.fleet.models import Wanted
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Site
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
NAME = "théâtre.abeilles.example.test"
FQDN = "xn--thtre-4qa2c.abeilles.example.test"


@pytest.fixture
def site() -> Site:
    """A closed site of the client "abeilles", whose account has another one."""
    account = make.make_account(make.make_client("abeilles"), login="abeilles")
    make.make_site(account, "www.abeilles.example.test")
    return actions.close_site(make.make_site(account, NAME), by=None)


@pytest.fixture
def team(client: Browser) -> Browser:
    """Somebody of the team, who reads English."""
    client.force_login(make.make_person("alix@example.test", is_team=True))
    return client


def test_the_team_reads_who_erased_a_site_and_its_story(team: Browser, site: Site) -> None:
    actions.erase_site(site, by=make.make_person("camille@example.test", client=site.account.client), reason="Moved.")
    for name in (FQDN, NAME):
        page = team.get(f"/sites/{name}/")
        words = page.content.decode()
        assert page.status_code == 410
        assert "This site was erased." in words
        assert "by camille@example.test" in words
        assert "Moved." in words
        assert "closed the site" in words


def test_an_account_is_told_of_and_so_is_a_site_that_went_with_it(team: Browser, site: Site) -> None:
    account = actions.close_account(site.account, by=None)
    actions.erase_account(account, by=None)
    assert "This account was erased." in team.get("/accounts/abeilles/").content.decode()
    words = team.get("/sites/www.abeilles.example.test/").content.decode()
    assert "With its account abeilles." in words


def test_every_link_of_the_audit_trail_leads_somewhere(team: Browser, site: Site) -> None:
    actions.erase_site(site, by=None)
    page = team.get("/audit/").content.decode()
    assert f'href="/sites/{FQDN}/"' in page
    assert team.get(f"/sites/{FQDN}/").status_code == 410


def test_clients_are_told_what_they_always_are(client: Browser, site: Site) -> None:
    client.force_login(make.make_person(client=site.account.client))
    actions.erase_site(site, by=None)
    gone, never = client.get(f"/sites/{FQDN}/"), client.get("/sites/never.abeilles.example.test/")
    assert (gone.status_code, never.status_code) == (404, 404)
    assert "erased" not in gone.content.decode()


def test_what_never_was_is_not_there_for_the_team_either(team: Browser, site: Site) -> None:
    assert team.get("/sites/never.example.test/").status_code == 404
    assert team.get("/sites/not a name/").status_code == 404
    assert team.get("/accounts/never/").status_code == 404


def test_a_new_site_of_the_name_has_the_page_again(team: Browser, site: Site) -> None:
    actions.erase_site(site, by=None)
    make.answer(Wanted.objects.get(kind="site", key=FQDN))
    make.make_site(site.account, NAME)
    assert team.get(f"/sites/{FQDN}/").status_code == 200
