"""The one place where names of subjects, streams and consumers are built. Nothing here talks to the bus."""

import re
from typing import NamedTuple

from essaim.contract import MachineName

REPORTS = "REPORTS"
REPORTS_CONSUMER = "worker"
WANTED_CONSUMER = "agent"
ALL_REPORTS = "report.*"
ALL_BEATS = "beat.*"
CLAIMS_UPDATE = "$SYS.REQ.CLAIMS.UPDATE"
MANAGER_INBOX = "_INBOX_manager-itself"
SYSTEM_INBOX = "_INBOX_system"

_KIND = re.compile(r"[a-z][a-z0-9_]*")
_KEY = re.compile(r"[A-Za-z0-9_=/-]+(?:\.[A-Za-z0-9_=/-]+)*")
_UPLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class WantedName(NamedTuple):
    """Whose wish, of which kind, under which key."""

    machine: MachineName
    kind: str
    key: str


def _checked(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"{value[:80]!r} cannot be {what} of a subject.")
    return value


def bucket(machine: MachineName) -> str:
    """KV bucket of a machine."""
    return f"wanted_{machine}"


def wanted_stream(machine: MachineName) -> str:
    """Stream behind the bucket (NATS ADR-8)."""
    return f"KV_{bucket(machine)}"


def wanted_subjects(machine: MachineName) -> str:
    """Every key of a machine's bucket."""
    return f"$KV.{bucket(machine)}.>"


def wanted_subject(machine: MachineName, kind: str, key: str) -> str:
    """One key of a machine's bucket: `<kind>.<key>`. A key may hold dots, as an FQDN does.

    Raises:
        ValueError: a kind or key that NATS could not carry as tokens.
    """
    return f"$KV.{bucket(machine)}.{_checked(_KIND, kind, 'the kind')}.{_checked(_KEY, key, 'the key')}"


def parse_wanted(subject: str) -> WantedName:
    """The inverse of `wanted_subject`."""
    _, of_machine, kind, key = subject.split(".", 3)
    return WantedName(MachineName(of_machine.removeprefix("wanted_")), kind, key)


def blob_stream(machine: MachineName) -> str:
    """Stream that carries the uploads for a machine."""
    return f"BLOB_{machine}"


def blob_subjects(machine: MachineName) -> str:
    """Every chunk of every upload for a machine."""
    return f"blob.{machine}.>"


def blob_subject(machine: MachineName, upload: str, n: int) -> str:
    """One chunk of an upload."""
    return f"blob.{machine}.{_checked(_UPLOAD, upload, 'the upload')}.{n}"


def blob_chunks(machine: MachineName, upload: str) -> str:
    """Every chunk of one upload."""
    return f"blob.{machine}.{_checked(_UPLOAD, upload, 'the upload')}.*"


def report(machine: MachineName) -> str:
    """What a machine reports on."""
    return f"report.{machine}"


def beat(machine: MachineName) -> str:
    """What a machine says its load on."""
    return f"beat.{machine}"


def ask(machine: MachineName) -> str:
    """What the manager asks a machine on."""
    return f"ask.{machine}"


def machine_of(subject: str) -> MachineName:
    """The machine in a `report.<machine>` or `beat.<machine>`: the server let no other machine publish there."""
    return MachineName(subject.split(".")[1])


def inbox(machine: MachineName) -> str:
    """Prefix of everything that is answered to a machine."""
    return f"_INBOX_{machine}"


def pull_next(stream: str, consumer: str) -> str:
    """Where a pull consumer is asked for messages."""
    return f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"


def pull_acks(stream: str, consumer: str) -> str:
    """Where messages of a consumer are acknowledged."""
    return f"$JS.ACK.{stream}.{consumer}.>"


def direct_get(stream: str, subject: str) -> str:
    """Where the last message of `subject` is read without a consumer (NATS ADR-31)."""
    return f"$JS.API.DIRECT.GET.{stream}.{subject}"


EXPORTED_SERVICES = {
    pull_next("*", WANTED_CONSUMER): True,
    pull_acks("*", WANTED_CONSUMER): False,
    direct_get("*", ">"): False,
    ALL_REPORTS: False,
    ALL_BEATS: False,
}
"""What the host's account answers to machines' accounts; True: with more than one message."""
EXPORTED_STREAMS = ("ask.*",)
"""What the host's account says to machines' accounts."""


def machine_publishes(machine: MachineName) -> list[str]:
    """Every subject a machine may publish. Whatever is not here is refused by the server."""
    return [
        report(machine),
        beat(machine),
        pull_next(wanted_stream(machine), WANTED_CONSUMER),
        pull_acks(wanted_stream(machine), WANTED_CONSUMER),
        direct_get(blob_stream(machine), ">"),
    ]


def machine_subscribes(machine: MachineName) -> list[str]:
    """Every subject a machine may subscribe to."""
    return [ask(machine), f"{inbox(machine)}.>"]
