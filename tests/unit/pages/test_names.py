"""Names with accents, as people read them and as DNS has them beside: in the audit trail, among a machine's wishes."""

import idna
import pytest
from django.test import Client as Browser
from pytest_django import Settings

from essaim.manager.hosting.actions import give_consent, suspend_site
from essaim.manager.hosting.names import as_read
from tests.unit import factories as make

READ, DNS = "théâtre.example.test", "xn--thtre-4qa2c.example.test"


@pytest.mark.parametrize("name", [READ, "straße.example.test", "例え.テスト", "ελλάς.example.test", "www.example.test"])
def test_a_name_is_read_as_it_was_typed(name: str) -> None:
    assert as_read(idna.encode(name).decode()) == name


@pytest.mark.parametrize(
    "name", ["xn--.test", "xn--\u00e9.test", "xn--99999999.test", "xn--a-ecp.test", "", "xn--" + "a" * 80]
)
def test_what_cannot_be_read_stays_as_it_is(name: str) -> None:
    assert as_read(name).isprintable()


@pytest.fixture
def team(client: Browser, db: None) -> Browser:
    client.force_login(make.make_person(is_team=True))
    return client


def test_a_sites_page_leads_to_it(team: Browser) -> None:
    make.make_site(name=READ)

    page = team.get(f"/sites/{DNS}/").text

    assert f'href="http://{DNS}/"' in page
    assert "demo" not in page


def test_in_a_demo_a_sites_page_says_how_it_is_fetched_instead(team: Browser, settings: Settings) -> None:
    settings.FETCH = "fetch http://{name}/"
    site = make.make_site(name=READ)

    page = team.get(f"/sites/{DNS}/").text

    assert f'href="http://{DNS}/"' not in page
    assert f"<code>fetch http://{DNS}/</code>" in page
    assert "its name is known inside the demo only" in page

    suspend_site(site, by=None, reason="Unpaid.")
    assert "fetch http" not in team.get(f"/sites/{DNS}/").text


def test_the_trail_names_a_site_both_ways_and_finds_it_both_ways(team: Browser) -> None:
    make.make_site(name=READ)
    make.make_site(name="other.example.test")

    for asked in (READ, DNS, f"site/{READ}", READ.upper()):
        answer = team.get("/audit/", {"about": asked})
        assert [line.code for line in answer.context["page"].lines] == ["hosting.site_created"]
        page = answer.content.decode()
        assert f'<a href="/sites/{DNS}/">{READ}</a><span class="sub mono">{DNS}</span>' in page


def test_the_trail_names_a_consents_name_both_ways(team: Browser) -> None:
    owner = make.make_site(name=READ).account.client
    give_consent(fqdn=READ, owner=owner, guest=make.make_client(), by=None)

    page = team.get("/audit/", {"about": f"name/{READ}"}).content.decode()

    assert f'{READ}<span class="sub mono">{DNS}</span>' in page


def test_a_machines_wishes_name_a_site_both_ways_and_any_other_once(team: Browser) -> None:
    site = make.make_site(name=READ)
    make.make_site(site.account, "other.example.test")

    page = team.get(f"/fleet/{site.account.machine.name}/").content.decode()

    assert f'<a href="/sites/{DNS}/">{READ}</a><span class="sub mono">{DNS}</span>' in page
    assert '<span class="sub mono">other.example.test</span>' not in page
