"""Why the lab refuses: each sentence names the thing, each hint says what to do next.

LabError
├── NotReady          a preflight check said no; nothing was touched
├── AlreadyRunning    the instance is up
├── Busy              another process is starting or stopping the instance
├── NotRunning        the machine is off, or the instance is down
├── ProgramFailed     a program on this machine answered something else than 0
└── BootFailed        a machine did not reach its target in time
"""


class LabError(Exception):
    """A request the lab cannot meet. `str()` is a sentence for a person, `hint` says what to do next."""

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.hint = hint


class NotReady(LabError):
    """This machine lacks something the lab needs."""


class AlreadyRunning(LabError):
    """The instance is up already."""


class Busy(LabError):
    """Another process holds the instance's lock."""


class NotRunning(LabError):
    """The machine is off."""


class ProgramFailed(LabError):
    """A program ended with something else than 0; the sentence holds the end of what it wrote."""


class BootFailed(LabError):
    """A machine did not boot in time; the sentence names its log."""
