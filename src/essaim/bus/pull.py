"""Reading a durable pull consumer with one request kept open, and no more permission than asking and acknowledging.

nats-py asks for the consumer's description and keeps no request open between two fetches; a machine may not do the
first, and the second costs a round trip a wish. Protocol: NATS ADR-13.
"""

import asyncio
import time
from dataclasses import dataclass, field

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from essaim.bus import subjects
from essaim.bus.connection import Connection
from essaim.bus.errors import BusAway

EXPIRES = 20.0
HEARTBEAT = 1.0
LOST_AFTER = 2.5 * HEARTBEAT
LINGER = 0.05
_ACK_TOKENS = 9  # $JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>


@dataclass(frozen=True)
class Delivery:
    """One message of a consumer. Unacknowledged, it comes again after the consumer's `ack_wait`."""

    subject: str
    data: bytes
    sequence: int
    """In the stream."""
    pending: int
    """How many more wait in the consumer."""
    _reply: str = field(repr=False)
    _client: Client = field(repr=False)

    async def ack(self) -> None:
        """Say that it is done. On a connection that has gone nothing is said: it comes again.

        Never on another connection: a server that lost its store counts from one again, and the old number would
        acknowledge another message.
        """
        if self._client.is_connected:
            try:
                await self._client.publish(self._reply, b"+ACK")
            except (nats.errors.Error, OSError):
                return


class PullReader:
    """The only reader of `consumer` in this process; one `fetch` at a time."""

    def __init__(self, connection: Connection, *, stream: str, consumer: str, inbox: str) -> None:
        self._connection = connection
        self._next = subjects.pull_next(stream, consumer)
        self._inbox = inbox
        self._client: Client | None = None
        self._subscription: Subscription | None = None
        self._request = 0
        self._left = 0
        self._heard_at = 0.0

    async def fetch(self, batch: int, timeout: float) -> list[Delivery]:  # noqa: ASYNC109 - part of the pull protocol
        """At most `batch` messages as soon as there is one; none after `timeout` seconds, also with the bus away."""
        until = time.monotonic() + timeout
        found: list[Delivery] = []
        while not found and (left := until - time.monotonic()) > 0:
            if not await self._connection.wait_connected(left):
                break
            try:
                found = await self._round(batch, until)
            except (BusAway, nats.errors.Error, OSError):
                await asyncio.sleep(min(0.05, max(0.0, until - time.monotonic())))
        return found

    async def _round(self, batch: int, until: float) -> list[Delivery]:
        subscription = await self._open_request(batch)
        found: list[Delivery] = []
        wait = max(0.001, min(until, self._heard_at + LOST_AFTER) - time.monotonic())
        while len(found) < batch:
            try:
                message = await subscription.next_msg(wait)
            except nats.errors.TimeoutError:
                break
            self._heard_at = time.monotonic()
            delivery = await self._delivery(message)
            if delivery is None and not found:
                break
            if delivery is not None:
                self._left -= 1
                found.append(delivery)
                wait = LINGER
            if found and (found[-1].pending == 0 or self._left <= 0) and subscription.pending_msgs == 0:
                break
        return found

    async def _open_request(self, batch: int) -> Subscription:
        """The subscription of the request that is open, or of a new one.

        A request ends when the server has said so, has sent all it was asked for, or has been silent for too long. Each has
        an inbox of its own: nats-server (2.9.10) keeps the way back to another account until the inbox is gone.
        """
        client, old = self._connection.client(), self._subscription
        if old is not None and client is self._client:
            is_lost = time.monotonic() - self._heard_at > LOST_AFTER
            if old.pending_msgs > 0 or (self._left > 0 and not is_lost):
                return old
            await old.unsubscribe()
        self._request += 1
        inbox = f"{self._inbox}.{self._request}"
        self._subscription = await client.subscribe(inbox)
        self._client, self._left, self._heard_at = client, batch, time.monotonic()
        body = {"batch": batch, "expires": int(EXPIRES * 1e9), "idle_heartbeat": int(HEARTBEAT * 1e9)}
        await self._connection.publish(self._next, msgspec.json.encode(body), reply=inbox)
        return self._subscription

    async def _delivery(self, message: Msg) -> Delivery | None:
        status = (message.headers or {}).get("Status", "")
        tokens = message.reply.split(".")
        if status or len(tokens) != _ACK_TOKENS or self._client is None:
            await self._heed(status)
            return None
        return Delivery(message.subject, message.data, int(tokens[5]), int(tokens[8]), message.reply, self._client)

    async def _heed(self, status: str) -> None:
        """100: alive. 408: nothing came in time, ask anew. Else: there is no such consumer, it will be made."""
        if status == "100":
            return
        self._left = 0
        if status not in ("404", "408"):
            await asyncio.sleep(0.1)
