"""The shield on a site's page: raised with one click, chosen, changed, taken down, refused at its field."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Defence, Site
from essaim.manager.people.models import Membership
from tests.unit import factories as make

pytestmark = pytest.mark.django_db
AT = "/sites/one.example.test/"


@pytest.fixture
def site(client: Browser) -> Site:
    """A site, looked at by its owner."""
    make.make_machine("web1")
    site = make.make_site(name="one.example.test")
    client.force_login(make.make_person(client=site.account.client))
    return site


def page(client: Browser) -> str:
    return client.get(f"{AT}serving/").content.decode()


def test_it_goes_up_with_one_click_and_keeps_what_was_left_out(client: Browser, site: Site) -> None:
    Site.objects.update(shield_ways=["/api/"])
    assert f'action="{AT}shield/"' in page(client)

    answer = client.post(f"{AT}shield/", {"level": "checked", "lasts": "3600"})

    assert (answer.status_code, answer["Location"]) == (302, f"{AT}serving/")
    site.refresh_from_db()
    assert (site.shield, site.shield_ways) == ("checked", ["/api/"])
    assert site.shield_until is not None
    assert abs(site.shield_until - timezone.now() - timedelta(hours=1)) < timedelta(minutes=1)
    assert "raised: checked, until" in page(client)


def test_it_comes_down_with_one_click(client: Browser, site: Site) -> None:
    actions.raise_shield(site, by=None, level="calm")
    assert f'action="{AT}shield/down/"' in page(client)
    client.post(f"{AT}shield/down/")
    assert Site.objects.get().shield == ""


def test_a_way_that_is_none_is_said_at_its_field_and_nothing_typed_is_lost(client: Browser, site: Site) -> None:
    answer = client.post(f"{AT}shield/", {"level": "calm", "lasts": "", "ways": "/api/\nnonsense"})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "“nonsense” is not the beginning of a path." in said
    assert "/api/\nnonsense" in said.replace("\r", "")
    assert Site.objects.get().shield == ""


def test_a_flood_is_said_with_what_to_do(client: Browser, site: Site) -> None:
    now = timezone.now()
    Defence.objects.create(
        site=site, since=now, limited=240_000, networks=40, per_second=2_000, told_at=now,
        flooded_since=now - timedelta(minutes=3),
    )  # fmt: skip
    assert "About 2,000 a second are refused" in page(client)
    assert "raise the shield" in page(client)
    assert "240,000 requests, of about 40 networks" in page(client)


def test_a_reader_sees_it_and_raises_none_and_only_the_team_widens_limits(client: Browser, site: Site) -> None:
    assert f"{AT}limits/" not in page(client)
    client.force_login(make.make_person(client=site.account.client, role=Membership.Role.READER))
    assert f'action="{AT}shield/"' not in page(client)
    assert client.post(f"{AT}shield/", {"level": "calm", "lasts": ""}).status_code == 403
    client.force_login(make.make_person(is_team=True))
    assert f"{AT}limits/" in page(client)
    assert client.post(f"{AT}limits/", {"times": "0"}).status_code == 422
    client.post(f"{AT}limits/", {"times": "7"})
    assert Site.objects.get().limits == 7
    assert "7 times the usual" in page(client)
