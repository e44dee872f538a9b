"""A site's own program: what a person says of it, parsed, and what its page shows. No row is changed here."""

import shlex
from collections.abc import Mapping
from typing import NamedTuple

from essaim.contract.program import (
    RUNTIMES,
    SHARES,
    VALUE_LONGEST,
    VARIABLES_MOST,
    WORDS_MOST,
    Refused,
    RuntimeKind,
    refusal_of,
)
from essaim.manager.core.errors import EssaimError
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting import program_errors as errors
from essaim.manager.hosting.models import Program, Site

KEPT = "********"
"""In the place of a value that is there and not shown: it stays as it is."""
INSTALLERS = frozenset({"npm", "npx", "yarn", "pnpm", "pip", "pip3", "sh", "bash"})
HOW_LONG_S = 30


class Card(NamedTuple):
    """What the page of a site says of its program."""

    program: Program | None
    runtimes: list[RuntimeKind]
    """Those of its machine."""
    variables: list[str]
    """Names alone."""


def card_of(site: Site) -> Card:
    """The program of `site`, or what could be one: one query."""
    program = Program.objects.filter(site=site).first()
    names = sorted(program.environment) if program else []
    return Card(program, runtimes_of(site.account.machine), names)


def runtimes_of(machine: Machine) -> list[RuntimeKind]:
    """Those that `machine` said it has."""
    return [RUNTIMES[name] for name in machine.runtimes if name in RUNTIMES]


def require_runtime(runtime: str, machine: Machine) -> None:
    """Refuse a runtime that `machine` does not have.

    Raises:
        ProgramRuntimeUnknown.
    """
    offered = runtimes_of(machine)
    if runtime not in [kind.name for kind in offered]:
        label = RUNTIMES[runtime].label if runtime in RUNTIMES else runtime[:40]
        raise errors.ProgramRuntimeUnknown(runtime=label, offered=", ".join(kind.label for kind in offered) or "–")


def parse_command(runtime: str, text: str) -> list[str]:
    """The words that follow the interpreter, from a line as a person types it: `node server.js --port 1` and `server.js --port 1`
    are the same.

    Raises:
        ProgramCommandRefused, ProgramIsInstaller, ProgramWithoutCommand.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        raise errors.ProgramCommandRefused(what=text.strip()[-40:], most=WORDS_MOST) from None
    kind = RUNTIMES.get(runtime)
    if words and kind and words[0].rpartition("/")[2] in kind.also_called:
        words = words[1:]
    if not words:
        raise errors.ProgramWithoutCommand
    if words[0] in INSTALLERS:
        raise errors.ProgramIsInstaller(what=words[0])
    return words


def parse_variables(text: str) -> dict[str, str]:
    """Variables as a person writes them, one a line.

    Raises:
        ProgramVariableRefused.
    """
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, value = line.partition("=")
        if not equals:
            raise errors.ProgramVariableRefused(what=line[:20])
        found[name.strip().removeprefix("export ").strip()] = value.strip()
    return found


def shown_variables(environment: Mapping[str, str]) -> str:
    """The variables for the form: their names, and no value."""
    return "\n".join(f"{name}={KEPT}" for name in sorted(environment))


def merged(before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """`before`, once `given` takes the place of what it names; an empty value takes a variable away, `KEPT` leaves it."""
    found = {**before, **{name: value for name, value in given.items() if value != KEPT or name not in before}}
    return {name: value for name, value in sorted(found.items()) if value}


def require_sound(program: Program) -> None:
    """Refuse what no machine would take.

    Raises:
        EssaimError: of `program_errors`.
    """
    if program.share_percent not in SHARES:
        raise errors.ProgramShareRefused(share=program.share_percent, allowed=", ".join(map(str, SHARES)))
    refused = refusal_of(
        program.runtime, program.words, program.environment, health=program.health, patience_s=program.patience_s
    )
    if refused is not None:
        raise _refusal(refused)


def _refusal(refused: Refused) -> EssaimError:
    refusal, facts = _REFUSALS.get(refused.code, (errors.ProgramCommandRefused, {"most": WORDS_MOST}))
    return refusal(what=refused.what, **facts)


_REFUSALS: dict[str, tuple[type[EssaimError], dict[str, object]]] = {
    "program.no_words": (errors.ProgramWithoutCommand, {}),
    "program.name_refused": (errors.ProgramVariableRefused, {}),
    "program.name_reserved": (errors.ProgramVariableReserved, {}),
    "program.value_refused": (errors.ProgramVariableTooLong, {"longest": VALUE_LONGEST}),
    "program.variables_too_many": (errors.ProgramVariablesTooMany, {"most": VARIABLES_MOST}),
    "program.health_refused": (errors.ProgramHealthRefused, {}),
}
