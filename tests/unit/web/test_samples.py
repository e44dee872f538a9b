"""The made-up clients of the demo, with what every room has to show of them."""

import pytest

from essaim.manager.fleet.models import Machine
from essaim.manager.keys.models import Certificate
from essaim.manager.people import apart, lost_factors
from essaim.manager.people.duplicates import find_duplicates
from essaim.manager.people.models import Client, Membership, Person
from essaim.manager.people.samples import AGENCY, CLIENTS
from essaim.manager.privacy.models import ClientErasure
from essaim.manager.team import samples as team
from essaim.manager.vault.models import Secret
from essaim.manager.web.samples import furnish
from tests.unit import factories as make
from tests.unit.keys.conftest import new_public_key

pytestmark = pytest.mark.django_db
PASSWORD = "essaim-demo-2026"


def test_they_are_made_once_and_every_room_has_something_to_show() -> None:
    make.make_machine("web1")
    Machine.objects.update(facts={"ssh_host_key": new_public_key()})
    team.furnish(PASSWORD)

    assert furnish(PASSWORD)

    president = Person.objects.get(email="president@example.test")
    assert Membership.objects.filter(person__email=AGENCY).count() == len([one for one in CLIENTS if one.places])
    assert any({"chorale", "chorale-2-rives"} == {c.slug for c in one.clients} for one in find_duplicates(by=president))
    assert Certificate.objects.filter(revoked_at=None).count() == 1
    assert Secret.objects.count() == 3
    assert [lost.state for lost in lost_factors.listed(seen_by=president)] == ["asked"]
    assert [{told.first.slug, told.second.slug} for told in apart.listed(seen_by=president)] == [{"velo", "reliure"}]
    assert ClientErasure.objects.get(stopped_at=None, done_at=None).client.slug == "photo"
    assert not furnish(PASSWORD)
    assert Client.objects.count() == len(CLIENTS)


def test_no_machine_is_no_hindrance() -> None:
    team.furnish(PASSWORD)

    assert furnish(PASSWORD)

    assert not Certificate.objects.exists()
