"""What a machine holds and nobody wants."""

from types import SimpleNamespace

from essaim.manager.fleet.models import Machine


def test_a_machine_s_strangers_are_told(house: SimpleNamespace) -> None:
    assert house.as_team.get("/machines/web1").json()["strangers"] == {}
    Machine.objects.update(strangers={"site.lost.example.test": 7})

    assert house.as_team.get("/machines/web1").json()["strangers"] == {"site.lost.example.test": 7}
