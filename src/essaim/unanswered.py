"""Why a request got no answer, in words: what the kernel says with a number, said for a person. For every floor; imports none."""

import socket
import ssl
from collections.abc import Iterator

WORDS: tuple[tuple[type[OSError], str], ...] = (
    (ConnectionRefusedError, "nothing listens there"),
    (ConnectionError, "the connection was cut"),
    (TimeoutError, "no answer came in time"),
    (socket.gaierror, "its name leads nowhere"),
    (ssl.SSLCertVerificationError, "its certificate is not valid"),
)
"""The more particular kind first."""


def why(wrong: BaseException) -> str:
    """The end of a sentence, without its full stop: "nothing listens there". A cause without words here is told as it says it."""
    for cause in _causes(wrong):
        for kind, words in WORDS:
            if isinstance(cause, kind):
                return words
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, ssl.SSLError):
            return cause.strerror[0].lower() + cause.strerror[1:]
    return str(wrong).rstrip(".") or type(wrong).__name__


def _causes(wrong: BaseException) -> Iterator[BaseException]:
    """`wrong`, and what it was raised from, outermost first."""
    found: BaseException | None = wrong
    while found is not None:
        yield found
        reason = getattr(found, "reason", None)  # of urllib's URLError, which has no cause
        found = found.__cause__ or found.__context__ or (reason if isinstance(reason, BaseException) else None)
