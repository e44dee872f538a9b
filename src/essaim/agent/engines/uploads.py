"""Fetches an upload from the bus into a file that has no name: a killed agent leaves nothing behind."""

import hashlib
import re
import tempfile
from typing import BinaryIO

from essaim.agent.errors import Fact, PermanentError, TemporaryError
from essaim.agent.machine import Machine
from essaim.bus.errors import BlobMissing, BusAway
from essaim.contract import Content

_ID = re.compile(r"[a-z2-7]{26}")


async def fetch(wanted: Content, machine: Machine) -> BinaryIO:
    """The upload's bytes, whole and as announced, at their beginning. The caller closes the file.

    Raises:
        PermanentError: they are not on the bus, or not the ones that were announced.
        TemporaryError: the bus is away.
        OSError: the disk is full.
    """
    if not _ID.fullmatch(wanted.upload):
        raise PermanentError(
            "content.upload_odd",
            f"{wanted.upload[:40]!r} is not the id of an upload.",
            "Send it again.",
            facts={"upload": wanted.upload[:40]},
        )
    folder = machine.paths.state / "uploads"
    machine.files.directory(folder, mode=0o700)
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (handed to the caller)
    try:
        await _fill(file, wanted, machine)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def _fill(file: BinaryIO, wanted: Content, machine: Machine) -> None:
    digest, size = hashlib.sha256(), 0
    for n in range(wanted.chunks):
        chunk = await _chunk(wanted.upload, n, machine)
        digest.update(chunk)
        size += len(chunk)
        if size > wanted.size_bytes:
            break
        file.write(chunk)
    if size != wanted.size_bytes or digest.hexdigest() != wanted.sha256:
        raise PermanentError(
            "content.upload_changed",
            f"The upload arrived as {size} bytes that are not the {wanted.size_bytes} bytes which were sent.",
            "Send the archive again.",
            facts={"size": size, "sent": wanted.size_bytes},
        )


async def _chunk(upload: str, n: int, machine: Machine) -> bytes:
    try:
        return await machine.get_blob(upload, n)
    except BlobMissing as missing:
        facts: dict[str, Fact] = {"chunk": n, "upload": upload}
        raise PermanentError("content.upload_gone", str(missing), "Send the archive again.", facts=facts) from None
    except BusAway as away:
        raise TemporaryError(
            "content.bus_away", str(away), "Nothing: the machine goes on when the bus is back."
        ) from None
