"""How applying a wish may fail. Both errors travel back in a `Report` and are shown beside the row.

    AgentError
    ├── TemporaryError   retried by the agent itself, with growing delay
    └── PermanentError   waits for a new revision: retrying the same wish cannot help

Any other exception is a bug: it is reported as `agent.bug` with a reference, and retried slowly.
"""

import errno
from typing import ClassVar

from essaim.contract import ProbeResult

Fact = str | int | float | bool


class AgentError(Exception):
    """A wish that could not be made real, said for the volunteer who reads it beside the row."""

    is_temporary: ClassVar[bool]

    def __init__(
        self,
        code: str,
        sentence: str,
        advice: str = "",
        *,
        facts: dict[str, Fact] | None = None,
        probes: tuple[ProbeResult, ...] = (),
        retry_in_s: float | None = None,
        retry_at_most_s: float | None = None,
    ) -> None:
        """`code` is dotted, room first. `facts`: what varies in the sentence and the advice, by name: the manager says
        them in the reader's language (its `fleet.words`). `retry_in_s`: when to retry at the earliest (a daemon's `Retry-After`).

        `retry_at_most_s`: how far the growing delay may grow, where the usual is too far.
        """
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.advice = advice
        self.facts = facts or {}
        self.probes = probes
        self.retry_in_s = retry_in_s
        self.retry_at_most_s = retry_at_most_s


class TemporaryError(AgentError):
    """It may work later without anybody changing the wish."""

    is_temporary = True


class PermanentError(AgentError):
    """It cannot work as wished."""

    is_temporary = False


_FULL = {errno.ENOSPC: "its disk is full", errno.EDQUOT: "the account's disk quota is used up"}


def from_os_error(wrong: OSError, kind: str) -> AgentError:
    """The error that tells a volunteer what the kernel said; a full disk gets words of its own."""
    if wrong.errno in _FULL:
        name = "disk_full" if wrong.errno == errno.ENOSPC else "quota_full"
        return TemporaryError(
            f"{kind}.{name}",
            f"Nothing was changed, because {_FULL[wrong.errno]}.",
            "Free space on the machine or enlarge its disk; the agent goes on by itself."
            if wrong.errno == errno.ENOSPC
            else "Delete files of this account or give it a larger quota.",
        )
    path, detail = str(wrong.filename or ""), str(wrong.strerror or wrong)
    where = f" at {path}" if path else ""
    return TemporaryError(
        f"{kind}.system",
        f"The system refused{where}: {detail}.",
        "See the journal.",
        facts={"path": path, "detail": detail},
    )
