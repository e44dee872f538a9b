"""Who may come into a machine by SSH, and what a machine tells of those who did."""

import msgspec

from essaim.contract.names import PersonLogin


class MachinePerson(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person of the team as a Unix user of the machine."""

    login: PersonLogin
    uid: int
    """From 15,000 to 19,999, the same on every machine and never given to another person."""
    name: str


class Became(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Once that somebody became root in a session."""

    at: float
    reason: str
    command: str = ""
    """Empty: a shell."""


class SshSession(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One session: a shell or a command that somebody ran by SSH."""

    id: str
    login: str
    role: str
    serial: int
    """Of the certificate that opened it."""
    origin: str = ""
    """Address that it came from."""
    command: str = ""
    """Empty: a shell."""
    opened_at: float
    ended_at: float | None = None
    is_cut: bool = False
    """Ended by the machine: the certificate was revoked, or the person's right ended."""
    recording: str = ""
    """Where `sudoreplay(8)` finds it on the machine."""
    glass: str = ""
    """Opened with the break-glass key, by who calls themselves so; empty: by a certificate of the Manager."""
    became_root: tuple[Became, ...] = ()


class GlassUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Once that somebody came in with the break-glass key."""

    id: str
    """Of the session that began."""
    name: str
    """Who it is by their own word: the key is nobody's."""
    serial: int
    origin: str = ""
    command: str = ""
    opened_at: float


class GlassUses(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="glass_uses"):
    """Uses of the break-glass key that the Manager has not heard of yet. They are told until it says that it has: ask `glass ID`."""

    uses: tuple[GlassUse, ...]


class SshSessions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="ssh_sessions"):
    """Sessions that are open, or ended within the last hour, each told whole."""

    sessions: tuple[SshSession, ...]
