"""Machines that enrol again keep what the team decided about them."""

from pathlib import Path

import pytest

from essaim import contract
from essaim.bus.authority import Authority
from essaim.bus.keys import new_key
from essaim.manager.fleet import actions, queries
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


def test_the_story_of_a_machine_tells_what_people_did_with_it_newest_first() -> None:
    machine = make_machine("web7")
    enrol(machine)
    actions.drain_machine(machine, by=make_person(is_team=True), reason="New disks")

    told = [line.audit for line in queries.story_of_machine(machine)]

    codes = [act.code for act in told if act is not None]
    assert codes[:3] == ["fleet.machine_drained", "fleet.machine_enrolled", "fleet.token_issued"]
    assert told[0] is not None
    assert told[0].reason == "New disks"
