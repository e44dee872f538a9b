"""What each stream and consumer is made of, and the few JetStream calls that make, change and remove them.

Times on the wire are nanoseconds. Source: NATS JetStream API reference (2.9) and ADR-8 for the bucket.
"""

from typing import Any

import msgspec

from essaim.bus import subjects
from essaim.bus.connection import Connection
from essaim.bus.errors import BusRefused
from essaim.contract import MachineName

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
ANSWER_TIMEOUT = 10.0
STREAM_EXISTS = 10058
STREAM_ABSENT = 10059
CONSUMER_ABSENT = 10014

Config = dict[str, Any]


def wanted(machine: MachineName) -> Config:
    """A KV bucket, history 1."""
    return {
        "name": subjects.wanted_stream(machine), "subjects": [subjects.wanted_subjects(machine)],
        "storage": "file", "retention": "limits", "discard": "new", "max_msgs_per_subject": 1, "num_replicas": 1,
        "allow_direct": True, "deny_delete": True, "allow_rollup_hdrs": True, "duplicate_window": 120 * SECOND,
    }  # fmt: skip


def wanted_consumer(machine: MachineName) -> Config:
    """Delivers the last wish of every key once, then what changes."""
    return {
        "durable_name": subjects.WANTED_CONSUMER, "deliver_policy": "last_per_subject",
        "filter_subject": subjects.wanted_subjects(machine), "ack_policy": "explicit", "ack_wait": 30 * SECOND,
        "max_ack_pending": 10_000, "max_deliver": -1, "replay_policy": "instant",
    }  # fmt: skip


def blobs(machine: MachineName) -> Config:
    """Uploads for a machine, until they are dropped."""
    return {
        "name": subjects.blob_stream(machine), "subjects": [subjects.blob_subjects(machine)],
        "storage": "file", "retention": "limits", "discard": "new", "max_msgs_per_subject": 1, "num_replicas": 1,
        "allow_direct": True,
    }  # fmt: skip


def reports() -> Config:
    """What machines answered in the last seven days, at most 2 GB. No roll-up: a header must not purge the stream."""
    return {
        "name": subjects.REPORTS, "subjects": [subjects.ALL_REPORTS], "storage": "file", "retention": "limits",
        "discard": "old", "max_age": 7 * 24 * HOUR, "max_bytes": 2_000_000_000, "num_replicas": 1,
        "duplicate_window": HOUR, "allow_direct": False, "allow_rollup_hdrs": False,
    }  # fmt: skip


def reports_consumer() -> Config:
    """The worker's place in the reports."""
    return {
        "durable_name": subjects.REPORTS_CONSUMER, "deliver_policy": "all", "ack_policy": "explicit",
        "ack_wait": 60 * SECOND, "max_ack_pending": 10_000, "max_deliver": -1, "replay_policy": "instant",
    }  # fmt: skip


async def call(connection: Connection, verb: str, body: object = None) -> Config:
    """One call of the JetStream API, for example `STREAM.INFO.REPORTS`.

    Raises:
        BusRefused: the server said no; `code` is its `err_code`.
        BusAway: no answer.
    """
    data = b"" if body is None else msgspec.json.encode(body)
    message = await connection.request(f"$JS.API.{verb}", data, timeout=ANSWER_TIMEOUT)
    answer = msgspec.json.decode(message.data, type=dict[str, Any])
    if "error" in answer:
        error = answer["error"]
        raise BusRefused(f"{verb}: {error.get('description', error)}.", code=int(error.get("err_code", 0)))
    return answer


async def ensure_stream(connection: Connection, config: Config) -> None:
    """The stream exists with this configuration; what it holds is kept."""
    try:
        await call(connection, f"STREAM.CREATE.{config['name']}", config)
    except BusRefused as refused:
        if refused.code != STREAM_EXISTS:
            raise
        await call(connection, f"STREAM.UPDATE.{config['name']}", config)


async def ensure_consumer(connection: Connection, stream: str, config: Config) -> None:
    """The durable consumer exists; one that is there is left as it is, and stands where it stood."""
    try:
        await call(connection, f"CONSUMER.INFO.{stream}.{config['durable_name']}")
    except BusRefused as refused:
        if refused.code != CONSUMER_ABSENT:
            raise
        await _create_consumer(connection, stream, config)


async def redeliver(connection: Connection, stream: str, config: Config) -> None:
    """What was delivered and not acknowledged comes again now, not after `ack_wait`: its reader is known to be gone.

    Requests that are open end, too: one that the reader left behind would take the next message (nats-server 2.9.10, when the
    reader is of another account). A reader that lives asks again. Some that were acknowledged come again: those above the first that
    was not.
    """
    info = await call(connection, f"CONSUMER.INFO.{stream}.{config['durable_name']}")
    if info["num_ack_pending"] == 0 and info["num_waiting"] == 0:
        return
    start = int(info["ack_floor"]["stream_seq"]) + 1
    await remove_consumer(connection, stream, config["durable_name"])
    await _create_consumer(
        connection, stream, {**config, "deliver_policy": "by_start_sequence", "opt_start_seq": start}
    )


async def _create_consumer(connection: Connection, stream: str, config: Config) -> None:
    verb = f"CONSUMER.DURABLE.CREATE.{stream}.{config['durable_name']}"
    await call(connection, verb, {"stream_name": stream, "config": config})


async def remove_consumer(connection: Connection, stream: str, consumer: str) -> None:
    """It is gone; one that is not there is gone already."""
    await _remove(connection, f"CONSUMER.DELETE.{stream}.{consumer}")


async def remove_stream(connection: Connection, stream: str) -> None:
    """It is gone with all it held; one that is not there is gone already."""
    await _remove(connection, f"STREAM.DELETE.{stream}")


async def _remove(connection: Connection, verb: str) -> None:
    try:
        await call(connection, verb)
    except BusRefused as refused:
        if refused.code not in (STREAM_ABSENT, CONSUMER_ABSENT):
            raise
