"""Machines that enrol again keep what the team decided about them."""

from pathlib import Path

import pytest

from essaim import contract
from essaim.bus.authority import Authority
from essaim.bus.keys import new_key
from essaim.manager.fleet import actions
from essaim.manager.fleet.models import Machine
from tests.unit.factories import make_machine, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Keys of a bus of this test's own."""
    keys = Authority(tmp_path / "bus")
    keys.create()
    monkeypatch.setattr(actions, "authority", lambda: keys)
    return keys


def enrol(machine: Machine) -> str:
    """Its state once it has enrolled."""
    token = actions.issue_enrolment_token(machine, by=make_person(is_team=True))
    actions.enrol(contract.Enrolment(token=token, public_key=new_key("user").public, hostname=machine.name))
    machine.refresh_from_db()
    return machine.state


@pytest.mark.parametrize(
    ("before", "after"),
    [("expected", "active"), ("active", "active"), ("revoked", "active"), ("draining", "draining")],
)
def test_a_machine_that_enrols_is_in_service_and_one_that_is_drained_stays_so(before: str, after: str) -> None:
    machine = make_machine("web7")
    Machine.objects.update(state=before)

    assert enrol(machine) == after
