"""How far a roll-out of a build of PHP is: on the fleet's page and on the machine's, in both languages."""

from typing import Any

import pytest
from django.test import Client as Browser

from essaim.manager.fleet.models import Machine
from essaim.manager.fleet.trees import tree_rows
from tests.unit.factories import make_account, make_machine, make_person

pytestmark = pytest.mark.django_db
DONE = {"version": "7.4", "build": "first", "accounts": 1, "on_it": 1}
MOVING = {"version": "8.2", "build": "second", "accounts": 3000, "on_it": 312, "state": "under way"}
STOPPED = {
    "version": "8.4", "build": "third", "accounts": 9, "on_it": 2, "state": "stopped", "refused": {"garden": "tree.not_proved"},
}  # fmt: skip


@pytest.fixture
def machine() -> Machine:
    machine = make_machine("web1")
    machine.beat = {"at": 1.0, "php": [STOPPED, MOVING, DONE, {"version": 8}]}
    machine.save()
    make_account(login="garden")
    return machine


def page(address: str, language: str = "en") -> str:
    browser = Browser(headers={"Accept-Language": language})
    browser.force_login(make_person(is_team=True))
    return " ".join(browser.get(address).content.decode().split())


def test_the_machine_tells_every_build_and_whom_it_put_back(machine: Machine) -> None:
    told = page("/fleet/web1/")
    assert 'PHP 7.4: build <span class="mono">first</span>, 1 of 1 account on it' in told
    assert 'PHP 8.2: build <span class="mono">second</span>, 312 of 3,000 accounts on it' in told
    assert '<a href="/accounts/garden/">garden</a> is back on the build before: its PHP did not prove itself' in told
    assert "essaim-agent php-tree 8.4 --use third" in told


def test_the_fleet_tells_what_somebody_may_want_to_look_at(machine: Machine) -> None:
    told = page("/fleet/")
    assert "312 of 3,000 accounts on it" in told
    assert "2 of 9 accounts on it" in told
    assert "1 of 1 account on it" not in told


def test_a_reader_of_french_reads_french(machine: Machine) -> None:
    told = page("/fleet/web1/", "fr")
    assert "hébergements sur 3" in told
    assert "est revenu à la construction précédente" in told


@pytest.mark.parametrize("beat", [{}, {"php": []}, {"php": [{"version": 8}]}])
def test_a_machine_that_tells_nothing_or_nonsense_has_no_rows(beat: dict[str, Any]) -> None:
    assert tree_rows([Machine(name="web9", beat=beat)]) == []
