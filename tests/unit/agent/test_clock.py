"""What nginx' workers keep of certificates they have read: who is asked for often stays, and whatever loses its place is let go exactly once."""

import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from lupa import luajit21

import essaim.agent

LUA = Path(essaim.agent.__file__).parent / "machine_files/lua"


class Clock:
    """A clock of `most` places, and all that it has let go."""

    def __init__(self, most: int) -> None:
        lua = luajit21.LuaRuntime()
        lua.execute(f'package.path = "{LUA}/?.lua"')
        self.let_go: list[str] = []
        self._made: Any = lua.eval('require("clock").new')(most, self.let_go.append)

    def get(self, key: int) -> Any:
        return self._made.get(self._made, key)

    def offer(self, key: int) -> bool:
        return bool(self._made.offer(self._made, key, f"value of {key}"))

    def delete(self, key: int) -> None:
        self._made.delete(self._made, key)

    def visit(self, key: int) -> bool:
        """As a handshake does: whether it was there."""
        is_there = self.get(key) is not None
        if not is_there:
            self.offer(key)
        return is_there


def test_while_there_is_room_everything_stays() -> None:
    clock = Clock(3)
    assert [clock.offer(key) for key in (1, 2, 3)] == [True] * 3
    assert [clock.get(key) for key in (1, 2, 3, 4)] == ["value of 1", "value of 2", "value of 3", None]
    assert clock.let_go == []


def test_who_comes_once_takes_nobodys_place() -> None:
    clock = Clock(2)
    assert [clock.offer(key) for key in (1, 2)] == [True, True]
    assert [clock.offer(key) for key in range(3, 7)] == [False] * 4
    assert [clock.get(key) for key in (1, 2)] == ["value of 1", "value of 2"]
    assert clock.let_go == []


def test_who_comes_again_takes_the_place_of_what_was_not_asked_for() -> None:
    clock = Clock(3)
    for key in (1, 2, 3):
        clock.offer(key)
    clock.get(1)
    clock.get(3)
    assert [clock.offer(4), clock.offer(4)] == [False, True]
    assert [clock.get(key) for key in (1, 2, 3, 4)] == ["value of 1", None, "value of 3", "value of 4"]
    assert clock.let_go == ["value of 2"]


def test_what_is_deleted_is_let_go_and_its_place_given_again() -> None:
    clock = Clock(2)
    clock.offer(1)
    clock.offer(2)
    clock.delete(1)
    clock.delete(1)
    assert clock.let_go == ["value of 1"]
    assert clock.offer(3)
    assert [clock.get(key) for key in (1, 2, 3)] == [None, "value of 2", "value of 3"]
    assert clock.let_go == ["value of 1"]


@pytest.mark.parametrize("most", [1, 7, 64])
def test_each_value_is_kept_refused_or_let_go_and_never_two_of_them(most: int) -> None:
    clock, chosen = Clock(most), random.Random(most)  # noqa: S311  the same in every run
    kept: dict[int, str] = {}
    for _ in range(5000):
        key = chosen.randrange(most * 4)
        before = len(clock.let_go)
        assert (clock.get(key) is not None) == (key in kept)
        if chosen.random() < 0.1:
            clock.delete(key)
        elif key not in kept and clock.offer(key):
            kept[key] = f"value of {key}"
        for gone in clock.let_go[before:]:
            del kept[int(gone.removeprefix("value of "))]
        assert len(kept) <= most


def test_of_sites_visited_as_sites_are_it_finds_seven_of_ten_with_an_eighth_of_the_room() -> None:
    clock, chosen = Clock(250), random.Random(1)  # noqa: S311  the same in every run
    weights = list(itertools.accumulate(1 / rank for rank in range(1, 2001)))
    visits = chosen.choices(range(2000), cum_weights=weights, k=30_000)
    found = [clock.visit(key) for key in visits]
    assert sum(found[10_000:]) / 20_000 > 0.7
