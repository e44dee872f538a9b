"""Where the rooms above say what they do when a machine answers, without the fleet knowing them.

A room registers in its `AppConfig.ready`. Functions run inside the worker's transaction and must be quick.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from essaim.contract import Report
from essaim.manager.fleet.models import Machine, Wanted

Told = TypeVar("Told", bound=Struct)
OnReport = Callable[[Machine, Wanted, Report], None]
OnRaised = Callable[[Machine, list[str]], None]
ForStory = Callable[[Wanted, Report], dict[str, str]]
BeforePublish = Callable[[Wanted], Path | None]


class Ask(NamedTuple):
    """Something to ask a machine now; its answer is told like all else."""

    machine: str
    word: str
    about: tuple[str, ...]


class Periodic(NamedTuple):
    """A job of the worker. `run` may use the database; it is called every `seconds`."""

    seconds: float
    name: str
    run: Callable[[], object]


_on_report: dict[str, list[OnReport]] = {}
_on_raised: dict[str, list[OnRaised]] = {}
_for_story: dict[str, ForStory] = {}
_on_told: dict[type[Struct], Callable[[Machine, Any], None]] = {}
_askers: list[Callable[[], list["Ask"]]] = []
_before_publish: dict[str, BeforePublish] = {}
periodic: list[Periodic] = []


def on_report(kind: str, function: OnReport) -> None:
    """Call `function` for every report about a wish of `kind`, after its row was brought up to date."""
    _on_report.setdefault(kind, []).append(function)


def on_raised(kind: str, function: OnRaised) -> None:
    """Call `function` with the keys of wishes of `kind` that a machine is told anew, for what it answered before may be past."""
    _on_raised.setdefault(kind, []).append(function)


def for_story(kind: str, function: ForStory) -> None:
    """Ask `function` what else the story is to tell of an answer about a wish of `kind`, as facts by name."""
    _for_story[kind] = function


def before_publish(kind: str, function: BeforePublish) -> None:
    """Ask `function` for the file that must be in the machine's blob stream before a wish of `kind` is sent."""
    _before_publish[kind] = function


def on_told(sort: type[Told], function: Callable[[Machine, Told], None]) -> None:
    """Call `function` with each message of this type that a machine tells. One that is delivered again, or after a newer one, is
    not passed on: what is told must bear to be lost.
    """
    _on_told[sort] = function


def ask_for(function: Callable[[], list[Ask]]) -> None:
    """Ask machines for what `function` finds, each time that the worker looks: whoever gets no answer names it again."""
    _askers.append(function)


def every(seconds: float, name: str, run: Callable[[], object]) -> None:
    """Run a job of the worker periodically."""
    periodic.append(Periodic(seconds, name, run))


def react(machine: Machine, wanted: Wanted, report: Report) -> None:
    """Tell every room that asked."""
    for function in _on_report.get(report.kind, ()):
        function(machine, wanted, report)


def told(machine: Machine, message: Struct) -> None:
    """Tell the room that asked for messages of this type."""
    function = _on_told.get(type(message))
    if function is not None:
        function(machine, message)


def asks() -> list[Ask]:
    """What every room wants asked now."""
    return [ask for function in _askers for ask in function()]


def facts_for_story(wanted: Wanted, report: Report) -> dict[str, str]:
    """What else the story tells of `report`, if its kind has more to say."""
    function = _for_story.get(wanted.kind)
    return function(wanted, report) if function else {}


def raised(machine: Machine, kind: str, keys: list[str]) -> None:
    """Tell every room that asked."""
    for function in _on_raised.get(kind, ()):
        function(machine, keys)


def file_before(wanted: Wanted) -> Path | None:
    """The file to send ahead of `wanted`, if its kind has one."""
    provider = _before_publish.get(wanted.kind)
    return provider(wanted) if provider and wanted.spec is not None else None
