"""The agent's memory."""

from pathlib import Path

import pytest

from essaim.agent.store import Result, Store
from essaim.contract import Report
from tests.unit.agent.running import removal, wanted


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "agent.sqlite3")


def test_a_result_of_an_older_revision_leaves_the_newer_wish_due(store: Store) -> None:
    store.take([wanted(revision=1)], sequence=1)
    (older,) = store.due(["site"], 9)
    store.take([wanted(revision=2)], sequence=2)
    store.finish([Result(older, "applied")], [])
    assert [wish.revision for wish in store.due(["site"], 9)] == [2]


def test_a_wish_sent_again_makes_a_failed_one_due(store: Store) -> None:
    store.take([wanted()], sequence=1)
    (wish,) = store.due(["site"], 9)
    store.finish([Result(wish, "failed", attempts=1)], [])
    assert store.due(["site"], 9) == []
    store.take([wanted()], sequence=2)
    assert len(store.due(["site"], 9)) == 1


def test_kinds_come_in_their_order_and_the_oldest_revision_first(store: Store) -> None:
    store.take([wanted("b.test", 2), wanted("a.test", 3), wanted("x.test", 9, kind="account")], sequence=1)
    assert [wish.key for wish in store.due(["account", "site"], 9)] == ["x.test", "b.test", "a.test"]
    assert [wish.key for wish in store.due(["account", "site"], 2)] == ["x.test", "b.test"]


def test_a_removal_is_remembered_but_not_compared(store: Store) -> None:
    store.take([removal()], sequence=1)
    (wish,) = store.due(["site"], 9)
    store.finish([Result(wish, "applied")], [])
    assert store.applied_after(("", ""), 9) == []
    assert [(wish.key, wish.revision) for wish in store.known_after(("", ""), 9)] == [("a.example.test", 2)]


def test_a_clock_that_jumps_puts_nothing_off_for_years(store: Store) -> None:
    store.take([wanted()], sequence=1)
    (wish,) = store.due(["site"], 9)
    store.finish([Result(wish, "applied", again_at=2_000_000_000.0)], [])
    assert store.wake_again(1_000_000_000.0, farthest_s=100.0) == 100.0
    assert store.wake_again(1_000_000_101.0, farthest_s=100.0) is None
    assert len(store.due(["site"], 9)) == 1


def test_what_waited_is_due_after_a_start(store: Store, tmp_path: Path) -> None:
    store.take([wanted()], sequence=5)
    (wish,) = store.due(["site"], 9)
    report = Report(kind="site", key="a.example.test", revision=1, outcome="failed", at=1.0)
    store.finish([Result(wish, "waiting", attempts=4)], [report])
    store.close()
    again = Store(tmp_path / "agent.sqlite3")
    again.wake_all()
    assert [wish.attempts for wish in again.due(["site"], 9)] == [4]
    assert (again.last_sequence, len(again.outbox(9))) == (5, 1)
    again.close()
