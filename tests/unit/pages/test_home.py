"""The first page after sign-in: what needs attention is not passed over, and nothing else is called well."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import BusContact
from essaim.manager.fleet.queries import interruption
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


@pytest.mark.parametrize(
    ("answered", "looked", "said"),
    [(60, 1, "Look at essaim-bus"), (60, 60, "Look at essaim-worker"), (10, 10, WELL)],
)
def test_a_bus_or_a_worker_that_is_away_is_told_to_the_team(
    client: Browser, answered: float, looked: float, said: str
) -> None:
    now = timezone.now()
    BusContact.objects.create(looked_at=now - timedelta(seconds=looked), answered_at=now - timedelta(seconds=answered))
    client.force_login(make.make_person(is_team=True))

    home = client.get("/").content.decode()

    assert said in home
    assert ("last contact" in home) == (said != WELL)


def test_the_worker_notes_when_the_bus_was_last_there() -> None:
    then = timezone.now() - timedelta(minutes=5)
    jobs.note_contact(then)
    jobs.note_contact(None)
    assert interruption() == ("bus", then)
    jobs.note_contact(timezone.now())
    assert interruption() is None
    assert BusContact.objects.count() == 1


def test_machines_are_the_teams_concern(client: Browser) -> None:
    machine = make.make_machine("outside1", roles=["prober"])
    machine.last_seen_at = None
    machine.save()
    client.force_login(make.make_person(client=make.make_client("abeilles")))

    assert WELL in client.get("/").content.decode()
