"""Which authority is asked, and which next. What is known of authorities that are down ends with the agent's process."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from essaim.agent.errors import AgentError
from essaim.contract import AcmeDirectory

LASTING = frozenset(
    f"certificate.{code}" for code in ("rate_limited", "caa_forbids", "ca_refused", "ca_odd", "key_missing")
)
"""This authority will not issue soon, but another may. A name that does not lead here is the same to all of them."""
OUTAGES = frozenset(f"certificate.{code}" for code in ("ca_unreachable", "ca_slow", "ca_gave_up"))
"""May be over in a minute."""
LONG_OUTAGE_S = 600.0
LOOK_AGAIN_S = 300.0
"""How often an authority that has been down for long is asked, while there is another."""


@dataclass
class _Outage:
    since: float
    asked_at: float


class Preference:
    """What this machine knows of its authorities."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._outages: dict[str, _Outage] = {}

    def in_turn(self, directories: Sequence[AcmeDirectory]) -> list[AcmeDirectory]:
        """Whom to ask, one after the other: the preferred first, without those that are known to be down. Never empty."""
        return [one for one in directories if not self._is_resting(one)] or list(directories[:1])

    def answered(self, directory: AcmeDirectory) -> None:
        """It issued."""
        self._outages.pop(directory.url, None)

    def passes_on(self, directory: AcmeDirectory, wrong: AgentError) -> bool:
        """It did not issue, for the reason `wrong`. Answers whether the next one is to be asked now."""
        if wrong.code not in OUTAGES:
            self.answered(directory)
            return wrong.code in LASTING
        now = self._clock()
        outage = self._outages.setdefault(directory.url, _Outage(now, now))
        outage.asked_at = now
        return self._is_long(outage)

    def _is_long(self, outage: _Outage) -> bool:
        return self._clock() - outage.since >= LONG_OUTAGE_S

    def _is_resting(self, directory: AcmeDirectory) -> bool:
        outage = self._outages.get(directory.url)
        return outage is not None and self._is_long(outage) and self._clock() - outage.asked_at < LOOK_AGAIN_S


def summed(refusals: Sequence[AgentError]) -> AgentError:
    """What to tell when no authority issued: the words of the preferred one, of those where trying again may help; tried again
    as soon as one of them may be asked.
    """
    hopeful = [wrong for wrong in refusals if wrong.is_temporary]
    told = (hopeful or refusals)[0]
    if len(hopeful) > 1:
        told.retry_in_s = min(wrong.retry_in_s or 0.0 for wrong in hopeful)
    return told
