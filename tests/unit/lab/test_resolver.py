"""The zone file of the lab's names. What unbound makes of it is tested in the lab."""

import pytest

from essaim.lab.errors import LabError
from essaim.lab.machine import Machine
from essaim.lab.paths import InstancePaths, MachineName
from essaim.lab.resolver import Resolver, zone


def test_every_test_name_is_the_first_web_machine() -> None:
    lines = zone({}).splitlines()

    assert "*.test. A 10.77.0.10" in lines
    assert "*.test. AAAA fd77:e55a::10" in lines


def test_a_set_name_brings_a_wildcard_so_that_names_below_it_stay() -> None:
    lines = zone({"a.b.test": ["10.77.0.9"]}).splitlines()

    assert [line for line in lines if line.startswith("a.b.test.")] == ["a.b.test. A 10.77.0.9"]
    assert {"*.a.b.test. A 10.77.0.10", "b.test. A 10.77.0.10", "*.b.test. A 10.77.0.10"} <= set(lines)


def test_a_set_machine_name_is_replaced_and_not_doubled() -> None:
    lines = zone({"web1.lab.test": ["10.77.0.9"]}).splitlines()

    assert [line for line in lines if line.startswith("web1.lab.test.")] == ["web1.lab.test. A 10.77.0.9"]


def test_a_name_without_addresses_exists() -> None:
    assert 'gone.test. TXT "no address"' in zone({"gone.test": []})


def test_what_is_no_address_is_refused() -> None:
    resolver = Resolver(Machine(InstancePaths("unit"), MachineName("outside", 1)))

    with pytest.raises(ValueError, match=r"999\.1\.1\.1"):
        resolver.set("a.test", a=["999.1.1.1"])


def test_a_name_in_unicode_is_refused() -> None:
    resolver = Resolver(Machine(InstancePaths("unit"), MachineName("outside", 1)))

    with pytest.raises(LabError, match="xn--"):
        resolver.clear("café.test")
