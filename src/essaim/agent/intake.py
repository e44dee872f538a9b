"""From bytes of the bus to wishes worth storing. What cannot be read or is too new is told, and what was there is kept."""

import time
from collections.abc import Container, Iterable

from essaim.agent.errors import Fact
from essaim.agent.store import Wish
from essaim.contract import (
    VERSION,
    ContractError,
    Fqdn,
    Login,
    MachineName,
    NameRefused,
    Outcome,
    Report,
    Wanted,
    decode,
    decode_spec,
)

Facts = dict[str, Fact]


def read(messages: Iterable[bytes], kinds: Container[str]) -> tuple[list[Wanted], list[Report]]:
    """The wishes among `messages`, the last of each key only, and reports of those that are refused."""
    wishes: dict[tuple[str, str], Wanted] = {}
    refused: list[Report] = []
    for data in messages:
        try:
            wanted = decode(data, Wanted)
        except ContractError as wrong:
            refused.append(_refusal("", "", 0, "agent.unreadable", f"A wish could not be read: {wrong}"))
            continue
        told = _refuse(wanted, kinds)
        if told is not None:
            refused.append(told)
        elif (wanted.kind, wanted.key) not in wishes or wishes[wanted.kind, wanted.key].revision <= wanted.revision:
            wishes[wanted.kind, wanted.key] = wanted
    return list(wishes.values()), refused


def _refuse(wanted: Wanted, kinds: Container[str]) -> Report | None:
    if wanted.version > VERSION:
        sentence = f"This wish is of contract {wanted.version}; this agent reads up to {VERSION} and keeps what it has."
        facts: Facts = {"version": wanted.version, "known": VERSION}
        return _report(wanted, "too_new", "agent.too_new", sentence, "Upgrade the agent of this machine.", facts)
    if wanted.kind not in kinds:
        sentence = f"This machine has no role for a {wanted.kind[:40]}."
        advice = "Give it the role, or place it elsewhere."
        return _report(wanted, "failed", "agent.kind_unknown", sentence, advice, {"kind": wanted.kind[:40]})
    try:
        _check(wanted)
    except (ContractError, NameRefused) as wrong:
        sentence = f"This wish could not be read, and what was there is kept: {wrong}"
        advice = "Report a fault of the manager."
        return _report(wanted, "failed", "agent.unreadable", sentence, advice, {"detail": str(wrong)[:900]})
    return None


def _check(wanted: Wanted) -> None:
    if wanted.is_removal:
        {"account": Login, "keys": MachineName}.get(wanted.kind, Fqdn)(wanted.key)
        return
    spec = decode_spec(wanted)
    own_key = getattr(spec, "login", None) or getattr(spec, "fqdn", None) or getattr(spec, "machine", None)
    if own_key != wanted.key:
        raise ContractError(f"The key is {wanted.key!r}, but the spec is about {own_key!r}.")


def _report(wanted: Wanted, outcome: Outcome, code: str, sentence: str, advice: str, facts: Facts) -> Report:
    return _refusal(wanted.kind, wanted.key, wanted.revision, code, sentence, advice, outcome, facts)


def _refusal(
    kind: str,
    key: str,
    revision: int,
    code: str,
    sentence: str,
    advice: str = "",
    outcome: Outcome = "failed",
    facts: Facts | None = None,
) -> Report:
    return Report(
        kind=kind[:40],
        key=key[:253],
        revision=revision,
        outcome=outcome,
        at=time.time(),
        code=code,
        sentence=sentence[:1000],
        advice=advice,
        facts=facts or {},
    )


def stale(known: Iterable[Wish], wishes: Iterable[Wanted]) -> list[Report]:
    """Reports for wishes older than what is known. One of the same revision is a repetition, and needs no answer."""
    asked = {(wanted.kind, wanted.key): wanted for wanted in wishes}
    return [
        Report(
            kind=wish.kind,
            key=wish.key,
            revision=asked[wish.name].revision,
            outcome="stale",
            at=time.time(),
            code="agent.stale",
            sentence="This machine already knows a newer revision.",
            known_revision=wish.revision,
        )
        for wish in known
        if wish.revision > asked[wish.name].revision
    ]
