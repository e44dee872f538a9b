"""Speaks to `essaim.agent.unpack`: one process an act, as the account's own user."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from essaim.agent.engines import python
from essaim.agent.engines.programs import Programs
from essaim.agent.errors import PermanentError, TemporaryError
from essaim.contract import Content, Fqdn

UNPACK_TIMEOUT_S = 900.0
_ANSWER_BYTES_MAX = 64 * 1024
_LATER = {"content.disk_full", "content.system"}


@dataclass(frozen=True)
class Unpacker:
    """Acts on the versions of one site. `owner`: user and group id of the account."""

    run: Programs
    home: Path
    fqdn: Fqdn
    owner: int

    async def unpack(self, archive: BinaryIO, wanted: Content, docroot: str) -> dict[str, Any]:
        """Make the archive the site's `ready` version: its `inode` and `facts`."""
        limits = {"bytes_max": wanted.unpacked_bytes_max, "files_max": wanted.files_max, "docroot": docroot}
        return await self._ask("unpack", stdin=archive.fileno(), **limits)

    async def settle(self, inode: int) -> bool:
        """Serve the version with this inode. False: there is none."""
        return bool((await self._ask("settle", inode=inode))["state"] == "served")

    async def previous(self) -> int:
        """The inode of the version that an undo would serve; 0: none."""
        return int((await self._ask("previous"))["inode"])

    async def forget(self) -> None:
        """Erase all versions that are not served."""
        await self._ask("forget")

    async def _ask(self, verb: str, *, stdin: int = subprocess.DEVNULL, **asked: Any) -> dict[str, Any]:
        words = {"sites": str(self.home / "sites"), "fqdn": self.fqdn, **asked}
        owner = self.owner if os.geteuid() == 0 else None  # a test without root acts as itself
        process = await self.run.start(
            [*python.command("essaim.agent.unpack"), verb, json.dumps(words)],
            stdin=stdin,
            environment=python.environment(),
            user=owner,
            group=owner,
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), UNPACK_TIMEOUT_S)
        except TimeoutError:
            raise _too_slow() from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return _judge(process.returncode or 0, out[:_ANSWER_BYTES_MAX])


def _judge(code: int, out: bytes) -> dict[str, Any]:
    if code == -signal.SIGXCPU:
        raise _too_slow()
    if code != 0 or not out:
        raise TemporaryError(
            "content.unpacker_died",
            f"Unpacking ended unexpectedly ({code}).",
            "See the journal of essaim-agent.",
            facts={"status": code},
        )
    answer: dict[str, Any] = json.loads(out)
    if "code" in answer:
        error = TemporaryError if answer["code"] in _LATER else PermanentError
        advice = answer["advice"] or _advice(answer["code"])
        raise error(answer["code"], answer["sentence"], advice, facts=answer.get("facts"))
    return answer


def _too_slow() -> PermanentError:
    return PermanentError(
        "content.too_complex",
        "Unpacking it takes more time than it may.",
        "Send it in several smaller archives.",
        facts={"what": "time"},
    )


def _advice(code: str) -> str:
    if code == "content.quota_full":
        return "Delete files of this account or give it a larger quota, then send the archive again."
    if code == "content.disk_full":
        return "Free space on the machine; the agent goes on by itself."
    return "See the journal of essaim-agent."
