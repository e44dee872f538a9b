"""A machine with an authority, for every test of this folder that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from essaim.agent.machine import Config, Machine, Paths
from tests.unit.agent_acme.authority import Authority, running
from tests.unit.agent_acme.web import Web


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    paths = Paths(tmp_path)
    for path in (paths.tls, paths.challenges, paths.state, paths.etc):
        path.mkdir(parents=True)
    with running(Authority(paths.challenges)) as authority:
        yield Web(Machine(Config(machine="web1", roles=("web",)), paths=paths), authority)
