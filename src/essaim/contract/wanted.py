"""What the manager may want of a machine: one typed spec a kind, and the envelope that carries it.

Every spec is a whole description, never a change: applying it twice equals applying it once.
"""

from typing import ClassVar, Literal

import msgspec

from essaim.contract.names import Fqdn, Login
from essaim.contract.php import DEFAULT

VERSION = 1
"""The newest contract that this code reads. An agent refuses a `Wanted` above its own, and keeps what it has."""

Kind = Literal["account", "site", "certificate", "content", "probe"]


class Spec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the specs. `kind` names the resource, `key` is unique in a machine and kind."""

    kind: ClassVar[Kind]


class Account(Spec, frozen=True, kw_only=True):
    """One Unix user with its quota. Key: the login."""

    kind: ClassVar[Kind] = "account"
    login: Login
    uid: int
    """User and group id, the same on every machine, from 20,000 up."""
    quota_bytes: int
    """Disk quota of the home directory."""
    processes: int
    """Most tasks the account may run at once (systemd `TasksMax`)."""
    memory_bytes: int
    """Most memory (systemd `MemoryMax`)."""
    suspended: bool = False


class Site(Spec, frozen=True, kw_only=True):
    """One FQDN with its own content, served from an account. Key: the FQDN."""

    kind: ClassVar[Kind] = "site"
    fqdn: Fqdn
    account: Login
    aliases: tuple[Fqdn, ...] = ()
    docroot: str = ""
    """Folder below the site's directory that is published, for example `public`; empty: the directory itself."""
    proof: str
    """Public token that the proof page of this site answers with; 26 of a-z2-7. Tells a site from its neighbours."""
    php: str = DEFAULT
    """Version of the generation that runs its scripts, one of `php.GENERATIONS`."""
    php_settings: dict[str, str] = {}
    """What the client chose of `php.SETTINGS`; the others keep their default."""
    suspended: bool = False
    https_only: bool = True
    """Answer plain HTTP with a redirect once a certificate is in place."""
    titles: dict[str, str] = {}
    """Association's name and the like for the welcome page: `house`, `colour` (#rrggbb)."""


class Certificate(Spec, frozen=True, kw_only=True):
    """A certificate for one site and its aliases. Key: the site's FQDN. The private key is made on the machine."""

    kind: ClassVar[Kind] = "certificate"
    fqdn: Fqdn
    names: tuple[Fqdn, ...]
    """Every name to cover, `fqdn` first."""
    directory: str
    """ACME directory URL (RFC 8555, section 7.1.1)."""
    contact: str = ""
    """E-mail of the ACME account; empty for none."""
    renew_before_s: int = 30 * 86400


class Content(Spec, frozen=True, kw_only=True):
    """What a client uploaded for a site: replaces the site's directory as a whole. Key: the site's FQDN.

    The bytes travel in the machine's own blob stream as chunks `0 .. chunks - 1`.
    """

    kind: ClassVar[Kind] = "content"
    fqdn: Fqdn
    account: Login
    upload: str
    """Id of the upload: 26 of a-z2-7."""
    archive: Literal["zip", "tar"]
    sha256: str
    size_bytes: int
    chunks: int
    unpacked_bytes_max: int
    files_max: int = 100_000
    restore_previous: bool = False
    """Put back what stood there before the last upload (the undo); nothing is downloaded."""


class Probe(Spec, frozen=True, kw_only=True):
    """A site to prove from outside, wanted of a machine of role `prober`. Key: the site's FQDN."""

    kind: ClassVar[Kind] = "probe"
    fqdn: Fqdn
    aliases: tuple[Fqdn, ...] = ()
    account: Login
    proof: str
    site_revision: int
    """Revision of the site whose proof is asked for; sent back, so that an old proof never counts for a new wish."""
    addresses: tuple[str, ...] = ()
    """Addresses (IPv4, IPv6) of the machine that serves it: a name that leads elsewhere is told so."""
    expect: Literal["live", "suspended", "gone"] = "live"
    https: bool = False
    """A certificate is in place: prove HTTPS too, with verification."""
    php: str = ""
    """The version that has to answer for the account; empty: whichever does."""
    every_s: int = 900
    """How often to go on proving, spread evenly."""


KINDS: dict[str, type[Spec]] = {kind.kind: kind for kind in (Account, Site, Certificate, Content, Probe)}


NOTHING = msgspec.Raw(b"null")
"""The spec of a wish for absence."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The envelope: one wish, as it stands under `kind.key` in the machine's bucket."""

    version: int
    kind: str
    key: str
    revision: int
    """Grows with every change of this key and never runs backwards, also after the manager was restored."""
    spec: msgspec.Raw
    """JSON of the kind's spec; `null`: the resource is to be removed."""
    erase: bool = False
    """With no spec: also destroy the data (an account's home, a site's directory). Otherwise it is kept."""

    @property
    def is_removal(self) -> bool:
        """The resource is to go."""
        return bytes(self.spec) == bytes(NOTHING)
