"""The machine as resources see it: its paths, its configuration, and the engines that touch it.

A resource gets one `Machine` and nothing else, so a test gives it another root and sees every effect.
"""

import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from essaim.agent.engines.files import Files
from essaim.agent.engines.programs import Programs
from essaim.agent.engines.systemd import Systemd
from essaim.contract import Engine, Fqdn, Login

GetBlob = Callable[[str, int], Awaitable[bytes]]


@dataclass(frozen=True)
class Paths:
    """Every path of docs/architecture.md that a machine has, below `root` (`/` outside tests)."""

    root: Path = Path("/")

    @property
    def accounts(self) -> Path:
        """Homes, one directory an account."""
        return self.root / "srv/essaim/accounts"

    @property
    def people(self) -> Path:
        """Homes of the team's people, who come in by SSH."""
        return self.root / "srv/essaim/people"

    @property
    def sites(self) -> Path:
        """What nginx finds by name."""
        return self.root / "srv/essaim/sites"

    @property
    def sites_inside(self) -> Path:
        """Where an account's own processes see its sites: their home is `/srv/home`, whoever they are. Outside there is a link
        for each site, so that an absolute link that a program makes leads nginx to the same file."""
        return self.root / "srv/home/sites"

    @property
    def tls(self) -> Path:
        """Certificates and their keys, a directory a site: outlives every replacement of the site's own."""
        return self.root / "srv/essaim/tls"

    @property
    def logs(self) -> Path:
        """What visitors asked of each account's sites: files that its processes read, a directory an account."""
        return self.root / "srv/essaim/logs"

    @property
    def numbers_told(self) -> Path:
        """Sums that the bus does not have yet."""
        return self.root / "var/lib/essaim/numbers/told"

    @property
    def tls_keys(self) -> Path:
        """Keys that clients brought, opened: in memory (tmpfs), never on a disk."""
        return self.root / "run/essaim/keys"

    @property
    def kept(self) -> Path:
        """Where the files of removed sites are, a link a site, until they are erased."""
        return self.root / "srv/essaim/kept"

    @property
    def closed(self) -> Path:
        """A file for each name of a closed site: its visitors are told so."""
        return self.root / "srv/essaim/closed"

    @property
    def house(self) -> Path:
        """Whose house it is, for the platform's own pages."""
        return self.root / "srv/essaim/house.json"

    @property
    def challenges(self) -> Path:
        """ACME http-01 answers, a file a token."""
        return self.root / "srv/essaim/challenges"

    @property
    def state(self) -> Path:
        """The agent's own state."""
        return self.root / "var/lib/essaim/agent"

    @property
    def etc(self) -> Path:
        """Configuration and credentials."""
        return self.root / "etc/essaim"

    @property
    def userdb(self) -> Path:
        """JSON user records (systemd.io/USER_RECORD), read by libnss-systemd."""
        return self.root / "etc/userdb"

    @property
    def units(self) -> Path:
        """The administrator's systemd units and drop-ins."""
        return self.root / "etc/systemd/system"

    @property
    def platform(self) -> Path:
        """Read-only files of the platform: proof.php, pages."""
        return self.root / "usr/local/share/essaim"

    @property
    def php_sockets(self) -> Path:
        """Where each account's PHP listens."""
        return self.root / "run/essaim/php"

    @property
    def apaches(self) -> Path:
        """Where each account's Apache listens: a socket that wakes it, and a directory while it is awake."""
        return self.root / "run/essaim/apache"

    @property
    def account_groups(self) -> Path:
        """Control groups of what accounts run, a slice an account."""
        return self.root / "sys/fs/cgroup/essaim.slice/essaim-accounts.slice"

    @property
    def defence(self) -> Path:
        """What nginx counted of requests that it held back."""
        return self.root / "run/essaim/defence"

    @property
    def php_trees(self) -> Path:
        """Builds of each PHP, and which one is in use."""
        return self.root / "usr/lib/essaim/php"

    @property
    def apache_trees(self) -> Path:
        """Builds of Apache, and which one is in use."""
        return self.root / "usr/lib/essaim/apache"

    @property
    def php_root(self) -> Path:
        """An empty directory: where an account's tree of PHP is mounted when it starts."""
        return self.php_trees / "empty"

    @property
    def trees_given(self) -> Path:
        """Which build of each PHP an account starts in, a link each."""
        return self.etc / "trees"

    @property
    def php_failed(self) -> Path:
        """How often in a row an account's PHP has ended otherwise than well, a file each."""
        return self.root / "run/essaim/php-failed"

    def engine_socket(self, engine: Engine, login: Login, fqdn: Fqdn) -> Path:
        """Where an engine of the account's own listens: Apache for all sites of an account, a program for one. Of a program this is
        a link to the socket of the generation that answers now."""
        if engine == "program":
            return self.programs / fqdn
        return self.root / "run/essaim" / engine / f"{login}.sock"

    @property
    def programs(self) -> Path:
        """A link a site with a program of its own, to the socket of the generation that answers."""
        return self.root / "srv/essaim/programs"

    def home(self, login: Login) -> Path:
        """The home of an account."""
        return self.accounts / login

    def site_content(self, login: Login, fqdn: Fqdn) -> Path:
        """A site's directory, the client's own files."""
        return self.accounts / login / "sites" / fqdn

    def site_inside(self, fqdn: Fqdn) -> Path:
        """A site's directory by the path that its own programs know."""
        return self.sites_inside / fqdn

    def site_links(self, fqdn: Fqdn) -> Path:
        """What nginx follows for one name."""
        return self.sites / fqdn

    def wildcard_links(self, domain: Fqdn) -> Path:
        """What nginx follows for `*.` of a domain. No host name has an underscore."""
        return self.sites / f"_.{domain}"

    def site_tls(self, fqdn: Fqdn) -> Path:
        """`fullchain.pem` and `key.pem` of one site."""
        return self.tls / fqdn


@dataclass(frozen=True)
class Config:
    """`/etc/essaim/agent.toml`, as `enrol` wrote it."""

    machine: str
    roles: tuple[str, ...]
    bus_url: str = ""

    @classmethod
    def read(cls, path: Path) -> "Config":
        """The configuration of this machine."""
        found = tomllib.loads(path.read_text())
        return cls(
            machine=found["machine"],
            roles=tuple(found["roles"]),
            bus_url=found.get("bus_url", ""),
        )


async def _no_blobs(upload: str, n: int) -> bytes:
    raise RuntimeError(f"No bus to fetch chunk {n} of {upload} from.")


@dataclass
class Machine:
    """One machine: what resources may read and change."""

    config: Config
    paths: Paths = field(default_factory=Paths)
    files: Files = field(default_factory=Files)
    run: Programs = field(default_factory=Programs)
    systemd: Systemd = field(init=False)
    get_blob: GetBlob = _no_blobs
    """`await machine.get_blob(upload, n)`: one chunk of an upload from the machine's blob stream."""

    def __post_init__(self) -> None:
        self.systemd = Systemd(self.run)

    @property
    def roles(self) -> tuple[str, ...]:
        """What this machine is for: `web`, `prober`."""
        return self.config.roles
