"""The resource `probe`: proved when wanted, looked at gently afterwards, and told only when something changed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from essaim.agent import verdicts
from essaim.agent.errors import TemporaryError
from essaim.agent.machine import Config, Machine, Paths
from essaim.agent.prober.proof import Prover
from essaim.agent.prober.resolve import Addresses, ResolverAway
from essaim.agent.resources import Seen, WatchingResource
from essaim.agent.resources import probe as probe_module
from essaim.agent.resources.probe import ProbeResource
from essaim.agent.slow import SlowLane
from essaim.agent.store import Store, Wish
from essaim.agent.verdicts import Verdict
from essaim.contract import NOTHING, Wanted, encode
from tests.unit.agent_prober.servers import ADDRESSES, SPEC, FakeSite, eventually, listening

T = TypeVar("T")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(Config(machine="outside1", roles=("prober",)), paths=Paths(tmp_path))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses before somebody is told, made short."""
    monkeypatch.setattr(probe_module, "CONFIRM_S", (0.01, 0.02))
    monkeypatch.setattr(probe_module, "SILENT_RETRIES_S", (0.01, 0.02))


def with_resource(site: FakeSite, act: Callable[[ProbeResource], Awaitable[T]]) -> T:
    async def found(name: str) -> Addresses:
        return ADDRESSES

    async def run() -> T:
        async with listening(site) as ports:
            return await act(ProbeResource(Prover(look_up=found, ports=ports)))

    return asyncio.run(run())


def test_the_resource_is_a_watching_one() -> None:
    assert isinstance(ProbeResource(), WatchingResource)


def test_a_proof_tells_its_seconds_and_when_to_look_again(machine: Machine) -> None:
    applied = with_resource(FakeSite(), lambda resource: resource.apply(SPEC, 1, machine))
    assert applied.facts["site_revision"] == 1
    assert 0 < float(applied.facts["proof_seconds"]) < 5
    assert applied.again_in_s is not None
    assert 90 <= applied.again_in_s <= 900


def test_php_is_asked_in_every_proof_so_that_no_answer_hangs_on_a_report_passed_over(machine: Machine) -> None:
    site = FakeSite()

    async def twice(resource: ProbeResource) -> None:
        await resource.apply(SPEC, 1, machine)
        await resource.apply(msgspec.structs.replace(SPEC, https=False), 2, machine)

    with_resource(site, twice)
    assert sum("/php?" in path for path in site.asked) == 2


def test_a_site_that_is_a_moment_late_is_proved_without_a_word(machine: Machine) -> None:
    site = FakeSite(proof="")

    async def late(resource: ProbeResource) -> object:
        proof = asyncio.create_task(resource.apply(SPEC, 1, machine))
        await eventually(lambda: bool(site.asked))
        site.proof = SPEC.proof
        return await proof

    assert with_resource(site, late)


def test_what_does_not_hold_is_told_with_every_request(machine: Machine) -> None:
    with pytest.raises(TemporaryError) as caught:
        with_resource(FakeSite(proof="b" * 26), lambda resource: resource.apply(SPEC, 1, machine))
    assert caught.value.code == "probe.other_site"
    assert len(caught.value.probes) == 4
    assert caught.value.retry_at_most_s == 60


def look(site: FakeSite, machine: Machine, *, drifted: bool = False) -> Seen:
    return with_resource(site, lambda resource: resource.look(SPEC, machine, drifted=drifted))


def test_a_look_at_a_site_that_is_as_wanted_says_nothing(machine: Machine) -> None:
    seen = look(FakeSite(), machine)
    assert not seen.sentence
    assert 855 <= seen.again_in_s <= 945


def test_a_site_that_changed_is_looked_at_twice_more_before_it_is_told(machine: Machine) -> None:
    site = FakeSite(proof="b" * 26)
    assert look(site, machine).code == "probe.other_site"
    assert len(site.asked) == 6


