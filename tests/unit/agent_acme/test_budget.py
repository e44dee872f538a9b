"""Orders wait their turn, by a clock of the test's own."""

from pathlib import Path

import msgspec
import pytest

from essaim.agent.acme.budget import ABSENT_S, WINDOW_S, Budget, Urgency
from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Config, Machine, Paths
from essaim.contract import AcmeDirectory
from tests.unit.agent_acme.web import Web

CA = AcmeDirectory(url="https://one.example.test/dir", orders_per_3h=10)
A_TOKEN_S = WINDOW_S / 10


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(Config(machine="web1", roles=("web",)), paths=Paths(tmp_path))


@pytest.fixture
def budget(machine: Machine, clock: Clock) -> Budget:
    return Budget(machine, clock)


def spend(budget: Budget, key: str, urgency: Urgency = Urgency.NEW) -> float:
    """0: it may order; else in how many tokens' time its turn comes."""
    try:
        budget.spend(CA, key, urgency)
    except TemporaryError as queued:
        return (queued.retry_in_s or 0.0) / A_TOKEN_S
    return 0.0


def empty(budget: Budget) -> None:
    assert [spend(budget, f"first{n}") for n in range(10)] == [0.0] * 10


def test_without_a_limit_nobody_waits(budget: Budget) -> None:
    for n in range(1000):
        budget.spend(AcmeDirectory(url=CA.url), f"s{n}", Urgency.LATER)


def test_those_above_the_limit_wait_one_after_the_other(budget: Budget) -> None:
    empty(budget)
    assert [spend(budget, name) for name in "abc"] == pytest.approx([1, 2, 3])


def test_whoever_asks_again_keeps_its_place(budget: Budget) -> None:
    empty(budget)
    assert [spend(budget, name) for name in "abab"] == pytest.approx([1, 2, 1, 2])


def test_a_turn_that_was_promised_comes(budget: Budget, clock: Clock) -> None:
    empty(budget)
    waits = [spend(budget, name) for name in "abc"]
    began = clock.now
    for name, wait in zip("abc", waits, strict=True):
        clock.now = began + wait * A_TOKEN_S + 0.001
        assert spend(budget, name) == 0


def test_a_new_site_goes_before_a_renewal_that_can_wait_and_after_one_that_cannot(budget: Budget) -> None:
    empty(budget)
    spend(budget, "later", Urgency.LATER)
    assert spend(budget, "new", Urgency.NEW) == pytest.approx(1)
    assert spend(budget, "ending", Urgency.ENDING) == pytest.approx(1)
    assert spend(budget, "new", Urgency.NEW) == pytest.approx(2)


def test_renewals_that_can_wait_leave_a_part_to_the_urgent(budget: Budget) -> None:
    assert [spend(budget, f"r{n}", Urgency.LATER) for n in range(9)].count(0.0) == 8
    assert spend(budget, "new") == 0


def test_who_never_comes_holds_up_nobody(budget: Budget, clock: Clock) -> None:
    empty(budget)
    spend(budget, "erased")
    clock.now += A_TOKEN_S + ABSENT_S + 1
    assert spend(budget, "other") == 0


def test_a_restart_does_not_fill_the_bucket(budget: Budget, machine: Machine, clock: Clock) -> None:
    empty(budget)
    assert spend(Budget(machine, clock), "other") == pytest.approx(1)


def test_a_damaged_file_is_a_full_bucket(budget: Budget, machine: Machine, clock: Clock) -> None:
    empty(budget)
    (machine.paths.state / "acme/budget.json").write_text("[1")
    assert spend(Budget(machine, clock), "other") == 0


def test_a_site_that_waits_is_told_its_turn_and_orders_nothing(web: Web) -> None:
    limited = msgspec.structs.replace(web.in_order().directories[0], orders_per_3h=1)
    spec = msgspec.structs.replace(web.spec(), directories=(limited,))
    other = msgspec.structs.replace(spec, fqdn="other.example.test", names=("other.example.test",))

    async def both(resource):  # type: ignore[no-untyped-def]  # as `web.run` gives it
        await resource.apply(spec, 1, web.machine)
        with pytest.raises(TemporaryError) as queued:
            await resource.apply(other, 1, web.machine)
        return queued.value

    queued = web.run(both)
    assert (queued.code, queued.facts["place"]) == ("certificate.queued", 1)
    assert queued.retry_in_s == pytest.approx(WINDOW_S, rel=0.01)
    assert web.authority.asked.count("order") == 1
