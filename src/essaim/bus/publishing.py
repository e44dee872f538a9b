"""Storing many messages with many acknowledgements outstanding: one round trip for hundreds, not for each."""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from typing import Any

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from essaim.bus.connection import Connection
from essaim.bus.errors import BusAway, BusRefused

STALLED_AFTER = 10.0


class Pipeline:
    """Publishes in order, and ends when the last one is stored."""

    def __init__(self, connection: Connection, *, inbox: str, window: int) -> None:
        self._connection = connection
        self._inbox = inbox
        self._window = window
        self._sequences: list[int] = []
        self._sent = 0
        self._refusal: BusRefused | None = None
        self._moved = asyncio.Event()

    async def store(self, messages: Iterable[tuple[str, bytes]]) -> list[int]:
        """Store (subject, data) pairs; their sequences in the stream, in the same order.

        Raises:
            BusAway: some may not be stored; sending all of them again is safe when each subject keeps its last only.
            BusRefused: the server would not store one of them.
        """
        client = self._connection.client()
        subscription = await client.subscribe(f"{self._inbox}.*", cb=self._stored)
        try:
            for subject, data in messages:
                await client.publish(subject, data, reply=f"{self._inbox}.{self._sent}")
                self._sent += 1
                await self._until_outstanding_is(self._window - 1, client)
            await self._until_outstanding_is(0, client)
        except (nats.errors.Error, OSError) as wrong:
            raise BusAway(f"The bus went away while storing: {wrong}") from wrong
        finally:
            if client.is_connected:
                await subscription.unsubscribe()
        return self._sequences

    async def _stored(self, message: Msg) -> None:
        if "Status" in (message.headers or {}):
            self._refusal = BusRefused("There is no stream for this subject.")
        else:
            answer = msgspec.json.decode(message.data, type=dict[str, Any])
            if "error" in answer:
                self._refusal = BusRefused(str(answer["error"].get("description")), code=answer["error"]["err_code"])
            else:
                self._sequences.append(int(answer["seq"]))
        self._moved.set()

    async def _until_outstanding_is(self, most: int, client: Client) -> None:
        stalled_at = time.monotonic() + STALLED_AFTER
        while self._refusal is None and self._sent - len(self._sequences) > most:
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await self._moved.wait()
            if not client.is_connected or time.monotonic() > stalled_at:
                raise BusAway("The bus stopped storing.")
        if self._refusal is not None:
            raise self._refusal
