"""What a machine tells of a site's PHP, unasked (its errors) or asked (its information, a comparison of two versions).

All of it comes from the account's own files and processes, so the agent bounds every text before it is told, and the manager believes
none of it: it is shown, never acted upon. Arguments of functions in a trace never travel.
"""

import re
from typing import Literal

import msgspec

from essaim.contract.names import Fqdn

GROUPS_MAX = 50
"""Most groups of errors in one message."""
MESSAGE_MAX = 500
FILE_MAX = 300
TRACE_MAX = 20
"""Most frames of a trace."""
BYTES_MAX = 200_000
"""Most that one of these messages takes on the wire: far below what the bus carries."""
SETTINGS_MAX = 1_000
PAGES_MAX = 10
"""Most pages that are compared."""

_AMOUNTS = re.compile(r"\d{3,}|0x[0-9a-f]{2,}", re.ASCII)


def without_amounts(message: str) -> str:
    """The message by which errors are counted as the same: sizes and addresses in it do not count."""
    return _AMOUNTS.sub("#", message)


Severity = Literal["fatal", "parse", "warning", "notice", "deprecated", "message"]
"""As PHP has it; `message`: what a script wrote into the log by itself."""
SEVERITIES: tuple[Severity, ...] = ("fatal", "parse", "warning", "notice", "deprecated", "message")
"""The gravest first."""


class PhpErrorGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Errors of one severity, message, file and line."""

    severity: Severity
    message: str
    """Of the newest one; numbers in it may differ from one to the next."""
    file: str = ""
    """Relative to the site's directory; from the home on with `~/` in front; absolute where it is PHP's own."""
    line: int = 0
    count: int = 1
    first: float = 0.0
    last: float = 0.0
    """Seconds since the epoch."""
    trace: tuple[str, ...] = ()
    """Frames `file:line function()` of the newest one."""


class PhpErrors(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="php_errors"):
    """What a version of PHP logged for a site since it was last told."""

    fqdn: Fqdn
    version: str
    groups: tuple[PhpErrorGroup, ...]
    skipped_bytes: int = 0
    """So much more was logged than is read; or groups beyond `GROUPS_MAX` were left out: then 1 at least."""


class PhpSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One setting as it holds for the site."""

    name: str
    value: str
    usual: str = ""
    """What holds where a site chose nothing."""
    by_script: bool = False
    """A script may change it while it runs."""


class PhpInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="php_info"):
    """What a site's PHP says of itself, asked of the account's own process."""

    fqdn: Fqdn
    asked: str
    """The id of the question."""
    at: float = 0.0
    version: str = ""
    """All of it: 8.2.29."""
    sapi: str = ""
    system: str = ""
    ini_files: tuple[str, ...] = ()
    extensions: dict[str, str] = {}
    """Versions by name."""
    settings: tuple[PhpSetting, ...] = ()
    code: str = ""
    """Why there is no answer: `php.no_answer`, `php.odd_answer`, `php.no_site`."""


class PhpPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One page, asked for in both versions."""

    path: str
    status_old: int = 0
    """0: no answer."""
    status_new: int = 0
    bytes_old: int = 0
    bytes_new: int = 0
    seconds_old: float = 0.0
    seconds_new: float = 0.0
    errors_old: int = 0
    errors_new: int = 0
    """How many errors PHP logged while it was asked for."""
    messages: tuple[str, ...] = ()
    """What the new version logged and the old one did not, a few."""


class PhpComparison(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="php_comparison"):
    """A site's own pages in the version it has and in the one that is tried."""

    fqdn: Fqdn
    token: str
    at: float = 0.0
    pages: tuple[PhpPage, ...] = ()
    code: str = ""
    """Why there is nothing to compare: `php.no_preview`, `php.no_answer`."""


PhpTold = PhpErrors | PhpInfo | PhpComparison
