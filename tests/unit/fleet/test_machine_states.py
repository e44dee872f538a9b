"""A machine taken out of service and put back: who may, and what the audit trail keeps of it."""

from collections.abc import Callable

import pytest

from essaim.manager.core.errors import NotAllowed, ReasonMissing
from essaim.manager.core.models import AuditLine
from essaim.manager.fleet import actions
from essaim.manager.fleet.models import Machine
from tests.unit.factories import make_machine, make_person

pytestmark = pytest.mark.django_db


def reasons() -> list[tuple[str, str]]:
    return list(AuditLine.objects.order_by("id").values_list("code", "reason"))


def test_a_reason_is_kept_as_it_was_written_and_resuming_has_none() -> None:
    machine, team = make_machine("web7"), make_person(is_team=True)

    machine = actions.drain_machine(machine, by=team, reason=" - ")
    actions.resume_machine(machine, by=team)

    assert reasons() == [("fleet.machine_drained", "-"), ("fleet.machine_resumed", "")]


@pytest.mark.parametrize("act", [actions.drain_machine, actions.revoke_machine])
def test_draining_and_revoking_say_why(act: Callable[..., Machine]) -> None:
    machine = make_machine("web7")

    with pytest.raises(ReasonMissing):
        act(machine, by=make_person(is_team=True), reason="  ")
    with pytest.raises(NotAllowed):
        act(machine, by=make_person(), reason="")
    assert reasons() == []
