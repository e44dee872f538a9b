"""A client's own program: made beside the one that answers, proved by its health path, and only then led to. What does not answer
harms nobody: the former goes on.
"""

import asyncio
import contextlib
import time
from typing import ClassVar

from essaim.agent.engines import health, homes, inside, php, runtimes, slots, watching
from essaim.agent.engines.slots import Slot
from essaim.agent.errors import Fact, PermanentError, TemporaryError
from essaim.agent.machine import Machine
from essaim.agent.resources import Applied, Drift, Seen
from essaim.contract import Fqdn, Program, encode
from essaim.contract.program import RUNTIMES, refusal_of

FIRST_LOOK_S, LOOK_S, LOOK_AT_FAILING_S, STOPPED_LOOK_S = 5.0, 60.0, 15.0, 3600.0
IDLE_LOOKS = 10
"""Looks in a row that find nobody there, ten minutes: then it sleeps."""
LEAVE_S = 1.0
"""Who was led to the former program a moment ago has reached it by then."""


class ProgramResource:
    """The program of one site."""

    kind: ClassVar[str] = "program"
    mends: ClassVar[bool] = False
    slow: ClassVar[bool] = True
    limit: ClassVar[int] = 4
    looks: ClassVar[int] = 4

    def __init__(self) -> None:
        self._idle: dict[str, int] = {}
        self._told: dict[str, tuple[object, ...]] = {}

    async def apply(self, spec: Program, revision: int, machine: Machine) -> Applied:  # noqa: ARG002 (of the protocol)
        """The program answers for its site, or sleeps until it is asked, or is stopped as wanted."""
        uid = _owner(spec, machine)
        _refuse_odd(spec, machine)
        if spec.stopped:
            await asyncio.to_thread(_stop, spec.fqdn, machine)
            return Applied(facts={"state": "stopped"}, again_in_s=STOPPED_LOOK_S)
        now = slots.answering(spec.fqdn, machine.paths)
        if now is None or slots.spec_in(now, machine.paths) != encode(spec):
            now = await _put_in_place(spec, uid, now, machine)
        others = [slot for slot in slots.all_of(spec.fqdn, machine.paths) if slot != now]
        await asyncio.to_thread(slots.retire, machine, *others)
        await asyncio.to_thread(_ensure_listening, now, spec, machine)
        seen = await asyncio.to_thread(watching.look, now, machine)
        self._told.pop(str(spec.fqdn), None)
        return Applied(facts=_facts(seen, spec, uid, machine), again_in_s=FIRST_LOOK_S)

    async def look(self, spec: Program, machine: Machine, *, drifted: bool) -> Seen:  # noqa: ARG002 (of the protocol)
        """How it is now; one that nobody has asked for long is put to sleep."""
        if spec.stopped:
            return Seen(again_in_s=STOPPED_LOOK_S)
        return await asyncio.to_thread(self._look, spec, machine)

    async def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        """It runs no more. `erase`: what it wrote is gone, too."""
        await asyncio.to_thread(_remove, Fqdn(key), machine, erase=erase)

    async def drift(self, spec: Program, machine: Machine) -> Drift | None:  # noqa: ARG002 (of the protocol)
        """Not asked: `look` goes on by itself."""
        return None

    def _look(self, spec: Program, machine: Machine) -> Seen:
        uid = _owner(spec, machine)
        slot = slots.answering(spec.fqdn, machine.paths)
        if slot is None or php.is_suspended(spec.account, machine.paths):
            raise TemporaryError(
                "program.gone",
                f"The program of {spec.fqdn} is no longer in its place.",
                "The agent puts it there again by itself.",
                facts={"fqdn": str(spec.fqdn)},
            )
        _ensure_listening(slot, spec, machine)
        seen = watching.look(slot, machine)
        if seen.state == "running" and not spec.always_on and self._is_idle(slot, machine):
            machine.systemd.stop(slot.service_unit)
            seen = watching.Seen("asleep", since=time.time())
        facts = _facts(seen, spec, uid, machine)
        told = (seen.state, seen.restarts, facts["lines"])
        is_news = self._told.get(str(spec.fqdn)) != told
        self._told[str(spec.fqdn)] = told
        if seen.state != "failing":
            return Seen(again_in_s=LOOK_S, facts=facts, is_news=is_news)
        return Seen(
            again_in_s=LOOK_AT_FAILING_S,
            is_news=is_news,
            code="program.failing",
            sentence=f"The program of {spec.fqdn} has ended {seen.restarts} times, last with {seen.ended_with}, and is started again.",
            advice=_ADVICE,
            facts={**facts, **_ending(seen), "fqdn": str(spec.fqdn), "count": seen.restarts},
        )

    def _is_idle(self, slot: Slot, machine: Machine) -> bool:
        name = slot.service_unit
        looks = 0 if watching.visits(slot, machine) else self._idle.get(name, 0) + 1
        self._idle = {other: count for other, count in self._idle.items() if other != name}
        if looks < IDLE_LOOKS:
            self._idle[name] = looks
        return looks >= IDLE_LOOKS


def _owner(spec: Program, machine: Machine) -> int:
    homes.require_none_refused(spec.account, machine)
    try:
        return machine.paths.home(spec.account).lstat().st_uid
    except FileNotFoundError:
        raise TemporaryError(
            "program.account_missing",
            f"The account {spec.account} is not on this machine yet.",
            "It follows by itself.",
            facts={"account": str(spec.account)},
        ) from None


