"""A person of the team, a machine that lets people in, and keys of their own."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from essaim.manager.fleet.models import Machine
from essaim.manager.keys.authority import public_text
from essaim.manager.people.models import Person
from tests.unit import factories as make


def new_public_key() -> str:
    return public_text(Ed25519PrivateKey.generate().public_key())


def make_door(name: str) -> Machine:
    """A machine with sshd."""
    machine = make.make_machine(name)
    machine.facts = {**machine.facts, "ssh_host_key": new_public_key()}
    machine.save()
    return machine


@pytest.fixture(autouse=True)
def _own_state(settings: object, tmp_path: Path) -> None:
    settings.STATE = tmp_path  # type: ignore[attr-defined]


@pytest.fixture
def team(db: None) -> Person:
    return make.make_person("ada@example.test", is_team=True)


@pytest.fixture
def web1(db: None) -> Machine:
    return make_door("web1")
