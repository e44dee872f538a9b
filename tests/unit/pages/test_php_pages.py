"""The PHP of a site on its page and in the fleet: shown, changed, put back, refused at its field."""

from datetime import date

import pytest
from django.test import Client as Browser

from essaim.contract import php
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Site
from essaim.manager.people.models import Membership
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
AT = "/sites/one.example.test/"
FORM = {
    "php": "8.2",
    "memory_limit": "128",
    "upload_max_filesize": "64",
    "max_execution_time": "60",
    "date.timezone": "UTC",
    "opcache.enable": "on",
}
"""The form as it stands where nothing was chosen: a box that is not ticked is not sent."""


@pytest.fixture
def site(client: Browser) -> Site:
    """A site, looked at by its owner."""
    make.make_machine("web1")
    site = make.make_site(name="one.example.test")
    client.force_login(make.make_person(client=site.account.client))
    return site


def test_the_form_as_it_stands_changes_nothing(client: Browser, site: Site) -> None:
    page = client.get(f"{AT}php/")
    form = page.context["form"]
    assert {name: form[name].value() for name in form.fields} == {
        **FORM,
        "opcache.enable": True,
        "display_errors": False,
    }

    client.post(f"{AT}php/", FORM)

    assert Site.objects.get().php_settings == {}


def test_a_version_is_changed_and_put_back_with_one_click(client: Browser, site: Site) -> None:
    assert "Put PHP" not in client.get(AT).content.decode()

    answer = client.post(f"{AT}php/", {**FORM, "php": "8.4"})
    assert (answer.status_code, answer["Location"]) == (302, AT)
    page = client.get(AT).content.decode()
    assert "Put PHP 8.2 back" in page
    assert f'action="{AT}php/back/"' in page

    client.post(f"{AT}php/back/")
    assert Site.objects.get().php == "8.2"


def test_chosen_settings_are_shown_with_their_units(client: Browser, site: Site) -> None:
    assert "as usual" in client.get(AT).content.decode()
    form = {**FORM, "memory_limit": "256", "date.timezone": "Europe/Paris", "display_errors": "on"}
    del form["opcache.enable"]

    client.post(f"{AT}php/", form)

    shown = client.get(AT).context["php"].settings
    assert {setting.name: setting.value for setting in shown} == {
        "date.timezone": "Europe/Paris",
        "display_errors": "yes",
        "memory_limit": "256\N{NO-BREAK SPACE}MiB",
        "opcache.enable": "no",
    }


def test_each_refusal_stands_at_its_field(client: Browser, site: Site) -> None:
    answer = client.post(f"{AT}php/", {**FORM, "memory_limit": "9999", "date.timezone": "Paris"})

    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "memory_limit": ["memory_limit is at most 512 MiB. Write a number from 32 to 512."],
        "date.timezone": [
            "“Paris” is not a time zone. Write a continent and a city, for example Europe/Paris, or UTC."
        ],
    }
    assert Site.objects.get().php_settings == {}


@pytest.fixture
def _a_day_of_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "essaim.manager.hosting.php.is_supported", lambda version, _on: php.is_supported(version, date(2026, 9, 1))
    )


@pytest.mark.usefixtures("_a_day_of_2026")
def test_a_version_without_updates_is_marked_with_its_date(client: Browser, site: Site) -> None:
    assert "until 30 June 2028" in client.get(AT).content.decode()
    actions.change_site(site, by=None, php="7.4")

    page = client.get(AT).content.decode()

    assert "This version is no longer looked after." in page
    assert "PHP 7.4 has had no security updates since 31 August 2026." in page


@pytest.mark.usefixtures("_a_day_of_2026")
def test_the_form_marks_what_is_no_longer_supported(client: Browser, site: Site) -> None:
    choices = dict(client.get(f"{AT}php/").context["form"].fields["php"].choices)

    assert choices["7.4"] == "PHP 7.4, unsupported since 31 August 2026"
    assert choices["8.4"] == "PHP 8.4"


def test_a_reader_sees_the_php_without_its_acts(client: Browser, site: Site) -> None:
    actions.change_site(site, by=None, php="8.4")
    client.force_login(make.make_person(client=site.account.client, role=Membership.Role.READER))

    page = client.get(AT).content.decode()

    assert "PHP 8.4" in page
    assert f'"{AT}php/"' not in page


def test_a_closed_site_keeps_its_php(client: Browser, site: Site) -> None:
    actions.change_site(site, by=None, php="8.4")
    actions.close_site(site, by=None)

    assert f'"{AT}php/"' not in client.get(AT).content.decode()
    assert client.post(f"{AT}php/back/").status_code == 409
    assert Site.objects.get().php == "8.4"


def test_the_fleet_counts_the_sites_in_service_of_each_version(client: Browser, site: Site) -> None:
    actions.change_site(site, by=None, php="7.4")
    make.make_site(site.account, "two.example.test")
    make.make_site(make.make_account(), "three.example.test")
    actions.close_site(make.make_site(site.account, "closed.example.test"), by=None)
    client.force_login(make.make_person(is_team=True))

    page = client.get("/fleet/")

    assert [(row.version, row.sites) for row in page.context["php"]] == [("7.4", 1), ("8.2", 2), ("8.4", 0)]
    assert "until 30 June 2030" in page.content.decode()
    assert 'href="/sites/?php=7.4"' in page.content.decode()
    found = client.get("/sites/?php=7.4")
    assert [one.fqdn for one in found.context["page"].sites] == [site.fqdn]
    assert "PHP 7.4 only" in found.content.decode()
