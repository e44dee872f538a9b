"""From what happened to what is kept and told: one `Verdict` a wish. No I/O but the journal."""

import logging
import random
import time
import uuid
from dataclasses import dataclass

from essaim.agent.errors import AgentError, from_os_error
from essaim.agent.resources import Applied, Drift, Seen
from essaim.agent.store import Result, Wish
from essaim.contract import Outcome, Report

log = logging.getLogger("essaim.agent")

FIRST_DELAY_S, LONGEST_DELAY_S = 0.2, 300.0
BUG_FIRST_DELAY_S, BUG_LONGEST_DELAY_S = 60.0, 3600.0
_MANY = 30  # doublings after which the longest delay is certain


@dataclass(frozen=True)
class Verdict:
    """A row's new state, its report, and after how many seconds the agent tries again (monotonic)."""

    result: Result
    report: Report | None
    retry_in_s: float | None = None


def delay_s(attempts: int, first: float, longest: float) -> float:
    """How long to wait after so many failures: doubling, with a quarter of jitter so that neighbours spread."""
    whole = min(longest, first * 2.0 ** min(attempts, _MANY))
    return whole * random.uniform(0.75, 1.0)  # noqa: S311  spreading, not a secret


def applied(wish: Wish, done: Applied, seconds: float, *, mended: Drift | None = None) -> Verdict:
    """Real is as wanted. `mended`: what was not."""
    again_at = None if done.again_in_s is None else time.time() + done.again_in_s
    outcome: Outcome = "mended" if mended else "applied"
    report = Report(
        kind=wish.kind,
        key=wish.key,
        revision=wish.revision,
        outcome=outcome,
        at=time.time(),
        seconds=round(seconds, 4),
        code=mended.code if mended else "",
        sentence=mended.sentence if mended else "",
        facts={**mended.facts, **done.facts} if mended else done.facts,
        probes=done.probes,
    )
    told_before = wish.applied_revision == wish.revision and not (wish.attempts or wish.drifted or mended)
    is_told = done.is_news or not told_before
    return Verdict(Result(wish, "applied", again_at=again_at), report if is_told else None)


def failed(wish: Wish, wrong: Exception, seconds: float) -> Verdict:
    """Real is not as wanted: a temporary error is retried, a permanent one waits, a bug is retried slowly."""
    error = from_os_error(wrong, wish.kind) if isinstance(wrong, OSError) else wrong
    if not isinstance(error, AgentError):
        return _bug(wish, wrong, seconds)
    log.warning("%s %s (revision %d): %s [%s]", wish.kind, wish.key, wish.revision, error.sentence, error.code)
    retry = None
    if error.is_temporary:
        longest = error.retry_at_most_s or LONGEST_DELAY_S
        retry = max(delay_s(wish.attempts, FIRST_DELAY_S, longest), error.retry_in_s or 0.0)
    return _failed(wish, error, seconds, retry)


def _bug(wish: Wish, wrong: Exception, seconds: float) -> Verdict:
    reference = uuid.uuid4().hex[:8]
    log.error("Bug %s: %s %s (revision %d)", reference, wish.kind, wish.key, wish.revision, exc_info=wrong)
    error = AgentError(
        "agent.bug",
        f"The agent met a fault of its own ({type(wrong).__name__}); its reference is {reference}.",
        f"Report it with what `journalctl -u essaim-agent -g {reference}` says on the machine.",
        facts={"exception": type(wrong).__name__, "reference": reference},
    )
    return _failed(wish, error, seconds, delay_s(wish.attempts, BUG_FIRST_DELAY_S, BUG_LONGEST_DELAY_S))


def _failed(wish: Wish, error: AgentError, seconds: float, retry: float | None) -> Verdict:
    report = Report(
        kind=wish.kind,
        key=wish.key,
        revision=wish.revision,
        outcome="failed",
        at=time.time(),
        seconds=round(seconds, 4),
        code=error.code,
        sentence=error.sentence,
        advice=error.advice,
        facts=error.facts,
        probes=error.probes,
        retry_at=None if retry is None else time.time() + retry,
    )
    state = "failed" if retry is None else "waiting"
    return Verdict(Result(wish, state, attempts=wish.attempts + 1), report, retry)


def unchanged(wish: Wish, drift: Drift | None) -> Verdict | None:
    """After a comparison that mends nothing: drift is told when it appears and when it has gone, not each time."""
    if (drift is not None) == wish.drifted:
        return None
    report = Report(
        kind=wish.kind,
        key=wish.key,
        revision=wish.revision,
        outcome="applied" if drift is None else "drifted",
        at=time.time(),
        code=drift.code if drift else "",
        sentence=drift.sentence if drift else "",
        facts=drift.facts if drift else {},
    )
    return Verdict(Result(wish, "applied", drifted=drift is not None), report)


def seen(wish: Wish, what: Seen, seconds: float) -> Verdict:
    """After a look: told when it changed."""
    drifted = wish.drifted if what.as_before else bool(what.sentence)
    report = Report(
        kind=wish.kind,
        key=wish.key,
        revision=wish.revision,
        outcome="drifted" if drifted else "applied",
        at=time.time(),
        seconds=round(seconds, 4),
        code=what.code,
        sentence=what.sentence,
        advice=what.advice,
        facts=what.facts,
        probes=what.probes,
    )
    result = Result(wish, "applied", drifted=drifted, again_at=time.time() + what.again_in_s)
    return Verdict(result, report if what.is_news or drifted != wish.drifted else None)
