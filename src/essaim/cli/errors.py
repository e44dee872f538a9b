"""How a command ends badly, each with its exit code.

    CommandError         1  unexpected: a bug, or an answer that is not Essaim's
      Refused            3  the Manager (or an action on this machine) said no, in words
      Unreachable        4  nobody answers there
      NotProved          5  decided, and not live in time
      NotAllowed         6  not signed in, or not for this token

Wrong usage is click's own and ends with 2.
"""

from typing import Any, ClassVar


class CommandError(Exception):
    """What went wrong, what to do next, and the exit code."""

    exit_code: ClassVar[int] = 1

    def __init__(self, sentence: str, *, hint: str = "", code: str = "", problem: dict[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.hint = hint
        self.code = code
        self.problem = problem or {}

    def as_json(self) -> dict[str, Any]:
        """For `--json`: the problem document as the API sent it, or one of the same shape."""
        return self.problem or {"title": str(self), "detail": self.hint, "code": self.code}


class Refused(CommandError):
    """A rule stands against it."""

    exit_code = 3


class Unreachable(CommandError):
    """No answer, however often it was asked."""

    exit_code = 4


class NotProved(CommandError):
    """Time was up before the proof."""

    exit_code = 5


class NotAllowed(CommandError):
    """No token, one that is not valid, or one that does not open this."""

    exit_code = 6
