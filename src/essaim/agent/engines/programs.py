"""The one module that starts programs: from an argument list, never through a shell.

Every run has a time limit, no terminal, a fixed environment, and a result that keeps the end of what was said.
"""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from essaim.agent.errors import TemporaryError

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
KEPT_CHARACTERS = 4_000


@dataclass(frozen=True)
class Ran:
    """What a program answered."""

    args: tuple[str, ...]
    code: int
    out: bytes
    err: bytes

    @property
    def said(self) -> str:
        """The end of its standard error, or of its output when it said nothing there."""
        text = (self.err.strip() or self.out.strip()).decode(errors="replace")
        return text[-KEPT_CHARACTERS:]


class Programs:
    """Starts programs. `environment` is what they see beside `PATH` and a UTF-8 locale."""

    def run(
        self,
        args: Sequence[str | os.PathLike[str]],
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        check: bool = True,
        environment: Mapping[str, str] = {},
    ) -> Ran:
        """Run to the end and return what was answered.

        Raises:
            TemporaryError: `program.failed` (when `check`), `program.slow`, `program.missing`.
        """
        words = tuple(os.fspath(word) for word in args)
        try:
            done = subprocess.run(
                words,
                input=stdin,
                capture_output=True,
                timeout=timeout_s,
                check=False,
                env={**ENVIRONMENT, **environment},
            )
        except subprocess.TimeoutExpired:
            raise _slow(words, timeout_s) from None
        except FileNotFoundError:
            raise _missing(words) from None
        return _judge(Ran(words, done.returncode, done.stdout, done.stderr), check=check)

    async def run_async(
        self,
        args: Sequence[str | os.PathLike[str]],
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        check: bool = True,
        environment: Mapping[str, str] = {},
        user: int | None = None,
        group: int | None = None,
    ) -> Ran:
        """`run` for the slow kinds: the agent's loop goes on meanwhile. `user`, `group`: run as them."""
        words = tuple(os.fspath(word) for word in args)
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**ENVIRONMENT, **environment},
                user=user,
                group=group,
                extra_groups=None if user is None else [],
            )
        except FileNotFoundError:
            raise _missing(words) from None
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin), timeout_s)
        except TimeoutError:
            raise _slow(words, timeout_s) from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return _judge(Ran(words, process.returncode or 0, out, err), check=check)

    async def start(
        self,
        args: Sequence[str | os.PathLike[str]],
        *,
        stdin: int = asyncio.subprocess.PIPE,
        environment: Mapping[str, str] = {},
        user: int | None = None,
        group: int | None = None,
        line_bytes_max: int = 64 * 1024,
    ) -> asyncio.subprocess.Process:
        """Start a program that is spoken with, or that reads the open file `stdin`. The caller ends it and waits."""
        words = tuple(os.fspath(word) for word in args)
        try:
            return await asyncio.create_subprocess_exec(
                *words,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=None,  # the agent's own: its journal
                env={**ENVIRONMENT, **environment},
                user=user,
                group=group,
                extra_groups=None if user is None else [],
                limit=line_bytes_max,
            )
        except FileNotFoundError:
            raise _missing(words) from None


def _judge(ran: Ran, *, check: bool) -> Ran:
    if check and ran.code != 0:
        raise TemporaryError(
            "program.failed",
            f"{ran.args[0]} ended with {ran.code}: {ran.said[-500:] or 'it said nothing'}",
            "See the journal of the machine.",
            facts={"program": ran.args[0], "status": ran.code, "detail": ran.said[-500:]},
        )
    return ran


def _slow(words: tuple[str, ...], timeout_s: float) -> TemporaryError:
    return TemporaryError(
        "program.slow",
        f"{words[0]} did not end within {timeout_s:g} s.",
        "See the machine's load.",
        facts={"program": words[0], "seconds": timeout_s},
    )


def _missing(words: tuple[str, ...]) -> TemporaryError:
    return TemporaryError(
        "program.missing",
        f"{words[0]} is not installed.",
        "Install it, or run `essaim.agent install`.",
        facts={"program": words[0]},
    )
