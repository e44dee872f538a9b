"""Names and addresses of the lab's machines."""

import pytest

from essaim.lab.paths import DEFAULT, InstancePaths, MachineName


@pytest.mark.parametrize(
    ("name", "address4", "address6"),
    [
        ("manager1", "10.77.0.2", "fd77:e55a::2"),
        ("web1", "10.77.0.10", "fd77:e55a::10"),
        ("web2", "10.77.0.11", "fd77:e55a::11"),
        ("outside1", "10.77.0.20", "fd77:e55a::20"),
    ],
)
def test_a_machine_has_the_addresses_of_its_role_and_number(name: str, address4: str, address6: str) -> None:
    machine = MachineName.parse(name)

    assert (str(machine), machine.address4, machine.address6) == (name, address4, address6)


@pytest.mark.parametrize("name", ["web", "web0", "web11", "mail1", "web1;reboot", "../web1", "", "WEB1"])
def test_another_word_is_no_machine(name: str) -> None:
    with pytest.raises(ValueError, match="no machine of the lab"):
        MachineName.parse(name)


def test_no_two_machines_share_an_address() -> None:
    names = [f"manager{n}" for n in range(1, 9)] + [f"{role}{n}" for role in ("web", "outside") for n in range(1, 11)]

    assert len({MachineName.parse(name).address4 for name in names}) == len(names)


@pytest.mark.parametrize("name", ["", "Demo", "a-b", "../demo", "1demo", "x" * 17])
def test_an_instance_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="no name for an instance"):
        InstancePaths(name)


def test_interface_names_fit_the_kernel() -> None:
    assert all(len(str(name)) <= 15 for name in DEFAULT)


def test_the_lab_directory_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESSAIM_LAB_DIR", "/elsewhere")

    assert str(InstancePaths("demo").root(DEFAULT[0])) == "/elsewhere/instances/demo/machines/manager1/root"
