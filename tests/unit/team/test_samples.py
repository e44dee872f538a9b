"""The made-up team of the demo."""

import pytest

from essaim.manager.core import continuity
from essaim.manager.people.models import Person
from essaim.manager.team.models import Candidate
from essaim.manager.team.samples import TEAM, furnish
from tests.unit.factories import make_person

pytestmark = pytest.mark.django_db


def test_it_is_made_once_and_shuts_nobody_out() -> None:
    before = make_person("alix@example.test", is_team=True)

    assert furnish("essaim-demo-2026")

    before.refresh_from_db()
    assert not before.agreement_due
    due = Person.objects.team().filter(agreement_due=True).values_list("email", flat=True)
    assert list(due) == [sample.email for sample in TEAM if not sample.has_signed]
    assert set(Candidate.objects.values_list("state", flat=True)) == {"waiting", "accepted", "declined"}
    assert continuity.bus_factor(continuity.matters()) == 1
    assert not furnish("essaim-demo-2026")
    assert Person.objects.team().count() == len(TEAM) + 1
