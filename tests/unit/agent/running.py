"""An agent on a machine that is a directory, with a bus that is a list, and a kind that is a file."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

from essaim.agent import install
from essaim.agent.engines import trees
from essaim.agent.engines.programs import Programs, Ran
from essaim.agent.loop import Agent
from essaim.agent.machine import Config, Machine, Paths
from essaim.agent.resources import AnyResource, Applied, Drift
from essaim.agent.store import Store
from essaim.bus.errors import BusAway
from essaim.bus.machine import MachineBus
from essaim.contract import NOTHING, Batch, Fqdn, Login, Report, Site, Wanted, decode, encode
from essaim.contract.php import VERSIONS

PROOF = "a" * 26


def site(name: str = "a.example.test", **changes: Any) -> Site:
    return Site(fqdn=Fqdn(name), account=Login("alice"), proof=PROOF, **changes)


def wanted(name: str = "a.example.test", revision: int = 1, *, spec: bytes | None = None, **changes: Any) -> Wanted:
    import msgspec

    envelope: dict[str, Any] = {"version": 1, "kind": "site", "key": name, "revision": revision}
    envelope["spec"] = msgspec.Raw(encode(site(name)) if spec is None else spec)
    return Wanted(**{**envelope, **changes})


def removal(name: str = "a.example.test", revision: int = 2, **changes: Any) -> Wanted:
    return wanted(name, revision, spec=bytes(NOTHING), **changes)


class QuietPrograms(Programs):
    """Starts nothing. Notes what it was asked, and refuses what `refuses` names."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.refuses: Callable[[tuple[str, ...]], bool] = lambda words: False

    def run(self, args: Any, **options: Any) -> Ran:
        words = tuple(str(word) for word in args)
        self.asked.append(words)
        return Ran(words, 1 if self.refuses(words) else 0, b"", b"said no")


def machine(root: Path, roles: tuple[str, ...] = ("web",)) -> Machine:
    made = Machine(Config(machine="web1", roles=roles), Paths(root), run=QuietPrograms())
    made.paths.state.mkdir(parents=True, exist_ok=True)
    for version in VERSIONS:
        trees.place(version, "one", made.paths).mkdir(parents=True, exist_ok=True)
        trees.choose(version, "one", made.paths, made.files)
    return made


def web_machine(root: Path) -> Machine:
    """As installed, with the account `alice`, which is whoever runs the tests."""
    made = machine(root)
    paths = made.paths
    for path in (
        paths.sites,
        paths.sites_inside,
        paths.accounts / "alice",
        paths.platform,
        paths.php_sockets,
        paths.units,
    ):
        path.mkdir(parents=True)
    for path in (paths.etc / "accounts", paths.etc / "php"):
        path.mkdir(parents=True)
    (paths.platform / "welcome.html").write_text((install.SHIPPED / "welcome.html").read_text())
    return made


@dataclass
class FileKind:
    """A fast kind under the name of `site`: what is wanted of `key` stands in a file of that name."""

    kind: ClassVar[str] = "site"
    mends: bool = True
    slow: ClassVar[bool] = False
    applied: list[tuple[str, int]] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)

    def apply(self, spec: Site, revision: int, machine: Machine) -> Applied:
        self.applied.append((str(spec.fqdn), revision))
        if self.failing:
            raise self.failing.pop(0)
        machine.files.write(machine.paths.root / spec.fqdn, spec.proof)
        return Applied(facts={"revision": revision})

    def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        machine.files.remove(machine.paths.root / key)

    def drift(self, spec: Site, machine: Machine) -> Drift | None:
        path = machine.paths.root / spec.fqdn
        return (
            None
            if path.exists() and path.read_text() == spec.proof
            else Drift("site.file_changed", "The file was changed.")
        )


@dataclass
class SlowKind:
    """A slow kind under the name of `site`, which waits for `gate`."""

    kind: ClassVar[str] = "site"
    mends: ClassVar[bool] = False
    slow: ClassVar[bool] = True
    limit: ClassVar[int] = 2
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    running: int = 0
    most: int = 0
    again_in_s: float | None = None
    applied: list[tuple[str, int]] = field(default_factory=list)

    async def apply(self, spec: Site, revision: int, machine: Machine) -> Applied:
        self.running += 1
        self.most = max(self.most, self.running)
        await self.gate.wait()
        self.running -= 1
        self.applied.append((str(spec.fqdn), revision))
        return Applied(again_in_s=self.again_in_s)

    async def remove(self, key: str, *, erase: bool, machine: Machine) -> None:
        return None

    async def drift(self, spec: Site, machine: Machine) -> Drift | None:
        return None


@dataclass
class OneDelivery:
    data: bytes
    sequence: int
    is_acked: bool = False

    async def ack(self) -> None:
        self.is_acked = True


class ListBus:
    """What the agent uses of `MachineBus`, without a server."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[OneDelivery] = asyncio.Queue()
        self.asked: asyncio.Queue[bytes] = asyncio.Queue()
        self.published: list[bytes] = []
        self.is_away = False
        self.on_reconnect: Callable[[], Awaitable[None]] | None = None
        self.sequence = 0

    async def get_blob(self, upload: str, n: int) -> bytes:
        raise NotImplementedError

    async def connect(self) -> None:
        if self.on_reconnect is not None:
            with contextlib.suppress(BusAway):
                await self.on_reconnect()

    async def wait_connected(self, timeout: float) -> bool:  # noqa: ASYNC109 - the real one's interface
        return not self.is_away

    async def fetch(self, batch: int, timeout: float) -> list[OneDelivery]:  # noqa: ASYNC109 - the same
        found = [await self.queue.get()]
        while not self.queue.empty() and len(found) < batch:
            found.append(self.queue.get_nowait())
        return found

    async def publish_report(self, data: bytes) -> None:
        if self.is_away:
            raise BusAway("The bus is away.")
        self.published.append(data)

    async def publish_beat(self, data: bytes) -> None:
        return None

    async def asks(self) -> AsyncIterator[bytes]:
        while True:
            yield await self.asked.get()

    def put(self, *messages: Wanted | bytes) -> list[OneDelivery]:
        found = []
        for message in messages:
            self.sequence += 1
            data = message if isinstance(message, bytes) else encode(message)
            found.append(OneDelivery(data, self.sequence))
            self.queue.put_nowait(found[-1])
        return found

    @property
    def batches(self) -> list[Batch]:
        return [decode(data, Batch) for data in self.published if b'"type":"batch"' in data]

    @property
    def reports(self) -> list[Report]:
        return [report for batch in self.batches for report in batch.reports]

    async def answer(self, count: int, within: float = 5.0) -> list[Report]:
        await eventually(lambda: len(self.reports) >= count, within=within)
        return self.reports


async def eventually(is_so: Callable[[], bool], *, within: float = 5.0) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, "Not so in time."
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def agent(root: Path, resource: Any, bus: ListBus | None = None) -> AsyncIterator[tuple[Agent, ListBus]]:
    """A running agent that knows one kind; ends when the block does."""
    bus = bus or ListBus()
    store = Store(root / "agent.sqlite3")
    one = Agent(machine(root), cast("dict[str, AnyResource]", {"site": resource}), store, cast("MachineBus", bus))
    task = asyncio.create_task(one.run())
    try:
        yield one, bus
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        one.close()
        store.close()
