"""One line of nginx' log: JSON as the configuration writes it, decoded, and in the form that other programs read.

Every text in it but time and numbers is a visitor's. What reaches a client's file has no control character, so that a line is a line and a
terminal shows it as it is.
"""

import codecs
import re
import time
from functools import lru_cache

import msgspec

LONGEST_BYTES = 128 * 1024
"""Of a line. nginx takes 32 KiB of a visitor, and six bytes for each that has to be escaped."""

_MOVING = "\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
"""What moves a cursor or turns the direction of writing around."""
_ODD = re.compile(f'[{_MOVING}"\\\\]')
_INVISIBLE = re.compile(f"[{_MOVING}]")
_PLATFORM = ("/.well-known/essaim/", "/.well-known/acme-challenge/")
_PROBER = "essaim-prober"


class Line(msgspec.Struct, array_like=True, gc=False):
    """A request, in the order of `log_format essaim` in nginx.conf."""

    at: float
    site: str
    address: str
    user: str
    method: str
    uri: str
    protocol: str
    status: str
    sent_bytes: int
    body_bytes: int
    received_bytes: int
    seconds: float
    upstream_seconds: str
    referrer: str
    agent: str
    tls: str
    state: str

    @property
    def is_of_platform(self) -> bool:
        """Of the platform's own doors: nobody visited."""
        return self.uri.startswith(_PLATFORM)

    @property
    def is_of_prober(self) -> bool:
        """It says that it is a prober. Who lies is left out of the sums, and nothing more."""
        return self.agent == _PROBER


def _as_json_text(wrong: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 as `\\xff`, written as JSON has it."""
    if not isinstance(wrong, UnicodeDecodeError):
        raise wrong
    return "".join(f"\\\\x{byte:02x}" for byte in wrong.object[wrong.start : wrong.end]), wrong.end


codecs.register_error("essaim-json", _as_json_text)
_decoder = msgspec.json.Decoder(Line)


def read(data: bytes) -> Line | None:
    """The line; None: it cannot be read, as where the disk was full in its middle."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            return _decoder.decode(data.decode("utf-8", "essaim-json"))
        except msgspec.DecodeError:
            return None


def combined(line: Line) -> str:
    """The line in the combined log format of Apache and nginx, which GoAccess, AWStats and others read."""
    request = f"{line.method} {plain(line.uri)} {line.protocol}" if line.method else ""
    return (
        f'{line.address} - {plain(line.user).replace(" ", "_") or "-"} [{_moment(int(line.at))}] "{request or "-"}" {line.status} '
        f'{line.body_bytes} "{plain(line.referrer) or "-"}" "{plain(line.agent) or "-"}"\n'
    )


def plain(text: str) -> str:
    """`text` with what is odd in a line written as `\\x0a` or `\\u202e`."""
    return text if text.isalnum() or not _ODD.search(text) else _ODD.sub(_written, text)


def visible(text: str) -> str:
    """The same for a line of which quotes are a part."""
    return _INVISIBLE.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    if found[0] in '"\\':
        return f"\\{found[0]}"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004  what two hexadecimal figures write


@lru_cache(maxsize=64)
def _moment(second: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))


_HOST = r'(?:, (?:subrequest|upstream): "[^"]*")*, host: "(?P<host>[^" ]+)"(?:, referrer: ".*")?$'
_ERROR = re.compile(r', client: \S+, server: \S*, request: "\S+ \S+ HTTP/[0-9.]+"' + _HOST)
_CLIENT = ", client: "


def host_of_error(text: str) -> str | None:
    """The name that a line of nginx' error log is about; None: it names none, or leaves a doubt.

    nginx writes this log as text alone, and escapes nothing in it. A line in which a visitor wrote what nginx would write stays the
    team's: it may be about another site than it says.
    """
    found = _ERROR.search(text)
    if found is None or text.count(_CLIENT) != 1:
        return None
    return found["host"].lower().partition(":")[0].removesuffix(".")
