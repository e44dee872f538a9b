"""What the agent tells of floods, from what nginx writes."""

import json
from pathlib import Path
from typing import cast

import pytest

from essaim.agent.defence import Defender
from essaim.bus.machine import MachineBus
from essaim.contract.shield import SITES_MAX
from tests.unit.agent.running import machine


@pytest.fixture
def defender(tmp_path: Path) -> Defender:
    web = machine(tmp_path)
    web.paths.defence.mkdir(parents=True)
    return Defender(web, cast("MachineBus", None))


def counted(tmp_path: Path, sites: dict[str, int], started: str = "one") -> None:
    told = {name: {"limited": n, "held": 0, "networks": 1} for name, n in sites.items()}
    text = json.dumps({"started": started, "at": 1.5, "sites": told})
    (tmp_path / "run/essaim/defence/counts.json").write_text(text)


def names(defender: Defender) -> list[str]:
    message = defender.news()
    return [str(one.name) for one in message.sites] if message else []


def test_nothing_is_told_where_nginx_has_counted_nothing(defender: Defender) -> None:
    assert defender.news() is None


def test_what_moved_is_told_the_most_first_until_the_bus_has_it(defender: Defender, tmp_path: Path) -> None:
    counted(tmp_path, {"a.test": 1, "b.test": 9})
    assert names(defender) == ["b.test", "a.test"]
    message = defender.news()
    assert message is not None
    defender.was_told(message)
    assert defender.news() is None
    counted(tmp_path, {"a.test": 2, "b.test": 9})
    assert names(defender) == ["a.test"]


def test_another_run_of_nginx_is_told_from_nought(defender: Defender, tmp_path: Path) -> None:
    counted(tmp_path, {"a.test": 5})
    message = defender.news()
    assert message is not None
    defender.was_told(message)
    counted(tmp_path, {"a.test": 5}, started="two")
    assert names(defender) == ["a.test"]


def test_one_message_is_bounded_and_the_rest_comes_with_the_next(defender: Defender, tmp_path: Path) -> None:
    counted(tmp_path, {f"n{n}.test": n + 1 for n in range(SITES_MAX + 5)})
    message = defender.news()
    assert message is not None
    assert len(message.sites) == SITES_MAX
    defender.was_told(message)
    assert len(names(defender)) == 5


@pytest.mark.parametrize("text", ["", "{", '{"started": 1}', '{"started":"x","at":1,"sites":{"../etc":{"limited":1}}}'])
def test_what_is_not_nginx_own_is_told_nobody(defender: Defender, tmp_path: Path, text: str) -> None:
    (tmp_path / "run/essaim/defence/counts.json").write_text(text)
    assert defender.news() is None


def test_a_link_or_a_pipe_in_its_place_is_not_read(defender: Defender, tmp_path: Path) -> None:
    place = tmp_path / "run/essaim/defence/counts.json"
    (tmp_path / "other").write_text('{"started":"x","at":1,"sites":{"a.test":{"limited":1}}}')
    place.symlink_to(tmp_path / "other")
    assert defender.news() is None
