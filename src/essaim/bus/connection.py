"""One connection that is kept up for ever. Both clients stand on it; it knows nothing of what is carried.

nats-py's own reconnecting is off: it gives up for good when the server refuses credentials (2.16), and a machine must
come back by itself once the manager has mended them. Here every attempt is a new client: nothing of an old one stays.
"""

import asyncio
import base64
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from essaim.bus.errors import BusAway
from essaim.bus.keys import load_key

log = logging.getLogger("essaim.bus")

LONGEST_WAIT = 2.0
CONNECT_TIMEOUT = 5
PING_EVERY = 5
CLOSE_TIMEOUT = 0.5


@dataclass(frozen=True)
class Credentials:
    """Where a user's token and seed are. Read again at every attempt: a renewed token needs no restart."""

    jwt_path: Path
    seed_path: Path

    def token(self) -> bytearray:
        """The token as the server wants it."""
        return bytearray(self.jwt_path.read_bytes().strip())

    def sign(self, nonce: str) -> bytes:
        """The server's challenge, signed."""
        return base64.b64encode(load_key(self.seed_path).sign(nonce.encode()))


class Connection:
    """Connected whenever the server is there. `on_connect` runs after every connect, before `client()` hands it out."""

    def __init__(
        self, *, url: str, ca_path: Path, credentials: Credentials, inbox: str, name: str,
        on_connect: Callable[[Client], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._url = url
        self._ca_path = ca_path
        self._credentials = credentials
        self._inbox = inbox
        self._name = name
        self._on_connect = on_connect
        self._client: Client | None = None
        self._up = asyncio.Event()
        self._tried = asyncio.Event()
        self._explained = False
        self._keeper: asyncio.Task[None] | None = None
        self._gone: asyncio.Future[None] | None = None
        self.last_error = ""
        """Why the last attempt failed or the last connection ended; empty when all is well."""

    @property
    def is_connected(self) -> bool:
        """A server answered and has not gone since."""
        return self._client is not None and self._client.is_connected

    def client(self) -> Client:
        """The live client.

        Raises:
            BusAway: there is none now.
        """
        if self._client is None or not self._client.is_connected:
            raise BusAway(f"The bus at {self._url} is away. {self.last_error}".strip())
        return self._client

    async def open(self) -> None:
        """Start keeping the connection up. Returns after the first attempt, whatever became of it."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name=f"bus of {self._name}")
        await self._tried.wait()

    async def wait_connected(self, timeout: float) -> bool:  # noqa: ASYNC109 - the caller's own deadline, given on
        """Wait until connected, at most `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._up.wait()
        return self._up.is_set()

    async def close(self) -> None:
        """Let go, and do not come back."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None

    async def request(
        self,
        subject: str,
        data: bytes = b"",
        *,
        timeout: float,  # noqa: ASYNC109 - the protocol's own deadline
        headers: dict[str, str] | None = None,
    ) -> Msg:
        """Ask and wait for the one answer.

        Raises:
            BusAway: not connected, nobody there, or no answer within `timeout` seconds.
        """
        client, gone = self.client(), self._gone
        if gone is None:
            raise BusAway(f"The bus at {self._url} is away.")
        answer = asyncio.ensure_future(client.request(subject, data, timeout=timeout, headers=headers))
        try:
            waited: list[asyncio.Future[Any]] = [answer, gone]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise BusAway(f"The bus went away before it answered on {subject}.")
            return answer.result()
        except (nats.errors.Error, OSError) as wrong:
            raise BusAway(f"The bus did not answer on {subject}: {wrong}") from wrong
        finally:
            answer.cancel()

    async def publish(self, subject: str, data: bytes, *, reply: str = "") -> None:
        """Send without waiting for anything.

        Raises:
            BusAway: not connected.
        """
        try:
            await self.client().publish(subject, data, reply=reply)
        except (nats.errors.Error, OSError) as wrong:
            raise BusAway(f"The bus is going away. {wrong}") from wrong

    async def _keep(self) -> None:
        wait = 0.05
        while True:
            client = Client()
            self._explained = False
            gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._gone = gone
            try:
                await self._connect(client, gone)
                self.last_error, wait = "", 0.05
                self._tried.set()
                await asyncio.shield(gone)
            except Exception as wrong:  # noqa: BLE001 - whatever it is, the next attempt may do better
                if not self._explained:  # the server's own words, told before, say more than the broken pipe after them
                    self._say(str(wrong) or type(wrong).__name__)
            finally:
                self._client = None
                self._up.clear()
                gone.cancel()
                await _let_go(client)
            self._tried.set()
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _connect(self, client: Client, gone: asyncio.Future[None]) -> None:
        async def closed() -> None:
            if not gone.done():
                gone.set_result(None)

        async def error(wrong: Exception) -> None:
            self._explained = True
            self._say(str(wrong) or type(wrong).__name__)

        tls = ssl.create_default_context(cafile=str(self._ca_path))
        tls.minimum_version = ssl.TLSVersion.TLSv1_3
        await client.connect(
            self._url, tls=tls, name=self._name, inbox_prefix=self._inbox, allow_reconnect=False,
            max_reconnect_attempts=1, reconnect_time_wait=0, connect_timeout=CONNECT_TIMEOUT, ping_interval=PING_EVERY,
            user_jwt_cb=self._credentials.token, signature_cb=self._credentials.sign, closed_cb=closed, error_cb=error,
        )  # fmt: skip
        self._client = client
        if self._on_connect is not None:
            await self._on_connect(client)
        self._up.set()
        log.info("Connected to the bus at %s.", self._url)

    def _say(self, sentence: str) -> None:
        if sentence != self.last_error:
            log.warning("Bus: %s", sentence)
        self.last_error = sentence


async def _let_go(client: Client) -> None:
    """Close, and do not wait for ever: after a failed TLS handshake asyncio (3.11) never calls a stream closed."""
    with contextlib.suppress(nats.errors.Error, OSError, TimeoutError):
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await client.close()
