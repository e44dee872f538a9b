"""One client with an account and a site, its owner, a stranger and the team; each as a caller of the API."""

from types import SimpleNamespace

import pytest

from tests.unit.api.calling import Caller, token_for
from tests.unit.factories import make_account, make_client, make_machine, make_person, make_site


@pytest.fixture
def house(db: None) -> SimpleNamespace:
    """What most tests of the API stand on."""
    machine = make_machine("web1")
    client, other = make_client("garden"), make_client("other")
    owner, stranger = make_person(client=client), make_person(client=other)
    team = make_person(is_team=True)
    account = make_account(client, login="garden")
    site = make_site(account, "garden.example.test")
    return SimpleNamespace(
        machine=machine,
        client=client,
        other=other,
        account=account,
        site=site,
        owner=owner,
        team=team,
        stranger=stranger,
        as_owner=Caller(token_for(owner)),
        as_stranger=Caller(token_for(stranger)),
        as_team=Caller(token_for(team)),
        as_nobody=Caller(),
    )
