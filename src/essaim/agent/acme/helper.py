"""The agent's side: starts the process when it is needed, and speaks with it. No heavy import here."""

import asyncio
import contextlib
import itertools
import json
import logging
from pathlib import Path
from typing import Any

from essaim.agent.engines import python
from essaim.agent.engines.programs import Programs
from essaim.agent.errors import PermanentError, TemporaryError
from essaim.contract import AcmeDirectory

log = logging.getLogger("essaim.certificate")

ANSWER_TIMEOUT_S = 150.0
_LINE_BYTES_MAX = 256 * 1024


class _Running:
    """One process, and who waits for its answers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = itertools.count(1)
        self.reader = asyncio.create_task(self._read(), name="answers of the ACME process")

    async def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """The answer.

        Raises:
            ConnectionError: the process ended before it gave one.
            TimeoutError: it gave none.
        """
        number = next(self._ids)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            if self.reader.done() or self._process.stdin is None:
                raise ConnectionResetError
            self._process.stdin.write(json.dumps({"id": number, **order}).encode() + b"\n")
            await self._process.stdin.drain()
            return await asyncio.wait_for(answer, ANSWER_TIMEOUT_S)
        finally:
            self._waiting.pop(number, None)

    async def _read(self) -> None:
        while self._process.stdout and (line := await self._process.stdout.readline()):
            answer = json.loads(line)
            waiting = self._waiting.get(answer.pop("id"))
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError())
        await self._process.wait()

    async def end(self) -> None:
        """Kill it and wait."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self.reader


class AcmeHelper:
    """One process for all orders of this machine."""

    def __init__(
        self, run: Programs, *, state: Path, answers: Path, keys: Path, environment: dict[str, str] | None = None
    ) -> None:
        """`state`: where accounts are kept; `answers`: what nginx serves challenges from; `keys`: see `keys.py`."""
        self._run = run
        self._words = [*python.command("essaim.agent.acme"), str(state), str(answers), str(keys)]
        self._environment = {**python.environment(), **(environment or {})}
        self._running: _Running | None = None
        self._starting = asyncio.Lock()

    async def warm(self) -> None:
        """Have the process there before the first order: saves some 0.3 s of it. Costs 45 MB for a minute."""
        await self._started()

    async def issue(self, directory: AcmeDirectory, *, contact: str, csr: str, former: str) -> dict[str, Any]:
        """The chain and the facts of a new certificate: see `order.issue`.

        Raises:
            TemporaryError, PermanentError: why not, with what a volunteer can do.
        """
        return await self._answer(directory, {"contact": contact, "csr": csr, "former": former})

    async def suggestion(self, directory: AcmeDirectory, *, contact: str, chain: str) -> dict[str, Any]:
        """When the authority suggests to renew: see `ari.suggestion`.

        Raises:
            TemporaryError, PermanentError: why it cannot be asked.
        """
        return await self._answer(directory, {"contact": contact, "renew": chain})

    async def _answer(self, directory: AcmeDirectory, asked: dict[str, Any]) -> dict[str, Any]:
        order = {"directory": directory.url, "key_id": directory.key_id, **asked}
        try:
            answer = await self._ask(order)
        except (ConnectionError, TimeoutError):
            raise TemporaryError(
                "certificate.helper_died", "The ACME process ended in the middle.", "See the journal of essaim-agent."
            ) from None
        if "bug" in answer:
            log.error("ACME process: %s", answer["bug"])
            raise TemporaryError("certificate.bug", "The ACME process failed.", "See the journal of essaim-agent.")
        if "problem" in answer:
            problem = answer["problem"]
            error = TemporaryError if problem["retry"] else PermanentError
            raise error(
                problem["code"],
                problem["sentence"],
                problem["advice"],
                facts=problem["facts"],
                retry_in_s=problem["retry_in_s"],
            )
        return dict(answer["ok"])

    async def close(self) -> None:
        """End the process."""
        running, self._running = self._running, None
        if running is not None:
            await running.end()

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        running = await self._started()
        try:
            return await running.ask(order)
        except ConnectionError:  # it may have gone idle in that very moment
            return await (await self._started()).ask(order)
        except TimeoutError:
            await self.close()
            raise

    async def _started(self) -> _Running:
        async with self._starting:
            if self._running is None or self._running.reader.done():
                process = await self._run.start(
                    self._words, environment=self._environment, line_bytes_max=_LINE_BYTES_MAX
                )
                self._running = _Running(process)
            return self._running
