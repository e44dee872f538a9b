"""The bus as a machine sees it: its wishes, blobs, reports. Nothing here signs for others or imports `cryptography`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from essaim.bus import subjects
from essaim.bus.connection import Connection, Credentials
from essaim.bus.errors import BlobMissing, BusAway
from essaim.bus.pull import Delivery, PullReader
from essaim.contract import MachineName

log = logging.getLogger("essaim.bus")

ANSWER_TIMEOUT = 5.0
ASKS_KEPT = 64

__all__ = ["BlobMissing", "BusAway", "Delivery", "MachineBus"]


class _Identified(msgspec.Struct):
    id: str = ""


class _Stored(msgspec.Struct):
    seq: int = 0
    error: dict[str, object] | None = None


class MachineBus:
    """Keeps itself connected for ever. `on_reconnect` runs after every connect, the first one included."""

    def __init__(
        self, url: str, ca_path: str | Path, jwt_path: str | Path, seed_path: str | Path, machine: MachineName
    ) -> None:
        self.machine = machine
        self.on_reconnect: Callable[[], Awaitable[None]] | None = None
        inbox = subjects.inbox(machine)
        self._connection = Connection(
            url=url, ca_path=Path(ca_path), credentials=Credentials(Path(jwt_path), Path(seed_path)), inbox=inbox,
            name=f"agent of {machine}", on_connect=self._connected,
        )  # fmt: skip
        self._wanted = PullReader(
            self._connection, stream=subjects.wanted_stream(machine), consumer=subjects.WANTED_CONSUMER,
            inbox=f"{inbox}.pull",
        )  # fmt: skip
        self._asks: asyncio.Queue[bytes] = asyncio.Queue(ASKS_KEPT)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        """The bus is there now."""
        return self._connection.is_connected

    @property
    def last_error(self) -> str:
        """Why not, in the words of the server or the system."""
        return self._connection.last_error

    async def connect(self) -> None:
        """Start. Returns after the first attempt; with the bus away, attempts go on at most two seconds apart."""
        await self._connection.open()

    async def wait_connected(self, timeout: float) -> bool:  # noqa: ASYNC109 - the caller's own deadline
        """Wait until connected, at most `timeout` seconds."""
        return await self._connection.wait_connected(timeout)

    async def close(self) -> None:
        """Stop for good."""
        await self._connection.close()

    async def fetch(self, batch: int, timeout: float) -> list[Delivery]:  # noqa: ASYNC109 - part of the interface
        """Wishes of this machine, as soon as there is one; none after `timeout` seconds. One call at a time."""
        return await self._wanted.fetch(batch, timeout)

    async def publish_report(self, data: bytes) -> None:
        """Returns once the bus has stored it. A batch sent again within the hour is stored once, by its `id`.

        Raises:
            BusAway: not stored as far as is known; send it again.
        """
        try:
            identified = msgspec.json.decode(data, type=_Identified).id
        except msgspec.DecodeError:
            identified = ""
        headers = {"Nats-Msg-Id": f"{self.machine}.{identified}"} if identified else None
        answer = await self._connection.request(
            subjects.report(self.machine), data, timeout=ANSWER_TIMEOUT, headers=headers
        )
        stored = msgspec.json.decode(answer.data, type=_Stored)
        if stored.error is not None or stored.seq == 0:
            raise BusAway(f"The bus could not store the report: {stored.error}.")

    async def publish_beat(self, data: bytes) -> None:
        """Say the load of the moment. With the bus away it is dropped: the next one is as good."""
        if self.is_connected:
            try:
                await self._connection.publish(subjects.beat(self.machine), data)
            except BusAway:
                return

    async def get_blob(self, upload: str, n: int) -> bytes:
        """Chunk `n` of an upload.

        Raises:
            BlobMissing: it is not there.
            BusAway: no answer.
        """
        subject = subjects.blob_subject(self.machine, upload, n)
        asked = subjects.direct_get(subjects.blob_stream(self.machine), subject)
        answer = await self._connection.request(asked, timeout=ANSWER_TIMEOUT)
        if "Status" in (answer.headers or {}):
            raise BlobMissing(f"Chunk {n} of upload {upload} is not on the bus.")
        return bytes(answer.data)

    async def asks(self) -> AsyncIterator[bytes]:
        """What the manager asks, for ever. What was asked while the bus was away is lost: nothing depends on it."""
        while True:
            yield await self._asks.get()

    async def _connected(self, client: Client) -> None:
        await client.subscribe(subjects.ask(self.machine), cb=self._asked)
        await client.flush()
        if self.on_reconnect is not None:
            task = asyncio.ensure_future(self._call_back(self.on_reconnect))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _call_back(self, on_reconnect: Callable[[], Awaitable[None]]) -> None:
        try:
            await on_reconnect()
        except BusAway as away:
            log.warning("Bus: %s", away)

    async def _asked(self, message: Msg) -> None:
        if self._asks.full():
            self._asks.get_nowait()
        self._asks.put_nowait(message.data)
