"""What a machine holds and nobody wants."""

from essaim.manager.fleet.models import Machine
from tests.unit.cli.conftest import Run


def test_a_machine_is_shown_with_what_nobody_wants_of_it(essaim: Run) -> None:
    assert "nobody wants" not in essaim("machine", "show", "web1").out
    Machine.objects.update(strangers={"site.lost.example.test": 7})

    shown = essaim("machine", "show", "web1").out

    assert "nobody wants" in shown
    assert "site lost.example.test" in shown
