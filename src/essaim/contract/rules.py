"""What a client may choose of how a site's names and paths answer, and the bounds of each: both floors read this.

The manager refuses with a sentence what `contract.rule_bounds` finds odd; an agent that meets it all the same refuses the wish.
"""

from typing import Literal

import msgspec

from essaim.contract.names import Fqdn

RedirectStatus = Literal[301, 302, 307, 308, 410]
FileKind = Literal["pages", "styles", "scripts", "images", "fonts", "media", "documents"]

REDIRECTS_MAX = 200
HEADERS_MAX = 30
FOLDERS_MAX = 20
USERS_MAX = 50
NETWORKS_MAX = 100
LONGEST_PATH = 200
LONGEST_TARGET = 500
LONGEST_HEADER = 1000
CACHE_MAX_S = 366 * 86400
HSTS_MAX_S = 2 * 366 * 86400
SENTENCE_MAX = 500
NO_FILE = "none"
GONE = 410
USUAL_STATUS = 301


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the parts."""


class Redirect(_Part, frozen=True, kw_only=True):
    """A path that leads elsewhere, or is gone for good."""

    path: str
    """Decoded, from `/` on. With `below`, the folder and everything in it; then without a final `/`."""
    below: bool = False
    target: str = ""
    """A path of the site or an http(s) address; a final `*` stands for what followed the folder. Empty with 410."""
    status: RedirectStatus = 301
    keep_query: bool = True
    """What follows the `?` goes along."""


class Header(_Part, frozen=True, kw_only=True):
    """Said with each answer that has content; takes the place of what a program says under that name."""

    name: str
    value: str


class Hsts(_Part, frozen=True, kw_only=True):
    """Browsers use HTTPS alone for so long (RFC 6797)."""

    max_age_s: int
    subdomains: bool = False


class Protected(_Part, frozen=True, kw_only=True):
    """A folder that asks for a name and a password."""

    path: str
    """From `/` on, no final `/` but for the whole site."""
    users: dict[str, str]
    """Hashes by name: `pbkdf2-sha512$<iterations>$<salt, hex>$<32 bytes, hex>`. No password travels."""


class Allowed(_Part, frozen=True, kw_only=True):
    """A folder that some networks alone reach."""

    path: str
    networks: tuple[str, ...]
    """`192.0.2.0/24`, `2001:db8::/32`: address of the network and length of its prefix."""


class Elsewhere(_Part, frozen=True, kw_only=True):
    """The site has no content: every address of it leads to another."""

    target: str
    """An http(s) address. With `keep_path` without a final `/`, and what was asked for is added."""
    status: Literal[301, 302, 307, 308] = 301
    keep_path: bool = True


class Rules(_Part, frozen=True, kw_only=True):
    """All of them. What is not given is as usual."""

    absent: str = ""
    """What answers where there is no file: empty, the program's `/index.php` if there is one; `none`, nothing; or a file, such as
    `/index.html` for a program that runs in the browser."""
    redirects: tuple[Redirect, ...] = ()
    """The first that fits counts."""
    headers: tuple[Header, ...] = ()
    cache: dict[FileKind, int] = {}
    """For how many seconds a browser may keep files of that kind; 0: it asks each time."""
    hsts: Hsts | None = None
    protected: tuple[Protected, ...] = ()
    allowed: tuple[Allowed, ...] = ()
    canonical: Fqdn | None = None
    """The one of the site's names that the others lead to; None: all answer."""
    elsewhere: Elsewhere | None = None


class Maintenance(_Part, frozen=True, kw_only=True):
    """The site is being worked on: visitors get a page that says so (503), but for those who may pass."""

    sentence: str = ""
    """The client's own words, for all to read."""
    until: int = 0
    """When it is expected back, seconds since the epoch; 0: not said."""
    until_local: str = ""
    """The same in the house's own time: `2026-11-26 14:30 CET`."""
    key: str = ""
    """Who brings it in `essaim_pass` sees the site; empty: nobody does that way."""
    networks: tuple[str, ...] = ()
    """Who comes from there sees the site."""
