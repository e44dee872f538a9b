"""`essaim team`: who is there, cover, bus factor, leaving."""

from essaim.manager.people.models import Person
from essaim.manager.team import duties
from tests.unit.cli.conftest import Run
from tests.unit.factories import make_person


def test_the_team_is_shown(essaim: Run) -> None:
    make_person("observation@example.test", groups=["observer"])

    shown = essaim("team", "who").out

    assert "observation@example.test" in shown
    assert "Europe/Paris" in shown
    assert "somebody is there for 0 of" in essaim("team", "cover").out


def test_what_only_one_can_do_is_shown(essaim: Run) -> None:
    person = make_person("observation@example.test", groups=["observer"])
    duties.add_duty(name="Pay the bills", by=None, people=[person])

    assert "Pay the bills" in essaim("team", "bus-factor").out
    assert "Pay the bills" in essaim("team", "bus-factor", "--without", person.email).out


def test_somebody_leaves(essaim: Run) -> None:
    person = make_person("observation@example.test", groups=["observer"])

    assert "groups" in essaim("team", "leave", person.email, "--look").out
    ended = essaim("team", "leave", person.email, "--reason", "No time.", "--yes")

    assert "has left the team" in ended.out
    assert not Person.objects.get(pk=person.pk).is_active
