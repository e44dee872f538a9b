"""A client's own program that goes on running, as data: which runtimes there are, and what a client may say of a program.

Both floors read this, and neither names a runtime in its code. A machine tells in its facts which of them it has.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec

Runtime = Literal["node", "python"]


class RuntimeKind(msgspec.Struct, frozen=True, kw_only=True):
    """What starts a program: `interpreter` with the client's own words behind it."""

    name: Runtime
    label: str
    """As people know it, with the version that Debian's release carries."""
    interpreter: str
    """Its path in the tree."""
    also_called: tuple[str, ...]
    """What people type in front of their own words; it is left out."""
    supported_until: date
    """The last day with security updates: the end of Debian's long-term support (wiki.debian.org/LTS)."""


CODENAME = "bookworm"
"""The release of Debian whose runtimes these are."""
_UNTIL = date(2028, 6, 30)
RUNTIMES: dict[str, RuntimeKind] = {
    kind.name: kind
    for kind in (
        RuntimeKind(
            name="node",
            label="Node.js 18",
            interpreter="/usr/bin/node",
            also_called=("node", "nodejs"),
            supported_until=_UNTIL,
        ),
        RuntimeKind(
            name="python",
            label="Python 3.11",
            interpreter="/usr/bin/python3",
            also_called=("python3", "python", "python3.11"),
            supported_until=_UNTIL,
        ),
    )
}
WORDS_MOST, WORD_LONGEST = 32, 400
VARIABLES_MOST, VALUE_LONGEST = 64, 2_000
SHARES = (25, 50, 75)
"""Of the account's memory and tasks, in percent, what a program may have."""
HEALTH_S = (5, 120)
"""Between so many seconds a program may take until it answers."""

RESERVED = re.compile(r"LISTEN_.*|LD_.*|NOTIFY_SOCKET|NODE_OPTIONS|PATH|HOME|USER|LOGNAME|TMPDIR|PORT|ESSAIM_.*")
"""What the platform gives by itself."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,200}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Code = Literal[
    "program.runtime_unknown",
    "program.no_words",
    "program.words_refused",
    "program.name_refused",
    "program.name_reserved",
    "program.value_refused",
    "program.variables_too_many",
    "program.health_refused",
    "program.patience_refused",
]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why something about a program was refused; `what`: the word, the name or the path that it is about. Never a value: it may be secret."""

    code: Code
    what: str = ""


def refusal_of(
    runtime: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    health: str,
    patience_s: int,
) -> Refused | None:
    """The first thing that is not of the shape that a machine takes; None: all is."""
    if runtime not in RUNTIMES:
        return Refused(code="program.runtime_unknown", what=runtime[:40])
    return _of_words(words) or _of_environment(environment) or _of_numbers(health, patience_s)


def _of_words(words: Sequence[str]) -> Refused | None:
    if not words or not words[0].strip():
        return Refused(code="program.no_words")
    for word in words:
        if len(word) > WORD_LONGEST or _CONTROL.search(word):
            return Refused(code="program.words_refused", what=_CONTROL.sub(" ", word)[:40])
    if len(words) > WORDS_MOST:
        return Refused(code="program.words_refused", what=words[WORDS_MOST][:40])
    return None


def _of_environment(environment: Mapping[str, str]) -> Refused | None:
    if len(environment) > VARIABLES_MOST:
        return Refused(code="program.variables_too_many", what=str(VARIABLES_MOST))
    for name, value in environment.items():
        if not _NAME.fullmatch(name):
            return Refused(code="program.name_refused", what=_CONTROL.sub(" ", name)[:40])
        if RESERVED.fullmatch(name):
            return Refused(code="program.name_reserved", what=name)
        if len(value) > VALUE_LONGEST or "\0" in value:
            return Refused(code="program.value_refused", what=name)
    return None


def _of_numbers(health: str, patience_s: int) -> Refused | None:
    if not _PATH.fullmatch(health):
        return Refused(code="program.health_refused", what=_CONTROL.sub(" ", health)[:40])
    if not HEALTH_S[0] <= patience_s <= HEALTH_S[1]:
        return Refused(code="program.patience_refused", what=str(patience_s))
    return None
