"""What a machine answers. Sentences are written for the volunteer who reads them beside the row."""

from typing import Literal

import msgspec

from essaim.contract.names import MachineName

Outcome = Literal["applied", "failed", "stale", "too_new", "drifted", "mended"]
"""`applied`: real is as wanted. `failed`: see code, sentence, advice. `stale`: a newer revision was already known,
given in `known_revision`. `too_new`: the contract's version is above the agent's; what was there is kept.
`drifted`: real differs and is only reported. `mended`: real differed and was put right."""


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request of a proof."""

    scheme: Literal["http", "https"]
    family: Literal["ipv4", "ipv6"]
    name: str = ""
    """Which of the site's names was asked for."""
    address: str = ""
    status: int = 0
    seconds: float = 0.0
    ok: bool = False
    code: str = ""
    sentence: str = ""
    facts: dict[str, str | int | float | bool] = {}
    """What varies in `sentence`, by name: it is said again in the reader's language."""
    check: Literal["proof", "php", "front", "engine"] = "proof"


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one wish."""

    kind: str
    key: str
    revision: int
    outcome: Outcome
    at: float
    """When, in seconds since the epoch, on the machine's clock."""
    seconds: float = 0.0
    """How long applying took."""
    code: str = ""
    """Dotted, room first: `site.account_missing`."""
    sentence: str = ""
    advice: str = ""
    """What a volunteer can do."""
    retry_at: float | None = None
    """When the agent tries again by itself; None: it waits for a new revision."""
    known_revision: int | None = None
    facts: dict[str, str | int | float | bool] = {}
    """For example a certificate's `not_after` (epoch seconds), `issuer`, `serial`; a content's `files`, `bytes`. Where there is
    a `sentence`: what varies in it, by name, so that the manager says it in the reader's language."""
    probes: tuple[ProbeResult, ...] = ()
    """Of a `probe` only."""


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="batch"):
    """Several reports in one message, in the order in which things happened. `id` lets a resent batch be dropped."""

    id: str
    reports: tuple[Report, ...]


class Hello(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="hello"):
    """Said when an agent starts or regains the bus."""

    agent: str
    """Version of the agent."""
    contract: int
    boot_id: str
    started_at: float
    roles: tuple[str, ...] = ()
    facts: dict[str, str | int | float | bool] = {}
    """System, kernel, memory_bytes, disk_bytes, cpus, addresses, PHP versions ..."""
    known: int = 0
    """How many wishes this agent knows; the manager resends all when it is fewer than wanted."""
    last_sequence: int = 0


class Inventory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="inventory"):
    """What an agent holds between two names `kind.key`, in the order of kind and key; at most 500 of them. A name of that
    range that is not in `revisions` is not held.
    """

    after: str = ""
    """The last name of the page before; empty: this is the first."""
    upto: str = ""
    """The last name of this page; empty: nothing comes after it."""
    revisions: dict[str, int] = {}
    removed: tuple[str, ...] = ()
    """Those that are to be absent."""
    due: tuple[str, ...] = ()
    """Those on which the agent is at work: it will answer."""
    failing: tuple[str, ...] = ()
    """Those that are not as wanted."""


class PhpTree(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One PHP of a machine: the build that accounts have, or are being moved onto."""

    version: str
    build: str
    accounts: int
    """How many have this version."""
    on_it: int
    """How many of them have this build."""
    state: Literal["under way", "stopped", "done"] = "done"
    refused: dict[str, str] = {}
    """Accounts that were put back to the build before, the first twenty by login, each with the code of the reason."""


class Beat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="beat"):
    """Load of the machine, said every 10 s on a subject that is not stored."""

    at: float
    load1: float
    cpu_percent: float
    memory_used_bytes: int
    memory_bytes: int
    disk_used_bytes: int
    disk_bytes: int
    wanted: int
    failing: int
    drifted: int
    waiting: int
    agent_rss_bytes: int
    full: dict[str, int] = {}
    """Per cent of its quota that an account uses, by login, of those that use 90 or more; the fullest 200."""
    php: tuple[PhpTree, ...] = ()
    """Of a web machine."""


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What a new machine sends to the manager with its one-time token."""

    token: str
    public_key: str
    """NKEY of type user (`U...`), made on the machine."""
    hostname: str = ""


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """The manager's answer: how this machine reaches the bus."""

    machine: MachineName
    roles: tuple[str, ...]
    credentials: str
    """User JWT, signed by the manager; the seed stays on the machine."""
    bus_url: str
    bus_ca: str
    """PEM of the authority that signed the bus server's certificate."""
    prober_ca: str = ""
    """PEM that a prober adds to the system's authorities; empty outside the lab."""
