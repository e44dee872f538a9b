"""The first page after sign-in: what needs attention is not passed over, and nothing else is called well."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from tests.unit import factories as make

pytestmark = pytest.mark.django_db
WELL = "All is well"


def test_a_silent_machine_needs_attention(client: Browser) -> None:
    machine = make.make_machine("outside1", roles=["prober"])
    client.force_login(make.make_person(is_team=True))
    assert WELL in client.get("/").content.decode()
    machine.last_seen_at = timezone.now() - timedelta(hours=3)
    machine.save()

    home = client.get("/").content.decode()

    assert WELL not in home
    assert home.count('href="/fleet/outside1/"') == 2  # what needs attention, and the list of machines


def test_machines_are_the_teams_concern(client: Browser) -> None:
    machine = make.make_machine("outside1", roles=["prober"])
    machine.last_seen_at = None
    machine.save()
    client.force_login(make.make_person(client=make.make_client("abeilles")))

    assert WELL in client.get("/").content.decode()
