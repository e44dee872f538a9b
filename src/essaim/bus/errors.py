"""What can go wrong on the bus.

BusError
├── BusAway         no connection, no answer in time, or nowhere to store: try again later
├── BusRefused      the server understood and said no
├── BlobMissing     that chunk is not in the machine's stream
├── AuthorityError  keys or claims on disk are absent, broken, or not what was asked
└── SealBroken      a sealed secret is not for this key, or a key is none
"""


class BusError(Exception):
    """Anything the bus could not do. `str()` is a sentence."""


class BusAway(BusError):
    """Not connected, or no answer in time. Nothing is known of what was being sent: send it again."""


class BusRefused(BusError):
    """The server answered with an error.

    `code` is JetStream's `err_code` (nats-server's errors.json), or 0.
    """

    def __init__(self, sentence: str, *, code: int = 0) -> None:
        self.code = code
        super().__init__(sentence)


class BlobMissing(BusError):
    """The chunk was never put or was dropped."""


class AuthorityError(BusError):
    """The authority's files are absent, or a key or token is not acceptable."""


class SealBroken(BusError):
    """A sealed secret cannot be opened with this key, or sealed for it."""
