"""What the manager may want of a machine: one typed spec a kind, and the envelope that carries it.

Every spec is a whole description, never a change: applying it twice equals applying it once.
"""

from typing import ClassVar, Literal
from urllib.parse import urlsplit

import msgspec

from essaim.contract.keys import MachinePerson
from essaim.contract.names import Fqdn, Login, MachineName
from essaim.contract.php import DEFAULT, Preview
from essaim.contract.program import Runtime
from essaim.contract.rules import Maintenance, Rules
from essaim.contract.shield import Shield

VERSION = 1
"""The newest contract that this code reads. An agent refuses a `Wanted` above its own, and keeps what it has."""

Kind = Literal["account", "site", "certificate", "content", "probe", "program", "keys"]

Engine = Literal["nginx", "apache", "program"]
"""nginx alone; Apache behind it, which reads `.htaccess`; a program of the client's own that goes on running."""


TlsProfile = Literal["modern", "intermediate"]
"""What Mozilla's guidelines (5.7) call so: TLS 1.3 alone; TLS 1.2 too, with forward secrecy."""


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
    warm: bool = False
    """Its PHP is started at boot and never put to sleep."""
    php_ceilings: dict[str, int] = {}
    """How far its sites may set numbers of `php.SETTINGS`, where that is not as far as usual."""
    php_extensions: dict[str, tuple[str, ...]] = {}
    """Names of `php_extensions.EXTENSIONS` that its PHP loads, by version. Of what its tree lacks, nothing is loaded."""
    php_extensions_again: int = 0
    """Another number: what did not stay up with them is tried with them once more."""


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
    php_preview: Preview | None = None
    """Another version that answers whoever has its token; None: everybody gets `php`."""
    engine: Engine = "nginx"
    """What answers for the client's files; all else than nginx runs as the account, behind it."""
    limits: int = 1
    """How many times the usual a visitor, and all of them, may ask for; 1 to `shield.TIMES_MAX`."""
    shield: Shield | None = None
    """Raised while the site is flooded."""
    suspended: bool = False
    https_only: bool = True
    """Answer plain HTTP with a redirect once a certificate is in place."""
    tls: TlsProfile = "modern"
    """Who may come: with `intermediate` also clients that do not know TLS 1.3."""
    wildcards: tuple[Fqdn, ...] = ()
    """Domains whose names one label below all lead here, but for those that are sites: `example.org` for `*.example.org`."""
    rules: Rules = Rules()
    """What its client chose of names and paths."""
    maintenance: Maintenance | None = None
    titles: dict[str, str] = {}
    """Association's name and the like for the platform's own pages: `house`, `colour` (#rrggbb), `language`, `door` (the Manager)."""


class AcmeDirectory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One certificate authority, and who we are there."""

    url: str
    """ACME directory URL (RFC 8555, section 7.1.1)."""
    key_id: str = ""
    """Key id of the external account binding (RFC 8555, section 7.3.4), empty for none. The key itself never travels: the
    machine has it in its own `/etc/essaim/acme.toml`."""
    orders_per_3h: int = 0
    """How many orders a machine may make there in three hours; 0: as many as it wants."""

    @property
    def host(self) -> str:
        """What people know it by."""
        return urlsplit(self.url).hostname or self.url


class OwnCertificate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A certificate that the client brought, with its key."""

    chain: str
    """PEM, the site's own first."""
    key: str
    """The private key (PEM) in a sealed box for the machine's own key, base64: nobody between can read it."""


class Certificate(Spec, frozen=True, kw_only=True):
    """A certificate for one site and its aliases. Key: the site's FQDN. The private key is made on the machine, or the client's own."""

    kind: ClassVar[Kind] = "certificate"
    fqdn: Fqdn
    names: tuple[Fqdn, ...]
    """Every name to cover, `fqdn` first."""
    directory: str
    """ACME directory URL of the authority that is preferred."""
    directories: tuple[AcmeDirectory, ...] = ()
    """All authorities in order of preference, where there are several or more is to be said of one; empty: `directory` alone."""
    contact: str = ""
    """E-mail of the ACME account; empty for none."""
    renew_before_s: int = 30 * 86400
    """How long before its end it is renewed, where the authority does not suggest when (ARI, RFC 9773)."""
    reissue: int = 0
    """A number that grows when whatever is in place is to be replaced by a new one, however good it looks."""
    own: OwnCertificate | None = None
    """Served in the place of one of an authority, which is not asked meanwhile."""

    @property
    def in_order(self) -> tuple[AcmeDirectory, ...]:
        """The authorities, the preferred one first."""
        return self.directories or (AcmeDirectory(url=self.directory),)


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
    engine: Engine = "nginx"
    """What has to answer for the client's files. Apache is asked itself whether it does."""
    wildcards: tuple[Fqdn, ...] = ()
    """Names that a wildcard of the site covers, one of each: proved over HTTP."""
    maintenance: bool = False
    """Visitors are to be told that it is in maintenance; the proof has a door of its own and goes on."""
    every_s: int = 900
    """How often to go on proving, spread evenly."""


class Program(Spec, frozen=True, kw_only=True):
    """A client's own program that goes on running and answers for a site. Key: the site's FQDN.

    It is started beside the one that runs, has to answer, and takes its place only then.
    """

    kind: ClassVar[Kind] = "program"
    fqdn: Fqdn
    account: Login
    runtime: Runtime
    words: tuple[str, ...]
    """What follows the interpreter; paths are from the site's directory."""
    environment: dict[str, str] = {}
    """Variables of the client's. Values may be secret: they are shown to nobody."""
    health: str = "/"
    """Path that has to answer with a status below 500 before visitors are sent there."""
    patience_s: int = 30
    """How long it may take until it answers."""
    memory_bytes: int
    processes: int
    """Its own limits, within those of the account."""
    always_on: bool = False
    """False: it is put to sleep when nobody asks, and woken by the next who does."""
    generation: int = 0
    """Another number: the same program is started anew."""
    stopped: bool = False


class Keys(Spec, frozen=True, kw_only=True):
    """Who may come in by SSH, by whose word, and which certificates are no good any more. Key: the machine's name."""

    kind: ClassVar[Kind] = "keys"
    machine: MachineName
    people: tuple[MachinePerson, ...] = ()
    authorities: tuple[str, ...]
    """Public keys of the authorities that sign for people, as `ssh-ed25519 AAAA...`."""
    glass: str = ""
    """Public key of the break-glass authority: its certificates open the user `break-glass` without the Manager's word. Empty: none."""
    revoked: str
    """OpenSSH key revocation list, in base64."""
    serials: tuple[int, ...] = ()
    """The serial numbers in it: sessions that they opened are ended."""
    host_key: str
    """The machine's own public key, which the certificate is about."""
    host_certificate: str
    """As `ssh-ed25519-cert-v01@openssh.com AAAA...`."""


KINDS: dict[str, type[Spec]] = {kind.kind: kind for kind in (Account, Site, Certificate, Content, Probe, Program, Keys)}


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