def test_one_bad_look_is_not_told(machine: Machine) -> None:
    site = FakeSite(status=500)

    async def recovers(resource: ProbeResource) -> Seen:
        seen = asyncio.create_task(resource.look(SPEC, machine, drifted=False))
        await eventually(lambda: bool(site.asked))
        site.status = 200
        return await seen

    assert not with_resource(site, recovers).sentence


def test_a_drifted_site_is_looked_at_every_minute(machine: Machine) -> None:
    assert look(FakeSite(status=500), machine, drifted=True).again_in_s <= 63


def test_a_resolver_that_is_away_changes_nothing_that_is_known(machine: Machine) -> None:
    async def away(name: str) -> Addresses:
        raise ResolverAway("No answer.")

    assert asyncio.run(ProbeResource(Prover(look_up=away)).look(SPEC, machine, drifted=False)).as_before


BAD = Seen(again_in_s=60, code="probe.status", sentence="It answers with status 500.")


@pytest.mark.parametrize(
    ("drifted", "seen", "outcome"),
    [
        (False, BAD, "drifted"),
        (True, BAD, None),
        (True, Seen(again_in_s=900), "applied"),
        (False, Seen(again_in_s=900), None),
        (True, Seen(again_in_s=30, as_before=True), None),
    ],
)
def test_a_look_is_told_when_it_changes_what_is_known(drifted: bool, seen: Seen, outcome: str | None) -> None:  # noqa: FBT001
    verdict = verdicts.seen(a_wish(drifted=drifted), seen, 0.1)
    assert (verdict.report.outcome if verdict.report else None) == outcome
    assert verdict.result.state == "applied"
    assert verdict.result.again_at is not None


def a_wish(*, drifted: bool) -> Wish:
    return Wish("probe", SPEC.fqdn, 7, encode(SPEC), erase=False, state="due", applied_revision=7, drifted=drifted)


class _Slow(ProbeResource):
    """Looks never end; proofs end at once."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = 0

    async def apply(self, *_: object) -> probe_module.Applied:
        return probe_module.Applied(again_in_s=900)

    async def look(self, *_: object, **__: object) -> Seen:
        self.looked += 1
        await asyncio.Event().wait()
        raise AssertionError


def wanted(number: int, revision: int) -> Wanted:
    spec = msgspec.Raw(encode(SPEC)) if revision else NOTHING
    return Wanted(version=1, kind="probe", key=f"s{number}.example.test", revision=revision, spec=spec)


def test_looks_that_hang_never_delay_a_fresh_proof(machine: Machine, tmp_path: Path) -> None:
    store, resource, done = Store(tmp_path / "s.sqlite3"), _Slow(), list[Verdict]()
    store.take([wanted(number, 1) for number in range(100)], sequence=1)
    overdue = [verdicts.applied(wish, probe_module.Applied(again_in_s=0), 0.1) for wish in store.due(["probe"], 100)]
    store.finish([verdict.result for verdict in overdue], [])

    async def run() -> None:
        lane = SlowLane(resource, machine, store, done.append)
        task = asyncio.create_task(lane.run())
        store.wake_again(time.time() + 1, farthest_s=1e9)
        lane.wake.set()
        await eventually(lambda: resource.looked == resource.looks)
        store.take([wanted(500, 9)], sequence=2)
        lane.wake.set()
        await eventually(lambda: bool(done))
        task.cancel()

    asyncio.run(asyncio.wait_for(run(), 10))
    assert [verdict.result.wish.key for verdict in done] == ["s500.example.test"]
    assert resource.looked == 8
    store.close()


def test_what_is_overdue_comes_in_portions(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    store.take([wanted(number, 1) for number in range(200)], sequence=1)
    overdue = [verdicts.applied(wish, probe_module.Applied(again_in_s=0), 0.1) for wish in store.due(["probe"], 200)]
    store.finish([verdict.result for verdict in overdue], [])
    assert store.wake_again(time.time() + 1, farthest_s=1e9) == 0
    assert len(store.due(["probe"], 200, applied_before=True)) == 64
    assert store.due(["probe"], 200, applied_before=False) == []
    store.close()