def _refuse_odd(spec: Program, machine: Machine) -> None:
    if spec.runtime not in (here := runtimes.here(machine.paths)):
        label, others = RUNTIMES[spec.runtime].label, ", ".join(RUNTIMES[name].label for name in here)
        raise PermanentError(
            "program.runtime_missing",
            f"{label} is not on this machine.",
            f"Choose {others}." if here else "Give the machine the tree of runtimes: `essaim-agent program-tree`.",
            facts={"runtime": label, "offered": others},
        )
    refused = refusal_of(spec.runtime, spec.words, spec.environment, health=spec.health, patience_s=spec.patience_s)
    if refused is not None:
        raise PermanentError(
            "program.refused",
            f"What is said of the program cannot be: {refused.what} ({refused.code}).",
            "Report a fault of the manager.",
            facts={"what": refused.what, "why": refused.code},
        )


async def _put_in_place(spec: Program, uid: int, before: Slot | None, machine: Machine) -> Slot:
    """A new slot that has answered; visitors are led there.

    Raises:
        PermanentError: `program.silent`, `program.ended`: it does not answer. The former slot is as it was.
        TemporaryError: the same, and nothing answered before: its content may be on its way, after a machine was lost.
    """
    new = await asyncio.to_thread(_start, spec, uid, machine)
    try:
        await _prove(new, spec, uid, machine)
    except BaseException as wrong:
        await asyncio.to_thread(slots.retire, machine, new)
        if isinstance(wrong, PermanentError) and before is None:
            raise TemporaryError(wrong.code, wrong.sentence, wrong.advice, facts=wrong.facts) from None
        raise
    slots.lead_to(new, machine)
    slots.keep_over_boots(new, machine, always_on=spec.always_on)
    if before is not None:
        await asyncio.sleep(LEAVE_S)
    return new


def _start(spec: Program, uid: int, machine: Machine) -> Slot:
    with inside.opened(machine.paths.home(spec.account), slots.LOGS, spec.fqdn, uid=uid):
        pass
    slot = slots.make(spec, uid, machine)
    try:
        machine.systemd.start(slot.socket_unit, slot.service_unit)
    except BaseException:
        slots.retire(machine, slot)
        raise
    return slot


async def _prove(slot: Slot, spec: Program, uid: int, machine: Machine) -> None:
    until, path = time.monotonic() + spec.patience_s, slot.socket_path(machine.paths)
    said: str = ""
    while time.monotonic() < until:
        status = await health.ask(path, spec.fqdn, spec.health, patience_s=until - time.monotonic())
        if status in health.WELL:
            return
        said = str(status) if status else ""
        seen = await asyncio.to_thread(watching.look, slot, machine)
        if seen.restarts:
            facts = _trouble(spec, uid, machine) | _ending(seen)
            sentence = f"The program ended before it answered ({seen.ended_with}). What was there before goes on."
            raise PermanentError("program.ended", sentence, _ADVICE, facts=facts)
        await asyncio.sleep(0.1)
    facts = _trouble(spec, uid, machine) | {"path": spec.health, "seconds": spec.patience_s, "status": said}
    sentence = f"The program did not answer at {spec.health} within {spec.patience_s} s. What was there before goes on."
    if said:
        sentence = f"The program answered at {spec.health} with status {said}. What was there before goes on."
    raise PermanentError("program.silent", sentence, _ADVICE, facts=facts)


_ADVICE = "Read its last lines and mend it: other content or another command starts it again."


def _ending(seen: watching.Seen) -> dict[str, Fact]:
    """How it ended: with a `status` or by a `signal`."""
    how, _, number = seen.ended_with.partition(" ")
    return {how: number} if how in ("status", "signal") else {}


def _trouble(spec: Program, uid: int, machine: Machine) -> dict[str, Fact]:
    return {"lines": watching.last_lines(spec.account, spec.fqdn, uid, machine)}


def _facts(seen: watching.Seen, spec: Program, uid: int, machine: Machine) -> dict[str, Fact]:
    return {
        "state": seen.state,
        "since": seen.since,
        "restarts": seen.restarts,
        "memory_bytes": seen.memory_bytes,
        "lines": watching.last_lines(spec.account, spec.fqdn, uid, machine),
    }


def _ensure_listening(slot: Slot, spec: Program, machine: Machine) -> None:
    slots.keep_over_boots(slot, machine, always_on=spec.always_on)
    units = [slot.socket_unit, slot.service_unit] if spec.always_on else [slot.socket_unit]
    missing = [unit for unit, is_active in machine.systemd.are_active(units).items() if not is_active]
    if missing:
        machine.systemd.start(*missing)


def _stop(fqdn: Fqdn, machine: Machine) -> None:
    slots.forget_way(fqdn, machine)
    slots.retire(machine, *slots.all_of(fqdn, machine.paths))


def _remove(fqdn: Fqdn, machine: Machine, *, erase: bool) -> None:
    login = slots.account_of(fqdn, machine.paths)
    if login is None or homes.is_refused(login, machine.paths):
        return
    _stop(fqdn, machine)
    if erase:
        with contextlib.suppress(FileNotFoundError):
            inside.erase(machine.paths.home(login), slots.LOGS, fqdn)
        slots.forget(fqdn, machine)
