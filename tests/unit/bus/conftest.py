"""A real nats-server on the loopback, with an authority of its own, for each test that asks for one."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client

from essaim.bus.authority import Authority
from essaim.bus.connection import Credentials
from essaim.bus.keys import new_key, save_key
from essaim.bus.machine import MachineBus
from essaim.bus.manager import ManagerBus, push_claims
from essaim.contract import MachineName

NATS_SERVER = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/bin")
needs_server = pytest.mark.skipif(NATS_SERVER is None, reason="nats-server is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def eventually(ask: Callable[[], bool | Awaitable[bool]], *, within: float = 10.0) -> None:
    """Ask until the answer is true; fail when it is not in time."""
    deadline = time.monotonic() + within
    while True:
        answer = ask()
        if await answer if isinstance(answer, Awaitable) else answer:
            return
        assert time.monotonic() < deadline, f"Not so within {within} s."
        await asyncio.sleep(0.01)


class Bus:
    """A server that can be stopped, started and robbed of its store; and those who speak to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.port = free_port()
        self.url = f"tls://127.0.0.1:{self.port}"
        self.store = path / "store"
        self.authority = Authority(path / "authority")
        self.authority.create(names=["127.0.0.1"])
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = self.authority.write_server_config(listen=f"127.0.0.1:{self.port}", store=self.store, max_file="10GB")
        with (self.path / "log").open("ab") as log:
            self.process = subprocess.Popen([str(NATS_SERVER), "-c", str(config)], stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while not self.answers():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.01)

    def answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def lose_store(self) -> None:
        shutil.rmtree(self.store)

    @property
    def log(self) -> str:
        return (self.path / "log").read_text()

    def enrol(self, machine: MachineName, *, expires_at: int | None = None) -> Path:
        """A directory with the machine's seed and token."""
        home = self.path / f"home-{machine}-{time.monotonic_ns()}"
        home.mkdir()
        key = new_key("user")
        save_key(key, home / "agent.seed")
        (home / "agent.jwt").write_text(self.authority.enrol(machine, key.public, expires_at=expires_at))
        return home

    def machine_bus(self, machine: MachineName, home: Path, *, ca: Path | None = None) -> MachineBus:
        return MachineBus(self.url, ca or self.authority.ca_path, home / "agent.jwt", home / "agent.seed", machine)

    @asynccontextmanager
    async def machine(self, machine: MachineName, home: Path | None = None) -> AsyncIterator[MachineBus]:
        bus = self.machine_bus(machine, home or self.enrol(machine))
        await push_claims(self.url, self.authority, machine)
        await bus.connect()
        try:
            yield bus
        finally:
            await bus.close()

    @asynccontextmanager
    async def raw(self, credentials: Credentials, *, inbox: str) -> AsyncIterator[tuple[Client, list[str]]]:
        """A bare client, and what the server complained of."""
        complaints: list[str] = []

        async def complain(wrong: Exception) -> None:
            complaints.append(str(wrong).lower())

        client = Client()
        await client.connect(
            self.url, tls=ssl.create_default_context(cafile=str(self.authority.ca_path)), inbox_prefix=inbox,
            user_jwt_cb=credentials.token, signature_cb=credentials.sign, allow_reconnect=False, error_cb=complain,
        )  # fmt: skip
        try:
            yield client, complaints
        finally:
            await client.close()

    @asynccontextmanager
    async def manager(self, *machines: MachineName) -> AsyncIterator[ManagerBus]:
        bus = ManagerBus(self.url, self.authority)
        await bus.connect()
        try:
            await bus.ensure_reports()
            for machine in machines:
                await bus.ensure_machine(machine)
            yield bus
        finally:
            await bus.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    started = Bus(tmp_path)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def web1() -> MachineName:
    return MachineName("web1")


@pytest.fixture
def web2() -> MachineName:
    return MachineName("web2")
