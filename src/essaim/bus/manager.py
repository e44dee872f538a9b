"""The bus as the manager sees it: makes the streams, publishes wishes, reads reports, takes a machine's access away."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from essaim.bus import streams, subjects
from essaim.bus.authority import Authority
from essaim.bus.connection import Connection
from essaim.bus.errors import BusAway, BusRefused
from essaim.bus.publishing import Pipeline
from essaim.bus.pull import Delivery, PullReader
from essaim.contract import MachineName

CHUNK_BYTES = 512 * 1024
WINDOW = 1000
BLOB_WINDOW = 8
BEATS_KEPT = 4096
CLAIMS_TIMEOUT = 5.0
OK = 200

Word = str
"""`check`, `hello`, `inventory`, or one that the rooms ask by."""
__all__ = ["BusAway", "BusRefused", "ManagerBus", "Received"]


@dataclass(frozen=True)
class Received:
    """What a machine said. `machine` is from the subject, where the server lets no other machine publish."""

    machine: MachineName
    sequence: int
    data: bytes
    _delivery: Delivery | None = None

    async def ack(self) -> None:
        """It is dealt with; without this it comes again after a minute."""
        if self._delivery is not None:
            await self._delivery.ack()


class ManagerBus:
    """Keeps itself connected for ever."""

    def __init__(self, url: str, authority: Authority) -> None:
        self._url = url
        self._authority = authority
        inbox = subjects.MANAGER_INBOX
        self._connection = Connection(
            url=url, ca_path=authority.ca_path, credentials=authority.manager_credentials(), inbox=inbox,
            name="manager", on_connect=self._connected,
        )  # fmt: skip
        self._reports = PullReader(
            self._connection, stream=subjects.REPORTS, consumer=subjects.REPORTS_CONSUMER, inbox=f"{inbox}.pull"
        )
        self._beats: asyncio.Queue[Received] | None = None
        self._runs = 0

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

    async def ensure_reports(self) -> None:
        """The stream of reports and the worker's consumer exist; what an earlier worker left unfinished comes again."""
        await streams.ensure_stream(self._connection, streams.reports())
        await streams.ensure_consumer(self._connection, subjects.REPORTS, streams.reports_consumer())
        await streams.redeliver(self._connection, subjects.REPORTS, streams.reports_consumer())

    async def ensure_machine(self, machine: MachineName) -> None:
        """The machine's account, bucket, consumer and blob stream exist; what they hold is kept."""
        await self.push_claims(machine)
        await streams.ensure_stream(self._connection, streams.wanted(machine))
        await streams.ensure_consumer(
            self._connection, subjects.wanted_stream(machine), streams.wanted_consumer(machine)
        )
        await streams.ensure_stream(self._connection, streams.blobs(machine))

    async def count_wanted(self, machine: MachineName) -> int:
        """How many keys the machine's bucket holds: fewer than were sent means that the store was lost."""
        answer = await streams.call(self._connection, f"STREAM.INFO.{subjects.wanted_stream(machine)}")
        return int(answer["state"]["messages"])

    async def last_report(self) -> int:
        """Sequence of the newest report in the stream; 0 when there is none."""
        answer = await streams.call(self._connection, f"STREAM.INFO.{subjects.REPORTS}")
        return int(answer["state"]["last_seq"])

    async def forget_machine(self, machine: MachineName) -> None:
        """Remove the machine's streams with all they hold."""
        await streams.remove_stream(self._connection, subjects.wanted_stream(machine))
        await streams.remove_stream(self._connection, subjects.blob_stream(machine))

    async def put_wanted(self, machine: MachineName, kind: str, key: str, data: bytes) -> int:
        """Store one wish; its sequence. Returns once the bus has it on disk."""
        (sequence,) = await self.put_many(machine, [(kind, key, data)])
        return sequence

    async def put_many(self, machine: MachineName, wishes: Iterable[tuple[str, str, bytes]]) -> list[int]:
        """Store (kind, key, data) wishes in this order, many at a time; their sequences.

        After an error, send all of them again: the bucket keeps the last of each key.
        """
        named = ((subjects.wanted_subject(machine, kind, key), data) for kind, key, data in wishes)
        return await self._store(named, window=WINDOW)

    async def resend_all(self, machine: MachineName) -> None:
        """Have every wish delivered again: the consumer is made anew and starts from the first key."""
        stream = subjects.wanted_stream(machine)
        await streams.remove_consumer(self._connection, stream, subjects.WANTED_CONSUMER)
        await streams.ensure_consumer(self._connection, stream, streams.wanted_consumer(machine))

    async def redeliver(self, machine: MachineName) -> None:
        """Deliver again at once what an agent that was killed had fetched and not acknowledged. For when it says hello."""
        stream = subjects.wanted_stream(machine)
        await streams.redeliver(self._connection, stream, streams.wanted_consumer(machine))

    async def reports(self, batch: int = 100) -> AsyncIterator[Received]:
        """Reports as they come, for ever, each to be acknowledged. One iterator at a time."""
        while True:
            for received in await self.fetch_reports(batch, streams.ANSWER_TIMEOUT):
                yield received

    async def fetch_reports(self, batch: int, timeout: float) -> list[Received]:  # noqa: ASYNC109 - as `fetch`
        """Reports as soon as there is one, at most `batch`; none after `timeout` seconds."""
        deliveries = await self._reports.fetch(batch, timeout)
        return [Received(subjects.machine_of(d.subject), d.sequence, d.data, d) for d in deliveries]

    async def beats(self) -> AsyncIterator[Received]:
        """Beats as they come, for ever. One iterator; those before it began are lost, as are the oldest of too many."""
        if self._beats is None:
            self._beats = asyncio.Queue(BEATS_KEPT)
            with suppress(BusAway):
                await self._subscribe_beats(self._connection.client())
        while True:
            yield await self._beats.get()

    async def ask(self, machine: MachineName, word: Word, *about: str) -> None:
        """Ask an agent for something; its answer is a report. A machine that is away does not hear."""
        await self._connection.publish(subjects.ask(machine), " ".join((word, *about)).encode())

    async def put_blob(self, machine: MachineName, upload: str, file: BinaryIO) -> int:
        """Store a file for a machine, chunk by chunk; how many chunks."""
        reads = iter(lambda: file.read(CHUNK_BYTES), b"")
        chunks = ((subjects.blob_subject(machine, upload, n), data) for n, data in enumerate(reads))
        return len(await self._store(chunks, window=BLOB_WINDOW))

    async def put_blob_bytes(self, machine: MachineName, upload: str, data: bytes) -> int:
        """As `put_blob`, from memory."""
        return await self.put_blob(machine, upload, io.BytesIO(data))

    async def drop_blob(self, machine: MachineName, upload: str) -> None:
        """Remove an upload's chunks."""
        body = {"filter": subjects.blob_chunks(machine, upload)}
        try:
            await streams.call(self._connection, f"STREAM.PURGE.{subjects.blob_stream(machine)}", body)
        except BusRefused as refused:
            if refused.code != streams.STREAM_ABSENT:
                raise

    async def revoke_machine(self, machine: MachineName, *, keep: str = "") -> None:
        """Refuse every key the machine ever had (but `keep`), now and for ever; the server has confirmed on return.

        Raises:
            BusAway: written on disk, but the server does not know yet; `push_claims` tells it.
        """
        self._authority.revoke(machine, keep=keep)
        await self.push_claims(machine)

    async def push_claims(self, machine: MachineName | None = None) -> None:
        """Give the server the claims on disk, of every account or of one machine's, and wait for its yes to each."""
        await push_claims(self._url, self._authority, machine)

    async def _store(self, messages: Iterable[tuple[str, bytes]], *, window: int) -> list[int]:
        self._runs += 1
        inbox = f"{subjects.MANAGER_INBOX}.put{self._runs}"
        return await Pipeline(self._connection, inbox=inbox, window=window).store(messages)

    async def _connected(self, client: Client) -> None:
        if self._beats is not None:
            await self._subscribe_beats(client)

    async def _subscribe_beats(self, client: Client) -> None:
        await client.subscribe(subjects.ALL_BEATS, cb=self._beat)

    async def _beat(self, message: Msg) -> None:
        if self._beats is None:
            return
        if self._beats.full():
            self._beats.get_nowait()
        self._beats.put_nowait(Received(subjects.machine_of(message.subject), 0, message.data))


class _ClaimsData(msgspec.Struct, frozen=True):
    code: int = 0


class _ClaimsAnswer(msgspec.Struct):
    data: _ClaimsData = _ClaimsData()


async def push_claims(url: str, authority: Authority, machine: MachineName | None = None) -> None:
    """Give the server at `url` the claims on disk, of every account or of one machine's, and wait for its yes to each.

    Raises:
        BusAway: no connection, or no answer.
        BusRefused: the server did not take them.
    """
    connection = Connection(
        url=url, ca_path=authority.ca_path, credentials=authority.system_credentials(), inbox=subjects.SYSTEM_INBOX,
        name="manager's claims",
    )  # fmt: skip
    try:
        await connection.open()
        for claims in authority.claims(machine):
            answer = await connection.request(subjects.CLAIMS_UPDATE, claims.encode(), timeout=CLAIMS_TIMEOUT)
            if msgspec.json.decode(answer.data, type=_ClaimsAnswer).data.code != OK:
                raise BusRefused(f"The server did not take the claims: {answer.data[:500].decode('utf-8', 'replace')}")
    finally:
        await connection.close()
