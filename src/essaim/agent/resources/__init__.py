"""One module a kind: each turns a typed spec into calls of engines.

A resource reads, computes the difference, changes. Applying twice equals applying once. It never talks to the bus,
never keeps state of its own between calls, and imports nothing heavy at module level: everything here is loaded
by the agent's main process, which stays below 40 MB.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, ClassVar, Protocol, runtime_checkable

from essaim.agent.errors import Fact
from essaim.agent.machine import Machine
from essaim.contract import ProbeResult


@dataclass(frozen=True)
class Applied:
    """What a resource tells when real is as wanted."""

    facts: dict[str, Fact] = field(default_factory=dict)
    probes: tuple[ProbeResult, ...] = ()
    again_in_s: float | None = None
    """Apply the same wish again after so long: a renewal, the next proof. None: when a new revision comes."""
    is_news: bool = True
    """False: all was as wanted before. Whoever was told so once is not told again."""


@dataclass(frozen=True)
class Drift:
    """What differs from what was applied. `facts`: what varies in the sentence, as for an error."""

    code: str
    sentence: str
    facts: dict[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What a watching resource sees of what was applied before. No sentence: real still is as wanted."""

    again_in_s: float
    code: str = ""
    sentence: str = ""
    advice: str = ""
    facts: dict[str, Fact] = field(default_factory=dict)
    probes: tuple[ProbeResult, ...] = ()
    is_news: bool = False
    """To be told although it is as wanted: its facts have changed."""
    as_before: bool = False
    """Nothing could be seen: what was known last stands."""


class Named(Protocol):
    """What every resource says of itself."""

    kind: ClassVar[str]
    mends: ClassVar[bool]
    """Drift is mended (by applying again); False: it is only reported."""
    slow: ClassVar[bool]


@runtime_checkable
class Resource(Named, Protocol):
    """A fast kind: a few milliseconds, applied one after the other in one thread.

    `apply` and `remove` raise `TemporaryError` or `PermanentError`; an `OSError` is told in the kernel's words.
    Units queued with `machine.systemd.queue_*` are started together after the batch.
    """

    def apply(self, spec: Any, revision: int, machine: Machine) -> Applied:
        """Make `spec` real."""
        ...

    def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        """Make it absent. Absent already: nothing happens. `erase`: destroy the data too."""
        ...

    def drift(self, spec: Any, machine: Machine) -> Drift | None:
        """What differs from `spec`, or None. Cheap: all keys are asked every few minutes."""
        ...


@runtime_checkable
class SlowResource(Named, Protocol):
    """A kind that waits for others (network, large files): runs beside the fast lane, `limit` at once."""

    limit: ClassVar[int]

    async def apply(self, spec: Any, revision: int, machine: Machine) -> Applied:
        """Make `spec` real."""
        ...

    async def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        """Make it absent."""
        ...

    async def drift(self, spec: Any, machine: Machine) -> Drift | None:
        """What differs from `spec`, or None."""
        ...


@runtime_checkable
class WatchingResource(SlowResource, Protocol):
    """A slow kind that goes on looking by itself: when `again_in_s` is over it looks, and applies nothing.

    Looks have `looks` places of their own beside the `limit` for new wishes. What they see is told when it changes.
    """

    looks: ClassVar[int]

    async def look(self, spec: Any, machine: Machine, *, drifted: bool) -> Seen:
        """See whether real still is as wanted. `drifted`: it was not when last looked at."""
        ...


@runtime_checkable
class WarmedResource(SlowResource, Protocol):
    """A slow kind that is faster when it hears beforehand that a wish may come."""

    async def warm(self, machine: Machine) -> None:
        """Get ready. Called often; never raises."""
        ...


ORDER = ("keys", "account", "site", "content", "program", "certificate", "probe")
"""In which order the kinds of one batch are applied: what others stand on comes first."""

_PLACES = {
    "keys": "essaim.agent.resources.keys:KeysResource",
    "account": "essaim.agent.resources.account:AccountResource",
    "site": "essaim.agent.resources.site:SiteResource",
    "content": "essaim.agent.resources.content:ContentResource",
    "program": "essaim.agent.resources.program:ProgramResource",
    "certificate": "essaim.agent.resources.certificate:CertificateResource",
    "probe": "essaim.agent.resources.probe:ProbeResource",
}
"""The registration: one line a kind, loaded only on a machine whose role needs it."""

KINDS_OF_ROLE = {"web": ("account", "site", "content", "program", "certificate"), "prober": ("probe",)}
"""Beside `keys`, which every machine has."""

AnyResource = Resource | SlowResource


def resources_for(roles: Iterable[str]) -> dict[str, AnyResource]:
    """The resources that a machine with `roles` knows, by kind, in the order of `ORDER`."""
    kinds = {"keys"} | {kind for role in roles for kind in KINDS_OF_ROLE.get(role, ())}
    return {kind: _load(_PLACES[kind]) for kind in ORDER if kind in kinds}


def _load(place: str) -> AnyResource:
    module, name = place.split(":")
    found: AnyResource = getattr(import_module(module), name)()
    return found
